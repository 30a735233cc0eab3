import { rankSumProbabilities, untiedRankSumProbabilities } from './rank-sums.js';

/**
 * Two-sided p-value of Wilcoxon's signed-rank test: how often differences as one-sided as these come by chance alone when
 * each is as likely to be positive as negative. Exact for any number of differences, with ties and zeros too. 1 where all
 * are zero or there is none.
 *
 * F. Wilcoxon, Individual comparisons by ranking methods, Biometrics Bulletin 1 (1945), pages 80-83. Equal sizes share the
 * mean of their ranks, and the distribution is that of the ranks as they are. Zeros take the lowest ranks and have no sign:
 * J. W. Pratt, Remarks on zeros and ties in the Wilcoxon signed rank procedures, Journal of the American Statistical
 * Association 54 (1959), pages 655-667; leaving them out would let a few differences among many zeros look certain.
 */
export function signedRankPValue(differences: ArrayLike<number>): number {
  const { doubledRanks, positive, tied } = doubledRanksOf(differences);
  const total = doubledRanks.reduce((sum, rank) => sum + rank, 0);
  if (doubledRanks.length === 0) {
    return 1;
  }
  const smaller = Math.min(positive, total - positive);
  const probability = tied
    ? rankSumProbabilities(doubledRanks)[smaller]!
    : untiedRankSumProbabilities(doubledRanks.length)[smaller / 2]!;
  return Math.min(1, 2 * probability);
}

/** Ranks of the sizes of the differences that are not zero, times two so that a shared rank is a whole number. */
function doubledRanksOf(differences: ArrayLike<number>): { doubledRanks: number[]; positive: number; tied: boolean } {
  const bySize = Array.from(differences).sort((first, second) => Math.abs(first) - Math.abs(second));
  const doubledRanks: number[] = [];
  let positive = 0;
  let tied = false;
  for (let start = 0; start < bySize.length; ) {
    const size = Math.abs(bySize[start]!);
    let end = start + 1;
    while (end < bySize.length && Math.abs(bySize[end]!) === size) {
      end += 1;
    }
    tied ||= end > start + 1 || size === 0;
    for (let index = start; index < end && size > 0; index += 1) {
      doubledRanks.push(start + 1 + end);
      positive += bySize[index]! > 0 ? start + 1 + end : 0;
    }
    start = end;
  }
  return { doubledRanks, positive, tied };
}
