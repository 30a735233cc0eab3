import type { FailedRun, RunRecord } from './result.js';

/** A cell that cannot run here shows it in the warm-up and the first two blocks; more tries would only take time. */
const FAILURES_IN_A_ROW = 3;

/**
 * The cells that are not run any more, with the failure that stands for the rest: their last runs failed, all with the
 * same code. It follows from the runs alone, so that a comparison that goes on later leaves out the same ones.
 */
export function cellsLeftOut(runs: readonly RunRecord[]): Map<string, FailedRun['failure']> {
  const leftOut = new Map<string, FailedRun['failure']>();
  for (const cell of new Set(runs.map((run) => run.cell))) {
    const last = runs.filter((run) => run.cell === cell).slice(-FAILURES_IN_A_ROW);
    const failures = last.flatMap((run) => (run.outcome === 'failed' ? [run.failure] : []));
    const failure = failures.at(-1);
    if (failure === undefined || failures.length < FAILURES_IN_A_ROW) continue;
    if (failures.every(({ code }) => code === failure.code)) leftOut.set(cell, failure);
  }
  return leftOut;
}
