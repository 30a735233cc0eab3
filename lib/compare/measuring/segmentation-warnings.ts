import type { StreamFacts } from '../../traffic/events.js';
import type { BothEndsRun } from '../../traffic/run-both-ends.js';

/** UDP: what --gso and --gro asked for and the kernel would not do, by end: the figures are of a test without it. */
export function segmentationWarnings({ end, serverEnd }: BothEndsRun): string[] {
  const server = serverEnd?.facts.streams ?? end.facts.peer?.streams ?? [];
  const { lengthBytes } = end.settings;
  return [...warningsOf('client', end.facts.streams, lengthBytes), ...warningsOf('server', server, lengthBytes)];
}

function warningsOf(end: 'client' | 'server', streams: readonly StreamFacts[], lengthBytes: number): string[] {
  const refused = (role: StreamFacts['role']) =>
    streams.some((stream) => stream.role === role && stream.segmentationRefused === true);
  return [
    ...(refused('sender')
      ? [`the ${end} sent without gso: the kernel segments no datagrams of ${lengthBytes} bytes on this path`]
      : []),
    ...(refused('receiver') ? [`the ${end} received without gro: its kernel does not know it`] : []),
  ];
}
