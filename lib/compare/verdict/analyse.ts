export { precisionReached } from './precision-reached.js';

import type { Analysis, Contrast, Interval, NoiseFloor, Verdict } from '../analysis.js';
import type { ComparisonPlan, RunRecord } from '../result.js';
import { hodgesLehmann } from '../statistics/hodges-lehmann.js';
import { holmAdjusted } from '../statistics/holm.js';
import { signedRankPValue } from '../statistics/signed-rank-test.js';
import { cellSummary } from './cell-summary.js';
import { blocksForPValue, type Difference, differenceOf } from './difference.js';
import { pacedSentence } from './paced-sentence.js';
import { type BlockRates, logRate, namesOf, ratesByBlock } from './rates-by-block.js';
import { resolutionOf } from './resolution.js';
import { steadinessOf } from './steadiness.js';
import { VERDICT_LEVEL } from './verdict-level.js';
import { verdictSentences } from './verdict-sentences.js';

const CONFIDENCE = 0.95;

/** The baseline against itself is looked at in every comparison, so that this has to be rarer. */
const SUSPICIOUS_LEVEL = 0.01;

/**
 * What the runs come to so far. Pure: the same runs give the same analysis, in whatever order they stand.
 *
 * A difference gets a verdict when chance alone would show one as clear in at most 5 % of comparisons, all contrasts taken
 * together, and when it is larger than that of the baseline from itself.
 */
export function analyse(plan: ComparisonPlan, runs: readonly RunRecord[]): Analysis {
  const rates = ratesByBlock(runs);
  const noise = noiseFloor(plan, rates);
  const differences = plan.contrasts.map((contrast) => differenceOf(plan, rates, contrast, CONFIDENCE));
  const adjusted = holmAdjusted(differences.map(({ pValue }) => pValue ?? 1));
  const figures: Omit<Analysis, 'sentences'> = {
    blocks: rates.length,
    confidence: CONFIDENCE,
    cells: plan.cells.map((cell) => cellSummary(cell, runs, CONFIDENCE)),
    contrasts: differences.map((difference, index) =>
      contrastOf(difference, adjusted[index]!, VERDICT_LEVEL / differences.length, noise),
    ),
    ...(noise === undefined ? {} : { noise }),
  };
  const sentences = verdictSentences(plan, figures, {
    blocksNeeded: blocksForVerdict(plan),
    resolution: resolutionOf(differences, figures.contrasts, noise, VERDICT_LEVEL),
    steadiness: plan.contrasts.map((contrast) => steadinessOf(rates, contrast, VERDICT_LEVEL / differences.length)),
    paced: pacedSentence(plan, runs),
  });
  return { ...figures, sentences };
}

/**
 * So many blocks, all whole, that every contrast of the plan can get a verdict. With fewer even the clearest difference
 * could be chance in one of so many contrasts.
 */
export function blocksForVerdict(plan: Pick<ComparisonPlan, 'cells' | 'contrasts'>): number {
  const blocks = plan.contrasts.map(({ baseline }) =>
    blocksForPValue(VERDICT_LEVEL / plan.contrasts.length, 1 + namesOf(plan, baseline).length),
  );
  return Math.max(1, ...blocks);
}

function noiseFloor({ cells }: ComparisonPlan, rates: readonly BlockRates[]): NoiseFloor | undefined {
  const baseline = cells.find(({ role }) => role === 'baseline');
  const twin = cells.find(({ role }) => role === 'twin');
  if (baseline === undefined || twin === undefined) return undefined;
  const differences = rates.flatMap((block) => {
    const [first, second] = [logRate(block, baseline.id), logRate(block, twin.id)];
    return first === undefined || second === undefined ? [] : [second - first];
  });
  if (differences.length === 0) return undefined;
  const { estimate, interval } = hodgesLehmann(differences, CONFIDENCE);
  return {
    ratio: Math.exp(estimate),
    ...ratioInterval(interval),
    smallestDifference: Math.expm1(Math.abs(estimate)),
    suspicious: signedRankPValue(differences) < SUSPICIOUS_LEVEL,
  };
}

function contrastOf(
  difference: Difference,
  adjustedPValue: number,
  strictestLevel: number,
  noise: NoiseFloor | undefined,
): Contrast {
  const { cell, baseline, pairs, logRatio, logInterval, pValue } = difference;
  const verdict = verdictOf(difference, adjustedPValue, strictestLevel, noise);
  if (logRatio === undefined || pValue === undefined) return { cell, baseline, pairs, verdict };
  const ratio = Math.exp(logRatio);
  return { cell, baseline, pairs, ratio, ...ratioInterval(logInterval), pValue, adjustedPValue, verdict };
}

function verdictOf(
  { logRatio, smallestPValue }: Difference,
  adjustedPValue: number,
  strictestLevel: number,
  noise: NoiseFloor | undefined,
): Verdict {
  if (logRatio === undefined) return 'too-few-runs';
  if (adjustedPValue > VERDICT_LEVEL) return smallestPValue > strictestLevel ? 'too-few-runs' : 'no-difference';
  const isLarger = Math.abs(logRatio) > Math.abs(Math.log(noise?.ratio ?? 1));
  if (!isLarger) return 'no-difference';
  return logRatio > 0 ? 'faster' : 'slower';
}

function ratioInterval(logInterval: Interval | undefined): { interval?: Interval } {
  return logInterval === undefined ? {} : { interval: [Math.exp(logInterval[0]), Math.exp(logInterval[1])] };
}
