import { ascending } from './ascending.js';

/** The middle value, or the mean of the two middle ones. NaN without a value. */
export function median(values: ArrayLike<number>): number {
  return medianOfSorted(ascending(values));
}

export function medianOfSorted(sorted: ArrayLike<number>): number {
  const upper = Math.floor(sorted.length / 2);
  if (sorted.length === 0) {
    return Number.NaN;
  }
  return sorted.length % 2 === 1 ? sorted[upper]! : sorted[upper - 1]! / 2 + sorted[upper]! / 2;
}
