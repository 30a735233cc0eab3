import type { Interval, NoiseFloor } from '../compare/analysis.js';
import type { ComparisonPlan, ComparisonResult } from '../compare/result.js';
import { analyse, blocksForVerdict } from '../compare/verdict/analyse.js';
import { inOneLine } from '../compare/verdict/contrast-names.js';
import { differenceOf } from '../compare/verdict/difference.js';
import { ratesByBlock } from '../compare/verdict/rates-by-block.js';
import { ratioInWords, shareInWords } from '../compare/verdict/ratio-in-words.js';
import { type GateOutcome, worstOutcome } from './outcome.js';
import { type LimitedContrast, limitedContrasts, type RatioLimit } from './ratio-limits.js';

/** What a comparison says to the limits that its cells have to reach. */
export interface ComparisonGate {
  /** That of the worst of them. */
  outcome: GateOutcome;
  /** In the order of the plan. */
  contrasts: GatedContrast[];
}

/** One cell against its baseline, held against its limit. */
export interface GatedContrast {
  /** Cell.id */
  cell: string;
  /** Cell.id of what it is held against. */
  baseline: string;
  /** Names of both. */
  name: string;
  /** 0.95 = 95 % of the baseline's rate. */
  limit: number;
  /** Whether the ratio is shown to reach the limit, or to be below it. */
  outcome: GateOutcome;
  /** Cell over baseline; absent without a block in which both were measured. */
  ratio?: number | undefined;
  /** 95 %, of this contrast by itself. */
  interval?: Interval | undefined;
  /** Ratio, interval and outcome in words. */
  sentence: string;
}

const CONFIDENCE = 0.95;

/**
 * Holds the ratios of a comparison against limits. A contrast passes when its whole 95 % interval is at the limit or above.
 * It fails when its whole interval is below, the interval being as wide as it has to be for all contrasts with a limit
 * together (Bonferroni's), so that of a hundred comparisons of cells that reach their limit at most three fail by chance,
 * however many cells there are. Everything between is undecided: an estimate alone would fall to one side today and to the
 * other tomorrow.
 *
 * Where the baseline differs from itself by more than chance, that difference is taken off on both sides.
 *
 * @throws VnetperfError ERR_GATE where a limit is about nothing in the plan.
 */
export function gateComparison(
  { plan, runs }: Pick<ComparisonResult, 'plan' | 'runs'>,
  limits: readonly RatioLimit[],
): ComparisonGate {
  const limited = limitedContrasts(plan, limits);
  const rates = ratesByBlock(runs);
  const { noise, cells } = analyse(plan, runs);
  const medianOf = new Map(cells.map(({ cell, medianBitsPerSecond }) => [cell, medianBitsPerSecond]));
  const contrasts = limited.map((contrast): GatedContrast => {
    const { pairs, logRatio, logInterval } = differenceOf(plan, rates, contrast, CONFIDENCE);
    const together = differenceOf(plan, rates, contrast, 1 - (1 - CONFIDENCE) / limited.length).logInterval;
    const figures: Figures = {
      ...contrast,
      ...namesOf(plan, contrast),
      pairs,
      ratio: logRatio === undefined ? undefined : Math.exp(logRatio),
      interval: ratioInterval(logInterval),
      together: ratioInterval(together),
      noise,
      blocksNeeded: blocksForVerdict(plan),
      contrasts: limited.length,
      nothing: medianOf.get(contrast.baseline) === 0,
    };
    const outcome = outcomeOf(figures);
    const { cell, baseline, limit, ratio, interval, name } = figures;
    return { cell, baseline, name, limit, outcome, ratio, interval, sentence: sentenceOf(figures, outcome) };
  });
  return { outcome: worstOutcome(contrasts.map(({ outcome }) => outcome)), contrasts };
}

interface Figures extends LimitedContrast {
  cellName: string;
  baselineName: string;
  name: string;
  pairs: number;
  ratio: number | undefined;
  interval: Interval | undefined;
  /** Of all contrasts that have a limit. */
  together: Interval | undefined;
  noise: NoiseFloor | undefined;
  blocksNeeded: number;
  contrasts: number;
  /** The baseline moved nothing: what is there to reach? */
  nothing: boolean;
}

function namesOf({ cells }: Pick<ComparisonPlan, 'cells'>, contrast: LimitedContrast) {
  const nameOf = (id: string) => inOneLine(cells.find((cell) => cell.id === id)!.name);
  const [cellName, baselineName] = [nameOf(contrast.cell), nameOf(contrast.baseline)];
  return { cellName, baselineName, name: `${cellName} against ${baselineName}` };
}

function ratioInterval(logInterval: Interval | undefined): Interval | undefined {
  return logInterval === undefined ? undefined : [Math.exp(logInterval[0]), Math.exp(logInterval[1])];
}

function outcomeOf({ limit, interval, together, noise, nothing }: Figures): GateOutcome {
  if (nothing) return 'undecided';
  const allowance = 1 + untrusted(noise);
  if (interval !== undefined && interval[0] / allowance >= limit) return 'passed';
  return together !== undefined && together[1] * allowance < limit ? 'failed' : 'undecided';
}

function untrusted(noise: NoiseFloor | undefined): number {
  return noise?.suspicious === true ? noise.smallestDifference : 0;
}

function sentenceOf(figures: Figures, outcome: GateOutcome): string {
  const { cellName, baselineName, name, limit, ratio, interval, pairs, nothing } = figures;
  if (ratio === undefined) return `${name}: not measured in one and the same block.`;
  if (nothing)
    return `${baselineName} moved nothing in most of its runs: there is nothing to hold ${cellName} against.`;
  if (interval === undefined) {
    const blocks = pairs === 1 ? '1 block is' : `${pairs} blocks are`;
    return `${name}: ${blocks} too few to show whether it is below ${limit}; it takes ${figures.blocksNeeded}.`;
  }
  const words = ratioInWords(ratio, interval, [1, limit]);
  const reached = `${cellName} reaches ${words.ratio} of ${baselineName} (${words.interval})`;
  switch (outcome) {
    case 'passed':
      return `${reached}, not below ${limit}.`;
    case 'failed':
      return `${reached}, below ${limit}.`;
    case 'undecided':
      return `${reached}: whether that is below ${limit} is not shown${reason(figures, interval)}.`;
  }
}

/** Why, where the interval itself does not say it. */
function reason({ limit, contrasts, noise }: Figures, [low, high]: Interval): string {
  if (low < limit && high >= limit) return '; more runs would tell';
  const difference = untrusted(noise);
  if (difference > 0) return `, since the baseline differs from itself by ${shareInWords(difference)}`;
  return `: by itself it would be, among ${contrasts} comparisons it may be chance`;
}
