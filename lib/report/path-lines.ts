import type { EndRecord, StreamFacts } from '../traffic/events.js';

/**
 * Which path was taken and why, where that was left to vnetperf, and what the kernel made of it, where it may turn the
 * path into a copy: `send path splice: the pages are handed over, not copied; receive path discard: ...`. Empty where
 * nothing was asked that has an answer.
 */
export function pathLines({ facts, settings }: EndRecord): string[] {
  const streams = [...facts.streams, ...(facts.peer?.streams ?? [])];
  const parts = [
    ...partsOf('send', settings.sendPath, streams, 'sender'),
    ...partsOf('receive', settings.receivePath, streams, 'receiver'),
    ...givenUp(settings.lengthBytes, streams),
  ];
  return parts.length === 0 ? [] : [parts.join('; ')];
}

/** UDP: what --gso and --gro asked for and the kernel would not do. */
function givenUp(lengthBytes: number, streams: readonly StreamFacts[]): string[] {
  const refused = (role: StreamFacts['role']) =>
    streams.some((stream) => stream.role === role && stream.segmentationRefused === true);
  return [
    ...(refused('sender')
      ? [`without gso: the kernel segments no datagrams of ${lengthBytes} bytes on this path`]
      : []),
    ...(refused('receiver') ? ["without gro: the receiver's kernel does not know it"] : []),
  ];
}

/** One for each way that was taken: in both directions at once the two ends may take different ones. */
function partsOf(
  way: 'send' | 'receive',
  asked: string,
  all: readonly StreamFacts[],
  role: StreamFacts['role'],
): string[] {
  if (asked !== 'auto' && asked !== 'zerocopy' && asked !== 'mmap') return [];
  // An older peer does not tell its path.
  const streams = all.filter((stream) => stream.role === role && stream.path !== '');
  const paths = [...new Set(streams.map(({ path }) => path))];
  return paths.map((path) => {
    const taken = streams.filter((stream) => stream.path === path);
    const why = [taken[0]?.pathReason, ...shareNotCopied(way, taken)].filter((text) => text !== undefined);
    return `${way} path ${path}${why.length === 0 ? '' : `: ${why.join(', ')}`}`;
  });
}

/** The kernel need not have told about all bytes. */
function shareNotCopied(way: 'send' | 'receive', streams: readonly StreamFacts[]): string[] {
  const told = streams.flatMap(({ zeroCopy }) => zeroCopy ?? []);
  if (told.length === 0) return [];
  const spared = told.reduce((sum, { zeroCopiedBytes }) => sum + zeroCopiedBytes, 0);
  const copied = told.reduce((sum, { copiedBytes }) => sum + copiedBytes, 0);
  const moved = streams.flatMap(({ bytesByCore }) => bytesByCore).reduce((sum, { bytes }) => sum + bytes, 0);
  if (moved === 0) return [];
  if (spared + copied === 0) return ['the kernel did not say what it copied'];
  const unknown = Math.max(0, moved - spared - copied);
  const rest = unknown / moved < 0.005 ? '' : ` (not known of ${percent(unknown, moved)})`;
  if (spared === 0) return [`the kernel copied all of it after all${rest}`];
  if (copied === 0) return [`nothing was copied${rest}`];
  const where = way === 'send' ? 'sent' : 'received';
  return [
    `${percent(spared, moved)} was ${where} without a copy, ${percent(copied, moved)} was copied after all${rest}`,
  ];
}

/** Never 0 % of what is something, nor 100 % of what is not all. */
function percent(part: number, whole: number): string {
  const share = (100 * part) / whole;
  if (share > 0 && share < 1) return 'under 1 %';
  if (share > 99 && share < 100) return 'over 99 %';
  return `${share.toFixed(0)} %`;
}
