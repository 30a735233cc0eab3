import { performance } from 'node:perf_hooks';
import { packageVersion } from '../../platform/package-version.js';
import type { ExecutableCell, ExecuteCell } from '../cell.js';
import type { Environment } from '../environment.js';
import { FORMAT_VERSION } from '../format-version.js';
import { type PlannedRun, plannedBlocks } from '../plan/blocks.js';
import { checkPlan } from '../plan/check-plan.js';
import type { Cell, ComparisonPlan, ComparisonResult } from '../result.js';
import { analyse, blocksForVerdict, precisionReached } from '../verdict/analyse.js';
import { cellsLeftOut } from './failing-cells.js';
import type { ComparisonProgress } from './progress.js';
import { recordRun } from './record-run.js';
import { checkResumable, checkSameCores } from './resume.js';
import { expectedSeconds, expectedSecondsOf } from './time-left.js';

/** A plan with what it takes to run it. */
export interface ComparisonSpecification extends Omit<ComparisonPlan, 'cells'> {
  /** What is compared, the baseline first. */
  cells: ExecutableCell[];
  /** Words after `vnetperf` that do it again. */
  command: string[];
}

export interface ComparisonOptions {
  execute: ExecuteCell;
  /** As it is now; stands in the result. */
  environment: Environment;
  /** Called before the first run and after every run; whatever it throws ends the comparison. */
  save?: ((result: ComparisonResult) => void | Promise<void>) | undefined;
  /** Must not throw. */
  onProgress?: ((event: ComparisonProgress) => void) | undefined;
  /** Aborting ends the comparison with what it has; the run under way is thrown away. */
  signal?: AbortSignal | undefined;
  /** An interrupted comparison to go on with. */
  resume?: ComparisonResult | undefined;
  /** Milliseconds since the epoch that only grow. Default: the machine's monotonic clock. */
  now?: (() => number) | undefined;
}

/**
 * Runs the blocks of a comparison until there are enough of them, the wanted precision is reached, the time is over or
 * the signal comes. A cell that fails is recorded as failed and the rest goes on.
 *
 * @throws VnetperfError ERR_PLAN, or ERR_RESUME_PLAN, ERR_RESUME_MACHINE and ERR_RESUME_FORMAT when `resume` does not fit.
 */
export async function runComparison(
  specification: ComparisonSpecification,
  options: ComparisonOptions,
): Promise<ComparisonResult> {
  const { command, ...rest } = specification;
  const plan: ComparisonPlan = { ...rest, cells: specification.cells.map(cellOfPlan) };
  checkPlan(plan);
  if (options.resume !== undefined) {
    checkResumable(options.resume, plan, options.environment);
    checkSameCores(options.resume, specification.cells);
  }
  const now = options.now ?? (() => performance.timeOrigin + performance.now());
  const result: ComparisonResult = {
    format: 'vnetperf-result',
    formatVersion: FORMAT_VERSION,
    version: packageVersion(),
    command,
    createdAt: options.resume?.createdAt ?? new Date(now()).toISOString(),
    state: 'running',
    plan,
    environment: options.resume?.environment ?? options.environment,
    runs: [...(options.resume?.runs ?? [])],
    analysis: options.resume?.analysis,
  };
  return await new Comparison(specification.cells, result, now, options).run();
}

function cellOfPlan({ id, name, role, levels, command, remarks }: ExecutableCell): Cell {
  return { id, name, role, levels, command, remarks };
}

class Comparison {
  readonly #cells: ReadonlyMap<string, ExecutableCell>;
  readonly #result: ComparisonResult;
  readonly #blocks: PlannedRun[][];
  readonly #options: ComparisonOptions;
  readonly #signal: AbortSignal;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #secondsBefore: number;

  constructor(cells: ExecutableCell[], result: ComparisonResult, now: () => number, options: ComparisonOptions) {
    this.#cells = new Map(cells.map((cell) => [cell.id, cell]));
    this.#result = result;
    this.#blocks = plannedBlocks(result.plan);
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#now = now;
    this.#startedAt = now();
    this.#secondsBefore = result.runs.reduce((sum, run) => sum + run.elapsedSeconds, 0);
  }

  async run(): Promise<ComparisonResult> {
    const { plan, runs } = this.#result;
    await this.#save();
    this.#tell({ type: 'planned', plan, done: runs.length, ...this.#remaining() });
    const state = await this.#runBlocks();
    const analysis = analyse(plan, runs);
    Object.assign(this.#result, { state, analysis });
    await this.#save();
    this.#tell({ type: 'ended', state, analysis });
    return this.#result;
  }

  async #runBlocks(): Promise<'complete' | 'interrupted' | 'time-limit'> {
    for (const block of this.#blocks) {
      for (const planned of block) {
        if (!this.#toDo([planned]).length) continue;
        if (this.#signal.aborted) return 'interrupted';
        if (!this.#endsInTime(planned)) return 'time-limit';
        if (!(await this.#runCell(planned))) return 'interrupted';
      }
      if (await this.#isEnoughAfter(block[0]!.block)) break;
    }
    return 'complete';
  }

  /** @returns whether there is a record of it. */
  async #runCell(planned: PlannedRun): Promise<boolean> {
    const { block, position } = planned;
    const { runs } = this.#result;
    const cell = this.#cells.get(planned.cell)!;
    const index = runs.length + 1;
    this.#tell({ type: 'run-started', cell, block, position, index, ...this.#remaining() });
    const run = await recordRun(cell, planned, { ...this.#options, signal: this.#signal, now: this.#now });
    // Also what came back whole: a test that was cut short may look like one.
    if (this.#signal.aborted) return false;
    runs.push(run);
    await this.#save();
    this.#tell({ type: 'run-ended', cell, run, index, ...this.#remaining() });
    const failure = cellsLeftOut(runs).get(cell.id);
    if (failure !== undefined) this.#tell({ type: 'cell-left-out', cell, failure });
    return true;
  }

  async #isEnoughAfter(block: number): Promise<boolean> {
    const { plan, runs } = this.#result;
    const isLast = runs.some((run) => run.block === block) && !runs.some((run) => run.block > block);
    if (block < 0 || !isLast) return false;
    const analysis = analyse(plan, runs);
    this.#result.analysis = analysis;
    await this.#save();
    this.#tell({ type: 'block-ended', block, analysis });
    if (plan.precision === undefined || block + 1 < blocksForVerdict(plan)) return false;
    return precisionReached(analysis, plan.precision);
  }

  #toDo(planned: readonly PlannedRun[]): PlannedRun[] {
    const { runs } = this.#result;
    const leftOut = cellsLeftOut(runs);
    const done = new Set(runs.map(({ cell, block }) => `${block} ${cell}`));
    return planned.filter(({ cell, block }) => !leftOut.has(cell) && !done.has(`${block} ${cell}`));
  }

  /** So far, that before an interruption included. */
  #seconds(): number {
    return this.#secondsBefore + (this.#now() - this.#startedAt) / 1000;
  }

  #endsInTime({ cell }: PlannedRun): boolean {
    const { plan, runs } = this.#result;
    const seconds = this.#seconds() + expectedSeconds(cell, runs, plan.secondsPerRun);
    return seconds <= (plan.timeLimitSeconds ?? Number.POSITIVE_INFINITY);
  }

  #remaining(): { total: number; secondsLeft: number | undefined } {
    const { plan, runs } = this.#result;
    const toDo = this.#toDo(this.#blocks.flat());
    const seconds = expectedSecondsOf(toDo, runs, plan.secondsPerRun);
    const most = Math.max(0, (plan.timeLimitSeconds ?? Number.POSITIVE_INFINITY) - this.#seconds());
    return {
      total: runs.length + toDo.length,
      secondsLeft: seconds === undefined ? undefined : Math.min(seconds, most),
    };
  }

  async #save(): Promise<void> {
    await this.#options.save?.(this.#result);
  }

  #tell(event: ComparisonProgress): void {
    this.#options.onProgress?.(event);
  }
}
