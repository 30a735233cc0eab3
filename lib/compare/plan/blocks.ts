import type { ComparisonPlan } from '../result.js';
import { randomGenerator } from '../statistics/random.js';
import { splitMix64 } from '../statistics/split-mix.js';

/** A run that the plan wants. */
export interface PlannedRun {
  /** Cell.id. */
  cell: string;
  block: number;
  position: number;
}

/**
 * Randomised complete blocks: each holds every cell once, in an order of its own. What drifts from block to block hits
 * all cells alike, and no cell always runs behind the same other one. The warm-up blocks come first, up to -1.
 *
 * D. C. Montgomery, Design and Analysis of Experiments, chapter 4 (randomized complete block design).
 */
export function plannedBlocks(
  plan: Pick<ComparisonPlan, 'seed' | 'cells' | 'warmUpBlocks' | 'blocks'>,
): PlannedRun[][] {
  return Array.from({ length: plan.warmUpBlocks + plan.blocks }, (_, index) =>
    plannedBlock(plan, index - plan.warmUpBlocks),
  );
}

/** The order follows from the seed and the block's number alone: a comparison that goes on later has the same one. */
function plannedBlock({ seed, cells }: Pick<ComparisonPlan, 'seed' | 'cells'>, block: number): PlannedRun[] {
  const random = randomGenerator(seedOfBlock(seed, block));
  return shuffled(cells, random).map(({ id }, position) => ({ cell: id, block, position }));
}

/** Seed and number side by side make 64 bits that no other block has; mixed, since generators of close seeds may be alike. */
function seedOfBlock(seed: number, block: number): number {
  const mixed = splitMix64((BigInt(seed >>> 0) << 32n) | BigInt(block >>> 0))();
  return Number(mixed & 0xffffffffn);
}

/**
 * R. Durstenfeld, Algorithm 235: Random permutation, Communications of the ACM 7 (1964), page 420; known by the names of
 * Fisher and Yates.
 */
function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
