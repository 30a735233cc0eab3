import type { Measurement } from '../../lib/compare/measurement.js';
import type { Cell, ComparisonPlan, MeasuredRun, RunRecord } from '../../lib/compare/result.js';
import { randomGenerator } from '../../lib/compare/statistics/random.js';

/** A comparison without traffic: rates come from a formula, to see what the statistics make of them. */
export interface SyntheticComparison {
  blocks: number;
  /** Rate of each cell in units of the baseline's; [1.05] is one cell, 5 % faster. */
  rates: readonly number[];
  /** One run's noise as a factor. */
  noise: (random: () => number) => number;
  /** Of the whole block, as a factor. Default: none. */
  drift?: ((block: number) => number) | undefined;
  /** Also every later cell against every earlier one, not only each against the baseline. */
  allPairs?: boolean | undefined;
}

const BASELINE_RATE = 4e10;

/** A number of the standard normal distribution (Box and Muller 1958). */
export function standardNormal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export const normalNoise = (deviation: number) => (random: () => number) => 1 + deviation * standardNormal(random);

/** Now and then a run reaches half of what it could. */
export const noiseWithSlowRuns = (deviation: number, share: number) => (random: () => number) =>
  (1 + deviation * standardNormal(random)) * (random() < share ? 0.5 : 1);

/** 10 % from the first block to the last. */
export const drift10Percent = (blocks: number) => (block: number) => 1 + (0.1 * block) / (blocks - 1);

export function syntheticComparison(
  { blocks, rates, noise, drift = () => 1, allPairs = false }: SyntheticComparison,
  seed: number,
): { plan: ComparisonPlan; runs: RunRecord[] } {
  const random = randomGenerator(seed);
  const plan = syntheticPlan(rates.length, blocks, allPairs);
  const level = (index: number) => (index < 2 ? 1 : rates[index - 2]!);
  const runs = Array.from({ length: blocks }, (_, block) =>
    plan.cells.map(({ id }, index) =>
      measuredRun(id, block, BASELINE_RATE * level(index) * drift(block) * noise(random)),
    ),
  );
  return { plan, runs: runs.flat() };
}

export function syntheticPlan(cells: number, blocks: number, allPairs = false): ComparisonPlan {
  const others = Array.from({ length: cells }, (_, index) => syntheticCell(`c${index + 2}`, 'cell'));
  const contrasts = others.map(({ id }) => ({ cell: id, baseline: 'c1' }));
  const pairs = others.flatMap((cell, index) =>
    others.slice(0, index).map(({ id }) => ({ cell: cell.id, baseline: id })),
  );
  return {
    seed: 1,
    cells: [syntheticCell('c1', 'baseline'), syntheticCell('c1-again', 'twin'), ...others],
    factors: [{ name: 'topology', levels: ['c1', ...others.map(({ id }) => id)] }],
    contrasts: allPairs ? [...contrasts, ...pairs] : contrasts,
    warmUpBlocks: 1,
    blocks,
    secondsPerRun: 2,
  };
}

function syntheticCell(id: string, role: Cell['role']): Cell {
  const topology = id.replace('-again', '');
  const name = role === 'twin' ? `${topology} (A/A)` : topology;
  return { id, name, role, levels: { topology, tool: 'vnetperf' }, command: [], remarks: [] };
}

export function measuredRun(
  cell: string,
  block: number,
  bitsPerSecond: number,
  more: Partial<Measurement> = {},
): MeasuredRun {
  const measurement: Measurement = {
    durationSeconds: 2,
    bitsPerSecond,
    directions: [],
    streams: [],
    cores: [],
    carriers: [],
    intervals: [],
    limits: [],
    warnings: [],
    ...more,
  };
  return { ...runOf(cell, block), outcome: 'measured', measurement };
}

export function failedRun(cell: string, block: number, message: string): RunRecord {
  return { ...runOf(cell, block), outcome: 'failed', failure: { code: 'ERR_TEST', message } };
}

function runOf(cell: string, block: number) {
  return { cell, block, position: 0, startedAt: '2026-01-01T00:00:00.000Z', elapsedSeconds: 3 };
}
