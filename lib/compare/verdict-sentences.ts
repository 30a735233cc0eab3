import type { Analysis } from './analysis.js';
import type { Resolution } from './resolution.js';
import type { ComparisonPlan } from './result.js';
import type { Steadiness } from './steadiness.js';
export function verdictSentences(
  _plan: ComparisonPlan,
  _figures: Omit<Analysis, 'sentences'>,
  _extra: { blocksNeeded: number; resolution: Resolution | undefined; steadiness: Steadiness[] },
): string[] {
  return [];
}
