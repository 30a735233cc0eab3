import type { FailedRun, RunRecord } from '../result.js';

/** A cell that cannot run here shows it in the warm-up and the first two blocks; more tries would only take time. */
const FAILURES_IN_A_ROW = 3;

/**
 * The cells that are not run any more, with the failure that stands for the rest: their last runs failed, all with the
 * same code. It follows from the runs alone, so that a comparison that goes on later leaves out the same ones.
 */
export function cellsLeftOut(runs: readonly RunRecord[]): Map<string, FailedRun['failure']> {
  const inARow = new Map<string, { failure: FailedRun['failure']; times: number }>();
  for (const run of runs) {
    if (run.outcome === 'measured') {
      inARow.delete(run.cell);
      continue;
    }
    const before = inARow.get(run.cell);
    const times = before?.failure.code === run.failure.code ? before.times + 1 : 1;
    inARow.set(run.cell, { failure: run.failure, times });
  }
  const often = [...inARow].filter(([, { times }]) => times >= FAILURES_IN_A_ROW);
  return new Map(often.map(([cell, { failure }]) => [cell, failure]));
}
