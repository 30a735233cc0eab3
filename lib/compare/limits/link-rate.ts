import { ETHERNET_LINE_BYTES } from '../../topology/hosts/link-rate.js';
import type { Limit } from '../measurement.js';
import { percentInWords, rateInWords } from './figures-in-words.js';
import type { JudgedTest } from './judged-test.js';

/** As near as this is reached: what a test takes to begin makes up the rest. */
const REACHED_PERCENT = 98;

/**
 * Packets stood on the link one after the other: no processor can make it carry more. Where the card counts each of them,
 * it tells of all that was sent, acknowledgements of the other direction too; else it is the goodput that does.
 */
export function linkRateLimits({ measured: { link }, directions, wholeSeconds }: JudgedTest): Limit[] {
  const { rateBitsPerSecond, carriesBitsPerSecond, packetsTakenApart } = link ?? {};
  if (rateBitsPerSecond === undefined) return [];
  return directions.flatMap(({ label, bitsPerSecond, from }): Limit[] => {
    const { reachedPercent, packets, bytes } = link!.directions.find((direction) => direction.from === from) ?? {};
    if (packetsTakenApart && packets !== undefined && bytes !== undefined) {
      const lineBytes = bytes + packets * ETHERNET_LINE_BYTES;
      // What was queued when the test ended left after it.
      const usedPercent = Math.min(100, (100 * 8 * lineBytes) / (rateBitsPerSecond * wholeSeconds));
      const text = `${label}link, ${reachedInWords(usedPercent)} of ${rateInWords(rateBitsPerSecond)} in use`;
      const evidence = { rateBitsPerSecond, usedPercent, packets, lineBytes, bitsPerSecond };
      return usedPercent < REACHED_PERCENT ? [] : [{ kind: 'link', text, evidence }];
    }
    if (carriesBitsPerSecond === undefined || reachedPercent === undefined) return [];
    if (reachedPercent < REACHED_PERCENT) return [];
    return [
      {
        kind: 'link',
        text: `${label}link, ${reachedInWords(reachedPercent)} of what ${rateInWords(rateBitsPerSecond)} carries`,
        evidence: { rateBitsPerSecond, carriesBitsPerSecond, bitsPerSecond, reachedPercent },
      },
    ];
  });
}

/** So near to all of it, a digit more counts. */
function reachedInWords(percent: number): string {
  return percent >= 99.95 ? percentInWords(percent) : `${percent.toFixed(1)} %`;
}
