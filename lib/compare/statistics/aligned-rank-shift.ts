import { alignedRankDeviation, alignedRankPValue } from './aligned-rank-test.js';
import { AlignedRanks, type Block } from './aligned-ranks.js';
import type { ShiftEstimate } from './hodges-lehmann.js';
import { median } from './median.js';
import { quantile } from './quantile.js';

/** Of the first step, which is about the standard error: the interval's ends finer than they are printed. */
const INTERVAL_PRECISION = 1 / 256;

/** The estimate takes less time. */
const ESTIMATE_PRECISION = INTERVAL_PRECISION / 256;

/** So often the first step is doubled before the interval is called endless. */
const MOST_DOUBLINGS = 40;

/** Logarithms closer than this are the same ratio (aligned-ranks.ts). */
const SMALLEST_STEP = 1e-9;

/**
 * By how much the treated values lie above their controls: the shift that, taken off, leaves them ranking neither high nor
 * low; with the interval of those shifts that the aligned rank test does not reject, found by halving.
 *
 * The principle of J. L. Hodges and E. L. Lehmann, Estimates of location based on rank tests, Annals of Mathematical
 * Statistics 34 (1963), pages 598-611, for their aligned rank test.
 */
export function alignedRankShift(blocks: readonly Block[], confidence: number): ShiftEstimate {
  const differences = blocks.map(({ treated, controls }) => treated - mean(controls));
  const spread = quantile(differences, 0.75) - quantile(differences, 0.25);
  const step = Math.max(SMALLEST_STEP, spread / Math.sqrt(blocks.length));
  const ranks = new AlignedRanks(blocks);
  const estimate = estimatedShift(ranks, median(differences), step);
  // Rounding: 1 - 0.95 is more than 0.05.
  const rejected = (shift: number) => alignedRankPValue(ranks, shift) <= 1 - confidence + 1e-12;
  const low = boundary(estimate, -step, INTERVAL_PRECISION, rejected);
  const high = boundary(estimate, step, INTERVAL_PRECISION, rejected);
  return low === undefined || high === undefined ? { estimate } : { estimate, interval: [low, high] };
}

/** The middle of where the treated values rank neither high nor low: the rank sum changes in steps. */
function estimatedShift(ranks: AlignedRanks, start: number, step: number): number {
  const high = (shift: number) => alignedRankDeviation(ranks, shift) > 0;
  const low = (shift: number) => alignedRankDeviation(ranks, shift) < 0;
  const edge = (by: number, holds: (shift: number) => boolean) => boundary(start, by, ESTIMATE_PRECISION, holds);
  const lower = high(start) ? edge(step, (shift) => !high(shift)) : edge(-step, high);
  const upper = low(start) ? edge(-step, (shift) => !low(shift)) : edge(step, low);
  return lower === undefined || upper === undefined ? start : lower / 2 + upper / 2;
}

/** Where a condition that does not hold at `start` comes to hold, going by `step`; undefined where it never does. */
function boundary(
  start: number,
  step: number,
  precision: number,
  holds: (shift: number) => boolean,
): number | undefined {
  let inside = start;
  let outside = start + step;
  for (let doublings = 0; !holds(outside); doublings += 1) {
    if (doublings === MOST_DOUBLINGS) {
      return undefined;
    }
    inside = outside;
    outside = start + (outside - start) * 2;
  }
  while (Math.abs(outside - inside) > Math.max(SMALLEST_STEP, precision * Math.abs(step))) {
    const middle = inside / 2 + outside / 2;
    if (holds(middle)) {
      outside = middle;
    } else {
      inside = middle;
    }
  }
  return inside / 2 + outside / 2;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
