import type { Limit } from '../measurement.js';
import { percentInWords } from './figures-in-words.js';
import { type JudgedTest, sum } from './judged-test.js';

/**
 * From here on a loss-based congestion control keeps fewer than forty segments in flight: sqrt(3/2p), Mathis et al., The
 * macroscopic behavior of the TCP congestion avoidance algorithm, 1997.
 */
const NOTEWORTHY_PERCENT = 0.1;

/** Segments sent again: lost, or taken for lost because they overtook each other. */
export function retransmitLimits({ directions }: JudgedTest): Limit[] {
  return directions.flatMap(({ label, senders, retransmits, sentBytes, receivedBytes }): Limit[] => {
    const mssBytes = Math.max(0, ...senders.map((stream) => stream.mssBytes ?? 0));
    if (retransmits === undefined || retransmits <= 0 || mssBytes === 0) return [];
    const segments = (sentBytes ?? receivedBytes) / mssBytes;
    const retransmittedPercent = (100 * retransmits) / segments;
    if (!(retransmittedPercent >= NOTEWORTHY_PERCENT)) return [];
    const reorderings = sum(senders.map(({ tcp }) => tcp?.reorderSeen ?? 0));
    const share = `retransmits, ${percentInWords(retransmittedPercent)} of segments`;
    const evidence = { retransmittedPercent, retransmits, segments, mssBytes, reorderings };
    // The kernel counts an event each time a segment turns out to have been overtaken instead of lost.
    return reorderings > 0
      ? [{ kind: 'reordering', text: `${label}reordering, seen ${reorderings} times; ${share}`, evidence }]
      : [{ kind: 'retransmits', text: `${label}${share}`, evidence }];
  });
}
