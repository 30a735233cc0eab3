import type { Interval } from '../analysis.js';
import type { ComparisonPlan } from '../result.js';
import { alignedRankShift } from '../statistics/aligned-rank-shift.js';
import { alignedRankPValue, smallestAlignedRankPValue } from '../statistics/aligned-rank-test.js';
import { AlignedRanks, type Block } from '../statistics/aligned-ranks.js';
import { hodgesLehmann, type ShiftEstimate } from '../statistics/hodges-lehmann.js';
import { signedRankPValue } from '../statistics/signed-rank-test.js';
import { type BlockRates, logRate, namesOf } from './rates-by-block.js';

/** One cell over another by itself, as logarithms of rates; the verdict needs the other contrasts too. */
export interface Difference {
  cell: string;
  baseline: string;
  pairs: number;
  /** Absent without a pair. */
  logRatio?: number | undefined;
  logInterval?: Interval | undefined;
  pValue?: number | undefined;
  /** What the clearest of all differences would have, in so many blocks. */
  smallestPValue: number;
}

/**
 * Every run is held against the runs of its own block, so that what changes from block to block changes no ratio. Pairs go
 * through Wilcoxon's signed-rank test and its estimate; where the baseline was measured under two names the two together
 * are the controls of an aligned rank test (statistics/aligned-rank-test.ts says why).
 */
export function differenceOf(
  plan: Pick<ComparisonPlan, 'cells'>,
  rates: readonly BlockRates[],
  { cell, baseline }: { cell: string; baseline: string },
  confidence: number,
): Difference {
  const names = namesOf(plan, baseline);
  const blocks = rates.flatMap((block): Block[] => {
    const treated = logRate(block, cell);
    const controls = names.flatMap((name) => logRate(block, name) ?? []);
    return treated === undefined || controls.length === 0 ? [] : [{ treated, controls }];
  });
  const found = { cell, baseline, pairs: blocks.length, smallestPValue: smallestPValue(blocks) };
  if (blocks.length === 0) return found;
  const { estimate, interval, pValue } = blocks.some(({ controls }) => controls.length > 1)
    ? { ...alignedRankShift(blocks, confidence), pValue: alignedRankPValue(new AlignedRanks(blocks)) }
    : pairedDifference(blocks, confidence);
  return { ...found, logRatio: estimate, logInterval: interval, pValue };
}

function pairedDifference(blocks: readonly Block[], confidence: number): ShiftEstimate & { pValue: number } {
  const differences = blocks.map(({ treated, controls }) => treated - controls[0]!);
  return { ...hodgesLehmann(differences, confidence), pValue: signedRankPValue(differences) };
}

function smallestPValue(blocks: readonly Block[]): number {
  return smallestAlignedRankPValue(blocks.map(({ controls }) => 1 + controls.length));
}

/** As many whole blocks as it takes for a p-value that low, with so many runs to each. */
export function blocksForPValue(pValue: number, runsPerBlock: number): number {
  let blocks = 1;
  while (smallestAlignedRankPValue(new Array<number>(blocks).fill(runsPerBlock)) > pValue) {
    blocks += 1;
  }
  return blocks;
}
