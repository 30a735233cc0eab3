import { ascending } from './ascending.js';

/**
 * The quantile of a probability in [0, 1], straight between the order statistics on both sides. NaN without a value.
 *
 * Definition 7 of R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages, The American Statistician 50
 * (1996), pages 361-365: what R, NumPy and spreadsheets give when nothing else is asked for.
 */
export function quantile(values: ArrayLike<number>, probability: number): number {
  const sorted = ascending(values);
  const place = (sorted.length - 1) * probability;
  const below = Math.floor(place);
  if (sorted.length === 0) {
    return Number.NaN;
  }
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (place - below) * (high - low);
}
