import type { EndRecord, IntervalRecord, StreamFacts } from '../../traffic/events.js';
import type { BothEndsRun } from '../../traffic/run-both-ends.js';
import type { StreamMeasurement, TcpSenderMeasurement } from '../measurement.js';

type RunOfStreams = Pick<BothEndsRun, 'end' | 'serverEnd' | 'intervals' | 'serverIntervals'>;

/** Each stream once for each end, the client's first. */
export function streamMeasurements({ end, serverEnd, intervals, serverIntervals }: RunOfStreams): StreamMeasurement[] {
  // What the server said over the wire is the same, but for its sockets' TCP_INFO.
  const server = serverEnd?.facts.streams ?? end.facts.peer?.streams ?? [];
  return [
    ...end.facts.streams.map((facts) => ofEnd('client', facts, end, intervals)),
    ...server.map((facts) => ofEnd('server', facts, serverEnd, serverIntervals)),
  ];
}

function ofEnd(
  end: 'client' | 'server',
  facts: StreamFacts,
  record: EndRecord | undefined,
  intervals: readonly IntervalRecord[],
): StreamMeasurement {
  const tcp = facts.role === 'sender' ? tcpSender(facts, record, intervals) : undefined;
  return {
    id: facts.id,
    end,
    role: facts.role,
    bytes: facts.bytesByCore.reduce((sum, { bytes }) => sum + bytes, 0),
    bytesByCore: facts.bytesByCore,
    migrations: facts.migrations,
    pin: facts.pin,
    ...(facts.receiveCore === undefined ? {} : { receiveCore: facts.receiveCore }),
    path: facts.path,
    ...(facts.pathReason === undefined ? {} : { pathReason: facts.pathReason }),
    calls: facts.calls,
    ...(facts.packets === undefined ? {} : { packets: facts.packets }),
    ...(facts.zeroCopy === undefined ? {} : { zeroCopy: facts.zeroCopy }),
    firstByteSeconds: facts.firstByteSeconds,
    ...(facts.gaps === undefined ? {} : { gaps: facts.gaps }),
    ...(facts.congestion === undefined ? {} : { congestion: facts.congestion }),
    paced: facts.paced,
    cpu: facts.cpu,
    ...(facts.mssBytes === 0 ? {} : { mssBytes: facts.mssBytes }),
    socketBufferDrops: facts.socketBufferDrops,
    duplicates: facts.duplicates,
    ...(tcp === undefined ? {} : { tcp }),
  };
}

function tcpSender(
  { id, tcpLimits }: StreamFacts,
  record: EndRecord | undefined,
  intervals: readonly IntervalRecord[],
): TcpSenderMeasurement | undefined {
  const stream = record?.streams.find((one) => one.stream.id === id);
  if (stream?.tcp === undefined) return undefined;
  const { maxCongestionWindowBytes, meanRttMicroseconds, minRttMicroseconds, reorderSeen } = stream.tcp;
  // Cumulative, and still there where the socket was dead by the time of the last reading.
  const last = intervals.flatMap(({ streams }) => streams.find((one) => one.stream.id === id)?.tcp ?? []).at(-1);
  const { busySeconds, receiveWindowLimitedSeconds, sendBufferLimitedSeconds } = tcpLimits ?? last ?? {};
  return {
    retransmits: Math.max(0, stream.local.retransmits),
    maxCongestionWindowBytes,
    meanRttMicroseconds,
    minRttMicroseconds,
    reorderSeen,
    ...(busySeconds === undefined ? {} : { busySeconds, receiveWindowLimitedSeconds, sendBufferLimitedSeconds }),
  };
}
