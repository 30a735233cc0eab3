import type { Analysis } from './analysis.js';
import type { Environment } from './environment.js';
import type { Measurement } from './measurement.js';

/**
 * The result file of a comparison: one JSON document. `schema/result-v1.json` is made from these types by
 * `npm run schema`; within a major version fields are added as optional ones and none changes its meaning.
 */
export interface ComparisonResult {
  /** What the document is. */
  format: 'vnetperf-result';
  /**
   * major.minor; a reader takes any minor of a major it knows.
   * @pattern ^1\.[0-9]+$
   */
  formatVersion: string;
  /** The vnetperf that wrote it. */
  version: string;
  /** What to type to do it again, with the seed: words after `vnetperf`. */
  command: string[];
  /** ISO 8601. */
  createdAt: string;
  /** `running` in a file means that its writer was killed. */
  state: 'running' | 'complete' | 'interrupted' | 'time-limit';
  /** What was to be measured. */
  plan: ComparisonPlan;
  /** The machine on which it was measured. */
  environment: Environment;
  /** In the order in which they were done, the warm-up included. */
  runs: RunRecord[];
  /** Absent in a `running` file until a block is whole. */
  analysis?: Analysis | undefined;
}

/** What is measured, in which order, and until when. */
export interface ComparisonPlan {
  /**
   * Of the order; 32 bits, unsigned.
   * @asType integer
   * @minimum 0
   * @maximum 4294967295
   */
  seed: number;
  /** The baseline first, then its twin: the same cell under another name (A/A). */
  cells: Cell[];
  /** What is varied, and over which levels. */
  factors: { name: string; levels: string[] }[];
  /** Which cells are held against which. The twin against the baseline is not among them. */
  contrasts: { cell: string; baseline: string }[];
  /** Blocks that are run first and thrown away. */
  warmUpBlocks: number;
  /** Measured blocks: as many, or with `precision` at most as many. */
  blocks: number;
  /** Stop when every ratio is known within this: 0.02 = ±2 %. */
  precision?: number | undefined;
  /** No run is begun that would end later than this after the start. */
  timeLimitSeconds?: number | undefined;
  /** Nominal time of one run, the omit period included; 0 = it ends by an amount. */
  secondsPerRun: number;
  /** What was asked for and cannot be, in words: a cell that a program has no option for, a network that lacks its switch. */
  remarks?: string[] | undefined;
}

/** One combination of what is varied: a network, options, a program. */
export interface Cell {
  /** Short and unique in the plan: `c1`. */
  id: string;
  /** For a table: `bridge  pin=auto`. Unique too. */
  name: string;
  /** `twin`: the baseline again. */
  role: 'baseline' | 'twin' | 'cell';
  /** Factor -> level, `topology` and `tool` included. */
  levels: Record<string, string>;
  /** One run of this cell by hand: `['vnetperf', 'run', 'bridge', '--pin', '0:1', ...]`. */
  command: string[];
  /** For example why --pin auto chose the cores it did. */
  remarks: string[];
}

/** @discriminator outcome */
export type RunRecord = MeasuredRun | FailedRun;

interface RunBase {
  /** Cell.id. */
  cell: string;
  /**
   * Measured blocks count from 0; the warm-up block before that is -1, the one before it -2.
   * @asType integer
   */
  block: number;
  /** Place in its block, from 0. */
  position: number;
  /** ISO 8601. */
  startedAt: string;
  /** With building and removing the network. */
  elapsedSeconds: number;
}

/** A run with its figures. */
export interface MeasuredRun extends RunBase {
  /** Tells it from one that failed. */
  outcome: 'measured';
  /** All figures of the run. */
  measurement: Measurement;
}

/** A run without a figure. */
export interface FailedRun extends RunBase {
  /** Tells it from one that was measured. */
  outcome: 'failed';
  /** Why: an error’s code, its sentence and what to do about it. */
  failure: { code: string; message: string; remedy?: string | undefined };
}
