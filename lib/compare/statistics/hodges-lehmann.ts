import { medianOfSorted } from './median.js';
import { untiedRankSumProbabilities } from './rank-sums.js';
import { walshAverages } from './walsh-averages.js';

export interface ShiftEstimate {
  estimate: number;
  /** Absent with so few values that no interval reaches the confidence. */
  interval?: [low: number, high: number] | undefined;
  /** What the interval attains, at least what was asked for. */
  confidence?: number | undefined;
}

/**
 * Where differences lie: the Hodges-Lehmann estimate, the median of the Walsh averages, with the interval that Wilcoxon's
 * signed-rank test does not reject. It loses 5 % against the mean where the noise is normal, and hardly minds a run that
 * went wrong, which ruins the mean.
 *
 * Only certain confidences can be attained. This is the smallest one that reaches what was asked for, so that at 0.95 an
 * interval leaves zero out exactly where p <= 0.05. With 6 values that is 96.9 %, with 7 95.3 %, 8 96.1 %, 9 96.1 %,
 * 10 95.1 %, 12 95.8 %, 20 95.2 %; with 5 the most is 93.8 %, so there is none.
 *
 * J. L. Hodges and E. L. Lehmann, Estimates of location based on rank tests, Annals of Mathematical Statistics 34 (1963),
 * pages 598-611; the interval after J. W. Tukey as in M. Hollander and D. A. Wolfe, Nonparametric Statistical Methods
 * (2nd edition 1999), sections 3.2 and 3.3.
 */
export function hodgesLehmann(differences: ArrayLike<number>, confidence: number): ShiftEstimate {
  const averages = walshAverages(differences);
  const estimate = medianOfSorted(averages);
  const cumulated = untiedRankSumProbabilities(differences.length);
  const tail = (1 - confidence) / 2;
  let outside = 0;
  // The tail is a rounded difference: 1 - 0.95 is not 0.05.
  while (outside < cumulated.length && cumulated[outside]! <= tail + 1e-12) {
    outside += 1;
  }
  if (outside === 0) {
    return { estimate };
  }
  return {
    estimate,
    interval: [averages[outside - 1]!, averages[averages.length - outside]!],
    confidence: 1 - 2 * cumulated[outside - 1]!,
  };
}
