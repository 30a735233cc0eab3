import type { CellSummary, Contrast, NoiseFloor } from '../analysis.js';
import type { ContrastNames } from './contrast-names.js';
import { ratioInWords, shareInWords, timesInWords } from './ratio-in-words.js';
import type { Steadiness } from './steadiness.js';
import { VERDICT_LEVEL } from './verdict-level.js';

/** Everything that one sentence is made from. */
export interface ContrastFigures {
  contrast: Contrast;
  names: ContrastNames;
  cell: CellSummary;
  baseline: CellSummary;
  steadiness: Steadiness;
  noise: NoiseFloor | undefined;
  /** Of the plan. */
  contrasts: number;
}

/** The verdict of a contrast that has one. */
export function contrastSentence(figures: ContrastFigures): string {
  const { context } = figures.names;
  const clause = movedNothing(figures) ?? clauseOf(figures);
  return context === '' ? clause : `${capitalised(context)}, ${clause.replace(/^(No|Pinning)\b/, lowerCased)}`;
}

function clauseOf(figures: ContrastFigures): string {
  const { verdict } = figures.contrast;
  return verdict === 'faster' || verdict === 'slower'
    ? `${differenceClause(figures, verdict)}${steadinessClause(figures, verdict)}.`
    : noDifferenceClause(figures);
}

/** A ratio to nothing is no number for a person. */
function movedNothing({ names, cell, baseline }: ContrastFigures): string | undefined {
  const [none, otherNone] = [cell.medianBitsPerSecond === 0, baseline.medianBitsPerSecond === 0];
  if (!none && !otherNone) return undefined;
  const side = none ? names.cell : names.baseline;
  const place = names.kind === 'cells' ? '' : ` on ${names.subject}`;
  return none && otherNone
    ? `${names.cell} and ${names.baseline} both moved nothing in most of their runs${place}.`
    : `${side} moved nothing in most of its runs${place}.`;
}

function differenceClause({ contrast, names }: ContrastFigures, verdict: 'faster' | 'slower'): string {
  const { ratio, interval } = ratioInWords(contrast.ratio!, contrast.interval);
  const within = interval === undefined ? '' : ` (${interval})`;
  const faster = verdict === 'faster';
  switch (names.kind) {
    case 'pinning':
      return faster
        ? `${capitalised(names.pinning)} makes ${names.subject} ${ratio} times as fast${within}`
        : `${capitalised(names.pinning)} makes ${names.subject} slower, ${ratio} times as fast${within}`;
    case 'levels':
      return `${names.subject} is ${verdict} with ${names.cell} than with ${names.baseline}: ${ratio} times${within}`;
    case 'cells':
      return faster
        ? `${names.cell} is faster than ${names.baseline}: ${ratio} times${within}`
        : `${names.cell} reaches ${ratio} of ${names.baseline}${within}`;
  }
}

/** Only where it is more than chance, and large enough to have a word. */
function steadinessClause({ steadiness, cell, baseline }: ContrastFigures, verdict: 'faster' | 'slower'): string {
  const [own, other] = [cell.spread, baseline.spread];
  if (steadiness === undefined || own === undefined || other === undefined) return '';
  const steadier = steadiness === 'cell';
  const times = timesInWords(steadier ? other / own : own / other);
  if (times === undefined) return '';
  const joint = steadier === (verdict === 'faster') ? 'and' : 'but';
  return steadier ? ` ${joint} ${times} as steady` : ` ${joint} its runs lie ${times} as far apart`;
}

function noDifferenceClause(figures: ContrastFigures): string {
  const { contrast, names, noise } = figures;
  const { ratio, interval, pValue = 1, adjustedPValue = 1 } = contrast;
  const both =
    names.kind === 'cells'
      ? `between ${names.cell} and ${names.baseline}`
      : `between ${names.cell} and ${names.baseline} on ${names.subject}`;
  const words = ratioInWords(ratio!, interval);
  const numbers = `ratio ${[words.ratio, ...(words.interval === undefined ? [] : [words.interval])].join(', ')}`;
  const found = `No difference ${both} that this machine can show (${numbers})`;
  if (adjustedPValue <= VERDICT_LEVEL && noise !== undefined) {
    return `${found}: it is within the ${shareInWords(noise.smallestDifference)} by which the baseline differed from itself.`;
  }
  if (pValue <= VERDICT_LEVEL) {
    return `${found}: by itself it would be one, among ${figures.contrasts} comparisons it may be chance.`;
  }
  if (interval !== undefined && (interval[0] > 1 || interval[1] < 1)) {
    return `${found}: it is close to one, and more runs would tell.`;
  }
  return `${found}${steadinessRemark(figures)}.`;
}

function steadinessRemark({ names, steadiness, cell, baseline }: ContrastFigures): string {
  const [own, other] = [cell.spread, baseline.spread];
  if (steadiness === undefined || own === undefined || other === undefined) return '';
  const steadier = steadiness === 'cell';
  const times = timesInWords(steadier ? other / own : own / other);
  return times === undefined ? '' : `, but ${steadier ? names.cell : names.baseline} is ${times} as steady`;
}

/** What holds the two up, where it is not the same; undefined where the figures say nothing about it, or nothing new. */
export function limitSentence({ contrast, names, cell, baseline }: ContrastFigures): string | undefined {
  const [own] = cell.limitedBy;
  const [other] = baseline.limitedBy;
  if (contrast.verdict !== 'faster' && contrast.verdict !== 'slower') return undefined;
  if (own === other) return undefined;
  const sides = [
    ...(own === undefined ? [] : [`${names.cell} is limited by ${own}`]),
    ...(other === undefined ? [] : [`${names.baseline}${own === undefined ? ' is limited' : ''} by ${other}`]),
  ];
  return `${circumstances(names)}${sides.join('; ')}.`;
}

/** `Pinned, `, `On bridge (pinned), ` or nothing. */
function circumstances(names: ContrastNames): string {
  if (names.kind === 'cells') return names.context === '' ? '' : `${capitalised(names.context)}, `;
  return names.context === '' ? `On ${names.subject}, ` : `On ${names.subject} (${names.context}), `;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function lowerCased(text: string): string {
  return text.toLowerCase();
}
