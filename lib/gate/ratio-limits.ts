import type { ComparisonPlan } from '../compare/result.js';
import { blocksForVerdict } from '../compare/verdict/analyse.js';
import { inOneLine } from '../compare/verdict/contrast-names.js';
import { RequestError } from '../errors.js';

/** What a cell has to reach of its baseline. */
export interface RatioLimit {
  /** 0.95 = 95 % of the baseline's rate. */
  ratio: number;
  /** Name of the cell (Cell.name). Absent: of every cell that has no limit of its own. */
  cell?: string | undefined;
}

/** One cell against its baseline, with the limit that is about it. */
export interface LimitedContrast {
  /** Cell.id */
  cell: string;
  /** Cell.id of what it is held against. */
  baseline: string;
  /** 0.95 = 95 % of the baseline's rate. */
  limit: number;
}

/**
 * The contrasts of a plan that the limits are about. @throws RequestError ERR_GATE where a limit is about none of them: a
 * gate that looks at nothing would pass whatever happens.
 */
export function limitedContrasts(
  plan: Pick<ComparisonPlan, 'cells' | 'contrasts'>,
  limits: readonly RatioLimit[],
): LimitedContrast[] {
  if (plan.contrasts.length === 0) {
    throw new RequestError('a limit needs cells that are held against a baseline, and here is only one cell', {
      code: 'ERR_GATE',
      remedy: 'Name a second network, or vary something: --vary pin=off,auto.',
    });
  }
  const nameOf = new Map(plan.cells.map(({ id, name }) => [id, inOneLine(name)]));
  const names = [...new Set(plan.contrasts.map(({ cell }) => nameOf.get(cell)!))];
  const own = new Map<string, number>();
  let general: number | undefined;
  for (const { ratio, cell } of limits) {
    const name = cell === undefined ? undefined : inOneLine(cell.trim());
    if (name === undefined) general = ratio;
    else if (names.includes(name)) own.set(name, ratio);
    else {
      throw new RequestError(`there is no cell '${name}' that is held against another`, {
        code: 'ERR_GATE',
        remedy: `Such cells are: ${names.join(', ')}.`,
      });
    }
  }
  return plan.contrasts.flatMap(({ cell, baseline }) => {
    const limit = own.get(nameOf.get(cell)!) ?? general;
    return limit === undefined ? [] : [{ cell, baseline, limit }];
  });
}

/**
 * Whether so many blocks can decide at all, asked before the first one is measured.
 * @throws RequestError ERR_GATE
 */
export function checkBlocksForLimits(plan: Pick<ComparisonPlan, 'cells' | 'contrasts' | 'blocks'>): void {
  const needed = blocksForVerdict(plan);
  if (plan.blocks >= needed) return;
  throw new RequestError(
    `${plan.blocks === 1 ? '1 block' : `${plan.blocks} blocks`} cannot show whether a ratio is below a limit`,
    { code: 'ERR_GATE', remedy: `It takes ${needed}: --runs ${needed}, or more.` },
  );
}
