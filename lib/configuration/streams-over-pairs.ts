import { RequestError } from '../errors.js';

/**
 * How many streams a test across several client-server pairs has: one for each pair unless -P asks for more, and then
 * as many for each as for any other, so that what a pair carries can be compared. Throws VnetperfError ERR_PARALLEL_PAIRS.
 */
export function streamsOverPairs(asked: number | undefined, pairs: number): number | undefined {
  if (pairs === 1) return asked;
  if (asked === undefined) return pairs;
  if (asked > 0 && asked % pairs === 0) return asked;
  const enough = Math.max(1, Math.ceil(asked / pairs)) * pairs;
  throw new RequestError(
    `${pairs} pairs of endpoints cannot share ${asked} streams equally: -P has to be a multiple of ${pairs}`,
    {
      code: 'ERR_PARALLEL_PAIRS',
      remedy: `Give -P a multiple of ${pairs}, for example -P ${enough}, or leave it out for one stream a pair.`,
    },
  );
}
