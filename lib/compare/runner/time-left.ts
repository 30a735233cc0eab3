import type { PlannedRun } from '../plan/blocks.js';
import type { RunRecord } from '../result.js';
import { median } from '../statistics/median.js';

/**
 * Seconds that a run of a cell will take, its network included: the median of the cell's own runs, before there is one
 * that of the other cells' measured runs, before any the nominal time.
 */
export function expectedSeconds(cell: string, runs: readonly RunRecord[], nominalSeconds: number): number {
  const own = runs.filter((run) => run.cell === cell);
  const known = own.length > 0 ? own : runs.filter((run) => run.outcome === 'measured');
  return known.length === 0 ? nominalSeconds : median(known.map((run) => run.elapsedSeconds));
}

/** Of all that is still to be run; undefined while nothing tells how long a run takes. */
export function expectedSecondsOf(
  planned: readonly PlannedRun[],
  runs: readonly RunRecord[],
  nominalSeconds: number,
): number | undefined {
  if (runs.length === 0 && nominalSeconds === 0 && planned.length > 0) return undefined;
  const expected = new Map<string, number>();
  for (const { cell } of planned) {
    if (!expected.has(cell)) expected.set(cell, expectedSeconds(cell, runs, nominalSeconds));
  }
  return planned.reduce((sum, { cell }) => sum + expected.get(cell)!, 0);
}
