/** What one block gave: the value of the cell in question, and one or two of what it is held against. */
export interface Block {
  treated: number;
  controls: readonly number[];
}

export interface BlockRanks {
  /** Twice the rank of each value of the block, whole numbers; the treated one's first. */
  doubledRanks: number[];
}

/** Values closer than this are tied: that far two logarithms of the same ratio can be apart by rounding. */
const TIED = 1e-9;

/**
 * The ranks of all values of all blocks after each block's mean was taken off, the treated ones first moved by `-shift`.
 * Ties share the mean of their ranks. Blocks stay comparable with each other, which ranks within a block would not be: a
 * large difference in one counts for more than a small one in another.
 *
 * J. L. Hodges and E. L. Lehmann, Rank methods for combination of independent experiments in analysis of variance, Annals
 * of Mathematical Statistics 33 (1962), pages 482-497.
 */
export function alignedRanks(blocks: readonly Block[], shift: number): BlockRanks[] {
  const entries: { value: number; ranks: number[]; place: number }[] = [];
  const result = blocks.map(({ treated, controls }): BlockRanks => {
    const values = [treated - shift, ...controls];
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const doubledRanks = values.map(() => 0);
    values.forEach((value, place) => {
      entries.push({ value: Math.round((value - mean) / TIED), ranks: doubledRanks, place });
    });
    return { doubledRanks };
  });
  entries.sort((first, second) => first.value - second.value);
  for (let start = 0; start < entries.length; ) {
    let end = start + 1;
    while (end < entries.length && entries[end]!.value === entries[start]!.value) {
      end += 1;
    }
    for (let index = start; index < end; index += 1) {
      entries[index]!.ranks[entries[index]!.place] = start + 1 + end;
    }
    start = end;
  }
  return result;
}
