import { RequestError } from '../../errors.js';
import type { ComparisonPlan } from '../result.js';

/** Throws VnetperfError ERR_PLAN where a plan contradicts itself: no order and no analysis follows from it. */
export function checkPlan(plan: ComparisonPlan): void {
  const flaw = flawOf(plan);
  if (flaw === undefined) return;
  throw new RequestError(`bad plan of a comparison: ${flaw}`, {
    code: 'ERR_PLAN',
    remedy:
      'Its cells are a baseline, its twin, and others, each with an id and a name of its own; blocks are whole numbers ' +
      'from 1 on, of those that warm up from 0 on, and the seed is one of 32 bits.',
  });
}

export function flawOf(plan: ComparisonPlan): string | undefined {
  const ids = plan.cells.map(({ id }) => id);
  const roles = plan.cells.map(({ role }) => role);
  if (roles[0] !== 'baseline') return 'the first cell is not the baseline';
  const twice = firstDouble(roles.filter((role) => role !== 'cell'));
  if (twice !== undefined) return `it has more than one ${twice}`;
  const double = firstDouble(ids) ?? firstDouble(plan.cells.map(({ name }) => name));
  if (double !== undefined) return `two cells are called ${double}`;
  const unknown = plan.contrasts.flatMap(({ cell, baseline }) => [cell, baseline]).find((id) => !ids.includes(id));
  if (unknown !== undefined) return `a contrast names a cell ${unknown}, which is not there`;
  if (!isCount(plan.seed) || plan.seed > 0xffffffff) return `the seed ${plan.seed} is not a number of 32 bits`;
  if (!isCount(plan.blocks) || plan.blocks === 0) return `${plan.blocks} is not a number of blocks`;
  if (!isCount(plan.warmUpBlocks)) return `${plan.warmUpBlocks} is not a number of warm-up blocks`;
  return undefined;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function firstDouble(words: readonly string[]): string | undefined {
  return words.find((word, index) => words.indexOf(word) !== index);
}
