import type { CellSummary } from '../analysis.js';
import type { LatencyDistribution, Measurement } from '../measurement.js';
import type { Cell, MeasuredRun, RunRecord } from '../result.js';
import { median } from '../statistics/median.js';
import { medianInterval } from '../statistics/median-interval.js';
import { relativeSpread } from '../statistics/relative-spread.js';
import { tukeyFences } from '../statistics/tukey-fences.js';
import { limitedBy } from './limited-by.js';

/** The figures of one cell by itself. */
export function cellSummary({ id }: Cell, runs: readonly RunRecord[], confidence: number): CellSummary {
  const own = runs.filter(({ cell }) => cell === id);
  const counted = own.filter(({ block }) => block >= 0);
  const measured = counted
    .filter((run) => run.outcome === 'measured')
    .sort((first, second) => first.block - second.block);
  const measurements = measured.map(({ measurement }) => measurement);
  const count = { cell: id, measured: measured.length, failed: counted.length - measured.length };
  // Also that of the warm-up: a cell that failed there may never have been run again.
  const failure = own.findLast((run) => run.outcome === 'failed')?.failure.message;
  const told = failure === undefined || (count.failed === 0 && count.measured > 0) ? {} : { failure };
  if (measured.length === 0) return { ...count, ...told, outliers: [], limitedBy: [] };

  const rates = measurements.map(({ bitsPerSecond }) => bitsPerSecond);
  return {
    ...count,
    ...told,
    medianBitsPerSecond: median(rates),
    ...known('medianInterval', medianInterval(rates, confidence)),
    ...known('spread', relativeSpread(rates)),
    outliers: outliers(measured),
    limitedBy: limitedBy(measurements),
    ...known('migrationsPerSecond', medianOver(measurements, migrationsPerSecond)),
    ...known('retransmits', medianOver(measurements, retransmits)),
    ...known('jitterMs', medianOver(measurements, jitterMs)),
    ...known('lostPercent', medianOver(measurements, lostPercent)),
    ...known(
      'idleRoundTripMicroseconds',
      medianOver(measurements, ({ latency }) => medianOf(latency?.idle)),
    ),
    ...known(
      'loadedRoundTripMicroseconds',
      medianOver(measurements, ({ latency }) => medianOf(latency?.loaded)),
    ),
  };
}

/** A field that is not known is not there, in the file as in memory. */
function known<Name extends keyof CellSummary>(name: Name, value: CellSummary[Name]): Partial<CellSummary> {
  return value === undefined ? {} : { [name]: value };
}

function outliers(measured: readonly MeasuredRun[]): CellSummary['outliers'] {
  const [low, high] = tukeyFences(measured.map(({ measurement }) => measurement.bitsPerSecond));
  return measured
    .map(({ block, measurement: { bitsPerSecond } }) => ({ block, bitsPerSecond }))
    .filter(({ bitsPerSecond }) => bitsPerSecond < low || bitsPerSecond > high);
}

/** Over the runs that have the figure. */
function medianOver(
  measurements: readonly Measurement[],
  figure: (measurement: Measurement) => number | undefined,
): number | undefined {
  const figures = measurements.flatMap((measurement) => figure(measurement) ?? []);
  return figures.length === 0 ? undefined : median(figures);
}

/** Streams count their migrations from the start, the omit period included. */
function migrationsPerSecond({ streams, intervals, durationSeconds }: Measurement): number | undefined {
  const migrations = sumOfKnown(streams.map((stream) => stream.migrations));
  const whole = intervals.reduce((sum, { startSeconds, endSeconds }) => sum + endSeconds - startSeconds, 0);
  const seconds = Math.max(whole, durationSeconds);
  return migrations === undefined || seconds <= 0 ? undefined : migrations / seconds;
}

function retransmits({ directions }: Measurement): number | undefined {
  return sumOfKnown(directions.map((direction) => direction.retransmits));
}

function jitterMs({ directions }: Measurement): number | undefined {
  const known = directions.flatMap((direction) => direction.jitterMs ?? []);
  return known.length === 0 ? undefined : sumOfKnown(known)! / known.length;
}

/** Of both directions together where the datagrams were counted. */
function lostPercent({ directions }: Measurement): number | undefined {
  const datagrams = sumOfKnown(directions.map((direction) => direction.datagrams));
  const lost = sumOfKnown(directions.map((direction) => direction.lost));
  if (datagrams !== undefined && lost !== undefined && datagrams > 0) return (100 * lost) / datagrams;
  return directions.find((direction) => direction.lostPercent !== undefined)?.lostPercent;
}

function medianOf(distribution: LatencyDistribution | undefined): number | undefined {
  return distribution?.percentiles.find(({ percentile }) => percentile === 50)?.microseconds;
}

function sumOfKnown(figures: readonly (number | undefined)[]): number | undefined {
  const known = figures.filter((figure) => figure !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, figure) => sum + figure, 0);
}
