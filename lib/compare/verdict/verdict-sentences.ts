import type { Analysis, Contrast } from '../analysis.js';
import type { Cell, ComparisonPlan } from '../result.js';
import { contrastNames, inOneLine } from './contrast-names.js';
import { contrastSentence, limitSentence } from './contrast-sentence.js';
import { shareInWords } from './ratio-in-words.js';
import type { Resolution } from './resolution.js';
import type { Steadiness } from './steadiness.js';

type Figures = Omit<Analysis, 'sentences'>;

/** What the figures of the analysis do not hold. */
export interface VerdictDetails {
  blocksNeeded: number;
  resolution: Resolution | undefined;
  /** Of each contrast, in the order of the plan. */
  steadiness: readonly Steadiness[];
  /** What is to be said of cells that a default paced. */
  paced: readonly string[];
}

/** From here on the best and the worst contrast are worth a figure each. */
const UNEVEN = 1.5;

/**
 * The analysis in words, a sentence each: whether the figures are to be believed at all where they are not, then every
 * contrast with what limits its cells, then cells that failed, those that a default paced, and last what could not be
 * shown.
 */
export function verdictSentences(plan: ComparisonPlan, figures: Figures, details: VerdictDetails): string[] {
  const cells = new Map(plan.cells.map((cell) => [cell.id, cell]));
  const summaries = new Map(figures.cells.map((summary) => [summary.cell, summary]));
  const isDecided = ({ verdict }: Contrast) => verdict !== 'too-few-runs';
  const verdicts = figures.contrasts.flatMap((contrast, index) => {
    const [cell, baseline] = [cells.get(contrast.cell), cells.get(contrast.baseline)];
    if (!isDecided(contrast) || cell === undefined || baseline === undefined) return [];
    const contrastFigures = {
      contrast,
      names: contrastNames(plan, cell, baseline),
      cell: summaries.get(contrast.cell)!,
      baseline: summaries.get(contrast.baseline)!,
      steadiness: details.steadiness[index],
      noise: figures.noise,
      contrasts: figures.contrasts.length,
    };
    return [contrastSentence(contrastFigures), limitSentence(contrastFigures) ?? []].flat();
  });
  return [
    ...suspicion(plan, figures),
    ...verdicts,
    ...failures(figures, cells),
    ...details.paced,
    ...tooFew(figures, details.blocksNeeded),
    ...limitsOfThis(figures, details.resolution, cells),
  ];
}

function suspicion({ cells }: ComparisonPlan, { noise }: Figures): string[] {
  if (noise?.suspicious !== true) return [];
  const baseline = cells.find(({ role }) => role === 'baseline')!;
  const difference = shareInWords(noise.smallestDifference);
  return [
    `These figures are not to be believed yet: ${inOneLine(baseline.name)}, measured twice under two names, differs from ` +
      `itself by ${difference}, which is more than chance. Something else on this machine decides: other load, or a clock that changes.`,
  ];
}

function failures({ cells: summaries }: Figures, cells: ReadonlyMap<string, Cell>): string[] {
  return summaries.flatMap(({ cell, measured, failed, failure, outliers }) => {
    const name = inOneLine(cells.get(cell)!.name);
    const reason = failure === undefined ? '' : `: ${failure.replace(/\.$/, '')}`;
    const nothing = outliers.filter(({ bitsPerSecond }) => bitsPerSecond === 0).length;
    return [
      ...(measured === 0 && failure !== undefined ? [`${name} could not be measured${reason}.`] : []),
      ...(measured > 0 && failed > 0 ? [`${name} failed in ${failed} of ${failed + measured} runs${reason}.`] : []),
      ...(nothing > 0 ? [`${name} moved nothing in ${nothing} of ${measured} runs, which count as its slowest.`] : []),
    ];
  });
}

/** Contrasts of cells without a figure have been told of as failures. */
function tooFew({ contrasts, blocks, cells }: Figures, blocksNeeded: number): string[] {
  const unmeasured = new Set(cells.filter(({ measured }) => measured === 0).map(({ cell }) => cell));
  const undecided = contrasts.filter(
    ({ cell, baseline, verdict }) => verdict === 'too-few-runs' && !unmeasured.has(cell) && !unmeasured.has(baseline),
  );
  if (undecided.length === 0) return [];
  const pairs = Math.min(...undecided.map((contrast) => contrast.pairs));
  const which =
    undecided.length === contrasts.length ? '' : ` on ${undecided.length} of ${contrasts.length} comparisons`;
  const among = contrasts.length === 1 ? '' : ` with ${contrasts.length} comparisons`;
  // Blocks enough, but not for cells that failed in some.
  const remedy =
    blocks < blocksNeeded ? `it takes ${blocksNeeded}${among} (--runs ${blocksNeeded})` : 'more did not succeed';
  return [
    `Too few runs for a verdict${which}: ${pairs === 1 ? '1 block is' : `${pairs} blocks are`} measured, ${remedy}.`,
  ];
}

function limitsOfThis(
  figures: Figures,
  resolution: Resolution | undefined,
  cells: ReadonlyMap<string, Cell>,
): string[] {
  const { noise, contrasts } = figures;
  const unknown =
    noise === undefined && contrasts.some(({ pairs }) => pairs > 0)
      ? ['How much the baseline differs from itself is not known: it was not measured twice.']
      : [];
  if (resolution === undefined) return unknown;
  const { best, worst, worstContrast } = resolution;
  const [cell, baseline] = [cells.get(worstContrast.cell)!, cells.get(worstContrast.baseline)!];
  const uneven =
    worst > UNEVEN * best
      ? `, and between ${inOneLine(cell.name)} and ${inOneLine(baseline.name)} none under ${shareInWords(worst)}`
      : '';
  const shown = worst > UNEVEN * best ? best : worst;
  return [...unknown, `Differences under ${shareInWords(shown)} cannot be shown on this machine today${uneven}.`];
}
