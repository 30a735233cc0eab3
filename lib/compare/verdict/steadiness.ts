import { median } from '../statistics/median.js';
import { signedRankPValue } from '../statistics/signed-rank-test.js';
import { type BlockRates, logRate } from './rates-by-block.js';

/** Whose runs lie closer together, where that is more than chance. */
export type Steadiness = 'cell' | 'baseline' | undefined;

/**
 * Compares, block by block, how far both runs lie from the median of their own cell, by Wilcoxon's signed-rank test: a
 * spread out of ten runs varies by half by chance alone, and would often seem twice another.
 */
export function steadinessOf(
  rates: readonly BlockRates[],
  { cell, baseline }: { cell: string; baseline: string },
  level: number,
): Steadiness {
  const pairs = rates.flatMap((block) => {
    const [own, other] = [logRate(block, cell), logRate(block, baseline)];
    return own === undefined || other === undefined ? [] : [{ own, other }];
  });
  const ownMedian = median(pairs.map(({ own }) => own));
  const otherMedian = median(pairs.map(({ other }) => other));
  const differences = pairs.map(({ own, other }) => Math.abs(own - ownMedian) - Math.abs(other - otherMedian));
  if (signedRankPValue(differences) > level) return undefined;
  return median(differences) < 0 ? 'cell' : 'baseline';
}
