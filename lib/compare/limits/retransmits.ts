import type { Limit } from '../measurement.js';
import { percentInWords } from './figures-in-words.js';
import { type JudgedTest, sum } from './judged-test.js';

/**
 * From here on a loss-based congestion control keeps fewer than forty segments in flight: sqrt(3/2p), Mathis et al., The
 * macroscopic behavior of the TCP congestion avoidance algorithm, 1997.
 */
const NOTEWORTHY_PERCENT = 0.1;

/** Of one large send (64 KiB); when another overtakes it, all of them may be taken for lost. */
const SEGMENTS_OF_A_SEND = 45;

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
    // The kernel counts each time that what it took for lost turns out to have been overtaken. Few such times beside many
    // retransmits do not explain them.
    return reorderings * SEGMENTS_OF_A_SEND >= retransmits
      ? [{ kind: 'reordering', text: `${label}reordering, seen ${reorderings} times; ${share}`, evidence }]
      : [{ kind: 'retransmits', text: `${label}${share}`, evidence }];
  });
}
