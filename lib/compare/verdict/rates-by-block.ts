import type { ComparisonPlan, RunRecord } from '../result.js';

/** The measured rates of one block: Cell.id -> bits per second. */
export interface BlockRates {
  block: number;
  rates: ReadonlyMap<string, number>;
}

/** Of the blocks in which something was measured, in their order, the warm-up left out. */
export function ratesByBlock(runs: readonly RunRecord[]): BlockRates[] {
  const blocks = new Map<number, Map<string, number>>();
  for (const run of runs) {
    if (run.block < 0 || run.outcome === 'failed') continue;
    const rates = blocks.get(run.block) ?? new Map<string, number>();
    rates.set(run.cell, run.measurement.bitsPerSecond);
    blocks.set(run.block, rates);
  }
  return [...blocks].map(([block, rates]) => ({ block, rates })).sort((first, second) => first.block - second.block);
}

/**
 * What stands for the rate of a run that moved nothing, which has no logarithm: a rate below all others. Ranks and medians
 * take it as what it is, the slowest run of all, and the figures stay finite.
 */
const NEXT_TO_NOTHING = 1;

/** Undefined where the cell has no figure in the block. */
export function logRate({ rates }: BlockRates, cell: string): number | undefined {
  const rate = rates.get(cell);
  return rate === undefined ? undefined : Math.log(Math.max(rate, NEXT_TO_NOTHING));
}

/**
 * All names under which the cell of a contrast's baseline was measured: the plan's baseline has two, which makes the
 * contrasts with it more certain at no cost.
 */
export function namesOf({ cells }: Pick<ComparisonPlan, 'cells'>, cell: string): string[] {
  const isBaseline = cells.some(({ id, role }) => id === cell && role === 'baseline');
  return isBaseline ? [cell, ...cells.filter(({ role }) => role === 'twin').map(({ id }) => id)] : [cell];
}
