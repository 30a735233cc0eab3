import type { IntervalRecord, StreamInterval } from '../../traffic/events.js';
import { corePercents, softirqPercent } from '../../traffic/facts.js';
import { meanCpuPercent } from '../../traffic/interval-costs.js';
import { matchedIntervals } from '../../traffic/matched-intervals.js';
import type { BothEndsRun } from '../../traffic/run-both-ends.js';
import type { IntervalMeasurement, StreamIntervalMeasurement } from '../measurement.js';

/** The client's intervals, with what only the server's end knows of the same time. */
export function intervalMeasurements({
  end,
  intervals,
  serverIntervals,
}: Pick<BothEndsRun, 'end' | 'intervals' | 'serverIntervals'>): IntervalMeasurement[] {
  const matched = matchedIntervals(intervals, serverIntervals);
  const udp = end.settings.protocol === 'udp';
  return intervals.map((interval, index) => {
    const { startSeconds, endSeconds, omitted, streams, cores, carriers } = interval;
    const server = matched[index] ?? [];
    const bytes = streams.reduce((sum, stream) => sum + stream.bytes, 0);
    const seconds = endSeconds - startSeconds;
    const softirq = softirqPercent(cores);
    return {
      startSeconds,
      endSeconds,
      omitted,
      bitsPerSecond: seconds > 0 ? (bytes * 8) / seconds : 0,
      ...(udp ? datagramCounts(interval, server) : retransmits(interval, server)),
      streams: streams.map((stream) => streamInterval(stream, server)),
      cores: corePercents(cores),
      ends: { client: interval.cpuPercent, ...serverShare(meanCpuPercent(server)) },
      ...(softirq === undefined ? {} : { softirq }),
      ...(carriers.length === 0 ? {} : { carriers }),
    };
  });
}

function serverShare(server: number | undefined): { server?: number } {
  return server === undefined ? {} : { server };
}

/** Senders count them, whichever end they are at. Absent while the server's part of that time is not known. */
function retransmits(client: IntervalRecord, server: readonly IntervalRecord[]): { retransmits?: number } {
  const senders = [client, ...server].flatMap(({ streams }) => streams.filter(({ stream }) => stream.sender));
  const told = senders.filter(({ tcp }) => tcp !== undefined);
  return told.length === 0 ? {} : { retransmits: told.reduce((sum, one) => sum + one.retransmits, 0) };
}

/** Receivers count them, whichever end they are at. */
function datagramCounts(
  client: IntervalRecord,
  server: readonly IntervalRecord[],
): Pick<IntervalMeasurement, 'datagrams' | 'lost' | 'jitterMs'> {
  const receivers = (records: readonly IntervalRecord[]) =>
    records.flatMap(({ streams }) => streams.filter(({ stream }) => !stream.sender));
  const all = receivers([client, ...server]);
  if (all.length === 0) return {};
  // A running estimate: the last one of each stream is the one at the end of the interval.
  const latest = [...receivers([client]), ...receivers(server.slice(-1))];
  return {
    datagrams: all.reduce((sum, { datagrams }) => sum + datagrams, 0),
    lost: all.reduce((sum, { lost }) => sum + lost, 0),
    jitterMs: latest.reduce((sum, { jitterMs }) => sum + jitterMs, 0) / latest.length,
  };
}

/** The client's end; window and round trips are the sender's, whose kernel alone has them. */
function streamInterval(own: StreamInterval, server: readonly IntervalRecord[]): StreamIntervalMeasurement {
  const { stream, bytes, core, migrations } = own;
  const sender = stream.sender ? own : server.at(-1)?.streams.find((other) => other.stream.id === stream.id);
  const tcp = sender?.tcp;
  return {
    id: stream.id,
    bytes,
    ...(core < 0 ? {} : { core }),
    migrations,
    ...(tcp === undefined
      ? {}
      : { congestionWindowBytes: tcp.congestionWindowBytes, rttMicroseconds: tcp.rttMicroseconds }),
  };
}
