/** What one block gave: the value of the cell in question, and one or two of what it is held against. */
export interface Block {
  treated: number;
  controls: readonly number[];
}

/** Values closer than this are tied: that far two logarithms of the same ratio can be apart by rounding. */
const TIED = 1e-9;

/**
 * The ranks of all values of all blocks after each block's mean was taken off. Blocks stay comparable with each other, which
 * ranks within a block would not be: a large difference in one counts for more than a small one in another. Ties share the
 * mean of their ranks.
 *
 * J. L. Hodges and E. L. Lehmann, Rank methods for combination of independent experiments in analysis of variance, Annals
 * of Mathematical Statistics 33 (1962), pages 482-497.
 */
export class AlignedRanks {
  /** Where each block starts in `doubled`, with the treated value first; and behind the last one its end. */
  readonly starts: readonly number[];
  /** Twice the rank of each value, a whole number. Of the last `rank()`. */
  readonly doubled: Int32Array;
  readonly #blocks: readonly Block[];
  readonly #aligned: Float64Array;
  /** Kept from one shift to the next, which changes it little. */
  readonly #order: Uint32Array;

  constructor(blocks: readonly Block[]) {
    const starts = [0];
    for (const { controls } of blocks) {
      starts.push(starts.at(-1)! + 1 + controls.length);
    }
    const count = starts.at(-1)!;
    this.starts = starts;
    this.doubled = new Int32Array(count);
    this.#blocks = blocks;
    this.#aligned = new Float64Array(count);
    this.#align(0);
    this.#order = Uint32Array.from({ length: count }, (_, index) => index);
    this.#order.sort((first, second) => this.#aligned[first]! - this.#aligned[second]!);
  }

  /** Ranks the values as they are when `shift` is taken off the treated ones. */
  rank(shift: number): void {
    this.#align(shift);
    this.#sort();
    const [aligned, order] = [this.#aligned, this.#order];
    for (let start = 0; start < order.length; ) {
      const value = aligned[order[start]!]!;
      let end = start + 1;
      while (end < order.length && aligned[order[end]!]! === value) {
        end += 1;
      }
      for (let place = start; place < end; place += 1) {
        this.doubled[order[place]!] = start + 1 + end;
      }
      start = end;
    }
  }

  #align(shift: number): void {
    this.#blocks.forEach(({ treated, controls }, block) => {
      let next = this.starts[block]!;
      let sum = treated - shift;
      for (const control of controls) {
        sum += control;
      }
      const mean = sum / (1 + controls.length);
      this.#aligned[next] = Math.round((treated - shift - mean) / TIED);
      for (const control of controls) {
        next += 1;
        this.#aligned[next] = Math.round((control - mean) / TIED);
      }
    });
  }

  /** By insertion, which takes almost no time on what is almost in order. */
  #sort(): void {
    const [aligned, order] = [this.#aligned, this.#order];
    for (let place = 1; place < order.length; place += 1) {
      const index = order[place]!;
      const value = aligned[index]!;
      let gap = place;
      while (gap > 0 && aligned[order[gap - 1]!]! > value) {
        order[gap] = order[gap - 1]!;
        gap -= 1;
      }
      order[gap] = index;
    }
  }
}
