/** More slips than this in a word, and another was meant. */
const MOST_SLIPS = 2;

/**
 * The word that was probably meant: the one fewest slips away, or that begins with what was typed; none where two are
 * as near.
 */
export function nearestWord(typed: string, words: readonly string[]): string | undefined {
  const most = Math.min(MOST_SLIPS, Math.floor(typed.length / 3));
  const near = [...new Set(words)]
    .map((word) => ({ word, slips: slipsBetween(typed, word) }))
    .filter(({ slips }) => slips <= most)
    .sort((one, other) => one.slips - other.slips);
  const [first, second] = near;
  return first === undefined || first.slips === second?.slips ? undefined : first.word;
}

/** Letters left out, put in, changed, or two of them the wrong way round (Damerau and Levenshtein's distance). */
function slipsBetween(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      next[j] = Math.min(
        row[j - 1]! + (same ? 0 : 1),
        row[j]! + 1,
        next[j - 1]! + 1,
        swapped ? before[j - 2]! + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, row] = [row, next];
  }
  return row[other.length]!;
}
