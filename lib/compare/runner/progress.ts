import type { Analysis } from '../analysis.js';
import type { Cell, ComparisonPlan, ComparisonResult, FailedRun, RunRecord } from '../result.js';

/** What a comparison tells while it runs, in the order in which it happens. */
export type ComparisonProgress =
  /** Before the first run. `done` runs were there already, from before an interruption. */
  | ({ type: 'planned'; plan: ComparisonPlan; done: number } & RemainingRuns)
  | ({ type: 'run-started'; cell: Cell; block: number; position: number; index: number } & RemainingRuns)
  | ({ type: 'run-ended'; cell: Cell; run: RunRecord; index: number } & RemainingRuns)
  /** It failed so often for the same reason that it is not run any more. */
  | { type: 'cell-left-out'; cell: Cell; failure: FailedRun['failure'] }
  /** A measured block is whole. */
  | { type: 'block-ended'; block: number; analysis: Analysis }
  | { type: 'ended'; state: Exclude<ComparisonResult['state'], 'running'>; analysis: Analysis };

/** How much of a comparison there is. */
export interface RemainingRuns {
  /** Runs that it comes to as it looks now, those done before an interruption included. `index` counts from 1 up to it. */
  total: number;
  /** An estimate; with a precision the most it can be. undefined while nothing tells how long a run takes. */
  secondsLeft: number | undefined;
}
