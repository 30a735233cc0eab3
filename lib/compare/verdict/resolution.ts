import type { Contrast, NoiseFloor } from '../analysis.js';
import { normalQuantile } from '../statistics/normal-probability.js';
import type { Difference } from './difference.js';

/** What a difference has to be larger than to get a verdict, as a share of 1, for the best and the worst contrast. */
export interface Resolution {
  best: number;
  worst: number;
  worstContrast: { cell: string; baseline: string };
}

/**
 * From the half widths of the intervals, as wide as they would have to be for all contrasts to hold together (scaled as for
 * normal noise), and from what the baseline differs from itself; no more than what was shown. undefined while there is no
 * interval.
 */
export function resolutionOf(
  differences: readonly Difference[],
  contrasts: readonly Contrast[],
  noise: NoiseFloor | undefined,
  level: number,
): Resolution | undefined {
  const widening = normalQuantile(1 - level / 2 / differences.length) / normalQuantile(1 - level / 2);
  const floor = noise?.smallestDifference ?? 0;
  const shown = differences.flatMap(({ cell, baseline, logRatio = 0, logInterval }, index) => {
    if (logInterval === undefined) return [];
    const halfWidth = ((logInterval[1] - logInterval[0]) / 2) * widening;
    const isShown = ['faster', 'slower'].includes(contrasts[index]!.verdict);
    const largest = isShown ? Math.expm1(Math.abs(logRatio)) : Number.POSITIVE_INFINITY;
    return [{ contrast: { cell, baseline }, smallest: Math.min(largest, Math.max(floor, Math.expm1(halfWidth))) }];
  });
  const ascending = shown.sort((first, second) => first.smallest - second.smallest);
  const [best, worst] = [ascending[0], ascending.at(-1)];
  if (best === undefined || worst === undefined) return undefined;
  return { best: best.smallest, worst: worst.smallest, worstContrast: worst.contrast };
}
