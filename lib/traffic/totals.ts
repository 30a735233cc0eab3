import type { TestSettings } from '../configuration/settings.js';
import type { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import type { RunSnapshot, StreamSnapshot } from '../platform/native.js';
import type { PeerResults } from '../protocol/results.js';
import type { CpuPercent, StreamEnd, StreamIdentity, StreamTotals, VnetperfFacts } from './events.js';

/** A finished run as both ends' reports need it: counters at the end and when the omit period ended. */
export interface FinishedRun {
  streams: StreamIdentity[];
  base: RunSnapshot;
  end: RunSnapshot;
}

/** What this side counted on one stream, after the omit period. */
function localTotals({ base, end, streams }: FinishedRun, index: number): StreamTotals {
  const from = base.streams[index] as StreamSnapshot;
  const to = end.streams[index] as StreamSnapshot;
  const sender = streams[index]?.sender === true;
  return {
    endSeconds: end.timeSeconds - base.timeSeconds,
    bytes: to.bytes - from.bytes,
    retransmits: sender && to.tcp !== undefined ? to.tcp.retransmits - (from.tcp?.retransmits ?? 0) : -1,
    jitterMs: to.jitterSeconds * 1000,
    // A late datagram may fill a hole from the omit period.
    lost: Math.max(0, to.lost - from.lost),
    datagrams: sender ? to.blocks - from.blocks : to.highestSequence - from.highestSequence,
    omittedKnown: true,
    outOfOrder: to.outOfOrder - from.outOfOrder,
  };
}

/** CPU time of this test's own threads over its time, 100 = one core. */
export function cpuPercent({ end }: FinishedRun): CpuPercent {
  let user = 0;
  let system = 0;
  for (const stream of end.streams) {
    user += stream.userSeconds;
    system += stream.systemSeconds;
  }
  const share = end.timeSeconds > 0 ? 100 / end.timeSeconds : 0;
  return { total: (user + system) * share, user: user * share, system: system * share };
}

/** The results message: counts as iperf3 sends them, the omit period included and told apart. */
export function resultsOf(
  run: FinishedRun,
  details: {
    settings: TestSettings;
    congestion: string | undefined;
    serverOutput: PeerResults['serverOutput'];
    facts: VnetperfFacts;
  },
): PeerResults {
  const { settings, congestion, serverOutput, facts } = details;
  const anySender = run.streams.some(({ sender }) => sender);
  const { intervals: _, carriers: __, ...compactFacts } = facts;
  return {
    cpu: cpuPercent(run),
    senderHasRetransmits: !anySender ? -1 : settings.protocol === 'tcp' ? 1 : 0,
    ...(congestion === undefined ? {} : { congestionUsed: congestion }),
    ...(serverOutput === undefined ? {} : { serverOutput }),
    streams: run.streams.map(({ id, sender }, index) => {
      const totals = localTotals(run, index);
      const from = run.base.streams[index] as StreamSnapshot;
      const to = run.end.streams[index] as StreamSnapshot;
      return {
        id,
        bytes: totals.bytes,
        retransmits: totals.retransmits,
        jitterSeconds: to.jitterSeconds,
        errors: to.lost,
        omittedErrors: from.lost,
        packets: sender ? to.blocks : to.highestSequence,
        omittedPackets: sender ? from.blocks : from.highestSequence,
        startTimeSeconds: 0,
        endTimeSeconds: totals.endSeconds,
      };
    }),
    vnetperf: compactFacts,
  };
}

/**
 * What the peer said of one stream.
 * @throws VnetperfError 208 when it said nothing of it.
 */
function remoteTotals(stream: StreamIdentity, results: PeerResults, settings: TestSettings): StreamTotals {
  const said = results.streams.find(({ id }) => id === stream.id);
  if (said === undefined) throw wrongStreams(`the results have no stream ${stream.id}`);
  const omittedKnown = settings.omitSeconds === 0 || said.omittedPackets !== undefined;
  return {
    endSeconds: said.endTimeSeconds,
    bytes: said.bytes,
    retransmits: said.retransmits,
    jitterMs: said.jitterSeconds * 1000,
    lost: said.errors - (said.omittedErrors ?? 0),
    datagrams: said.packets - (said.omittedPackets ?? 0),
    omittedKnown,
    outOfOrder: 0,
  };
}

/** @throws VnetperfError 208 when the peer speaks of a stream that does not exist. */
export function checkStreamIds(streams: StreamIdentity[], results: PeerResults): void {
  for (const { id } of results.streams) {
    if (!streams.some((stream) => stream.id === id)) throw wrongStreams(`stream ${id} in the results`);
  }
}

function wrongStreams(context: string): VnetperfError {
  return iperf3Error(208, { context, remedy: 'The two ends disagree on the streams there are: restart the server.' });
}

export function streamEnds(
  run: FinishedRun,
  settings: TestSettings,
  results: PeerResults | undefined,
  tcpSummary: (index: number) => StreamEnd['tcp'],
  file: StreamEnd['file'] | undefined,
): StreamEnd[] {
  return run.streams.map((stream, index) => ({
    stream,
    local: localTotals(run, index),
    remote: results === undefined ? undefined : remoteTotals(stream, results, settings),
    tcp: stream.sender ? tcpSummary(index) : undefined,
    ...(file === undefined
      ? {}
      : { file: { ...file, transferredBytes: (run.end.streams[index] as StreamSnapshot).bytes } }),
  }));
}
