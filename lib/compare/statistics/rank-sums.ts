/** Distributions without ties, by number of pairs: the same one is asked for by every contrast of a comparison. */
const untied = new Map<number, Float64Array>();
/** At a thousand pairs one of them takes 4 MB. */
const KEPT = 16;

/**
 * P(S <= s) for s = 0, 1, ..., where S is the sum of those ranks whose coin shows heads: what the sum of the ranks of the
 * positive differences is when the sign of each is a matter of chance. Ranks are whole numbers. Exact, by adding one rank
 * after another to the distribution.
 *
 * The shift algorithm of B. Streitberg and J. Röhmel, Exact distributions for permutation and rank tests, Statistical
 * Software Newsletter 12 (1986), pages 10-17.
 */
export function rankSumProbabilities(ranks: readonly number[]): Float64Array {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const probabilities = new Float64Array(total + 1);
  probabilities[0] = 1;
  let reached = 0;
  for (const rank of ranks) {
    reached += rank;
    for (let sum = reached; sum >= 0; sum -= 1) {
      const withRank = sum >= rank ? probabilities[sum - rank]! : 0;
      probabilities[sum] = (probabilities[sum]! + withRank) / 2;
    }
  }
  let cumulated = 0;
  return probabilities.map((probability) => {
    cumulated += probability;
    return cumulated;
  });
}

/** The same for the ranks 1, 2, ..., count. */
export function untiedRankSumProbabilities(count: number): Float64Array {
  let known = untied.get(count);
  if (known === undefined) {
    known = rankSumProbabilities(Array.from({ length: count }, (_, index) => index + 1));
    const [oldest] = untied.keys();
    if (untied.size >= KEPT && oldest !== undefined) {
      untied.delete(oldest);
    }
    untied.set(count, known);
  }
  return known;
}
