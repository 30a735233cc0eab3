import type { CellSummary, Interval } from '../../compare/analysis.js';
import type { Cell, ComparisonResult } from '../../compare/result.js';
import { formatFixed } from '../number-format.js';

/** The table of a comparison as text by column: what a terminal, Markdown and a page show in the same words. */
export interface SummaryTable {
  /** Only those that have something to show. */
  columns: SummaryColumn[];
  /** One per cell, in the plan's order. */
  rows: SummaryRow[];
  /** What belongs below the table: outliers, runs that failed. A sentence each. */
  notes: string[];
}

interface SummaryColumn {
  field: SummaryField;
  /** With the unit: `median Gbit/s`. */
  title: string;
  /** Numbers stand to the right. */
  numeric: boolean;
}

type SummaryField =
  | 'name'
  | 'median'
  | 'interval'
  | 'ratio'
  | 'ratioInterval'
  | 'spread'
  | 'idleRoundTrip'
  | 'loadedRoundTrip'
  | 'jitter'
  | 'lost'
  | 'limitedBy';

interface SummaryRow {
  /** Cell.id */
  cell: string;
  role: Cell['role'];
  /** Empty where nothing is known. */
  texts: Record<SummaryField, string>;
  /** What `limitedBy` is made of. */
  limits: string[];
  /** Where no run of it was measured: why. */
  failure?: string | undefined;
}

/** A report of single tests has a plan and figures too, but nobody wrote it as a result. */
export type Summarised = Pick<ComparisonResult, 'plan' | 'analysis'>;

/** Below this a thread moves now and then, as threads do. */
const NOTEWORTHY_MIGRATIONS_PER_SECOND = 1;

/** Two decimals say nothing about a ratio that is known better than this. */
const NARROW_INTERVAL = 0.02;

/** ... nor about one that is so small. */
const SMALL_RATIO = 0.1;

export function summaryTable(result: Summarised): SummaryTable {
  const summaries = new Map((result.analysis?.cells ?? []).map((summary) => [summary.cell, summary]));
  const unit = rateUnit([...summaries.values()].flatMap(({ medianBitsPerSecond }) => medianBitsPerSecond ?? []));
  const ratioDecimals = narrowest(result) < NARROW_INTERVAL || smallestRatio(result) < SMALL_RATIO ? 3 : 2;
  const rows = result.plan.cells.map((cell) => row(cell, summaries.get(cell.id), result, unit, ratioDecimals));
  const columns = COLUMNS.filter(({ field, always }) => always || rows.some(({ texts }) => texts[field] !== '')).map(
    ({ field, title, numeric }) => ({
      field,
      title: field === 'median' ? `${title} ${unit.name}`.trimEnd() : title,
      numeric,
    }),
  );
  return {
    columns,
    rows,
    notes: result.plan.cells.flatMap((cell) =>
      notes(cell, summaries.get(cell.id), unit, result.analysis?.sentences ?? []),
    ),
  };
}

const COLUMNS: readonly (SummaryColumn & { always: boolean })[] = [
  { field: 'name', title: '', numeric: false, always: true },
  { field: 'median', title: 'median', numeric: true, always: true },
  { field: 'interval', title: '95 % interval', numeric: true, always: false },
  { field: 'ratio', title: 'ratio', numeric: true, always: false },
  { field: 'ratioInterval', title: '95 % interval', numeric: true, always: false },
  { field: 'spread', title: 'spread', numeric: true, always: false },
  { field: 'idleRoundTrip', title: 'idle us', numeric: true, always: false },
  { field: 'loadedRoundTrip', title: 'loaded us', numeric: true, always: false },
  { field: 'jitter', title: 'jitter ms', numeric: true, always: false },
  { field: 'lost', title: 'lost', numeric: true, always: false },
  { field: 'limitedBy', title: 'limited by', numeric: false, always: false },
];

function row(
  cell: Cell,
  summary: CellSummary | undefined,
  result: Summarised,
  unit: RateUnit,
  ratioDecimals: number,
): SummaryRow {
  const ratio = ratioOf(cell, result);
  const limits = [...(summary?.limitedBy ?? []), ...migrations(summary?.migrationsPerSecond)];
  const rate = (bitsPerSecond: number) => formatFixed(bitsPerSecond / unit.bitsPerSecond, unit.decimals);
  const times = (factor: number) => formatFixed(factor, ratioDecimals);
  const failed = summary !== undefined && summary.measured === 0 && summary.failed > 0;
  return {
    cell: cell.id,
    role: cell.role,
    limits,
    ...(failed ? { failure: summary.failure ?? 'no run could be measured' } : {}),
    texts: {
      name: cell.name,
      median: failed ? 'failed' : text(summary?.medianBitsPerSecond, rate),
      interval: range(summary?.medianInterval, rate),
      ratio: cell.role === 'baseline' && !failed ? times(1) : text(ratio?.ratio, times),
      ratioInterval: cell.role === 'baseline' ? 'baseline' : range(ratio?.interval, times),
      spread: text(summary?.spread, percent),
      idleRoundTrip: text(summary?.idleRoundTripMicroseconds, tenths),
      loadedRoundTrip: text(summary?.loadedRoundTripMicroseconds, tenths),
      jitter: text(summary?.jitterMs, (milliseconds) => formatFixed(milliseconds, 3)),
      lost: text(summary?.lostPercent, (lost) => `${formatFixed(lost, lost > 0 && lost < 0.1 ? 3 : 1)} %`),
      limitedBy: limits.join('; '),
    },
  };
}

/** A cell's first contrast is the one against what it is measured by; the twin's is the noise floor. */
function ratioOf(
  { id, role }: Cell,
  { analysis }: Summarised,
): { ratio?: number | undefined; interval?: Interval | undefined } | undefined {
  if (role === 'twin') return analysis?.noise;
  return analysis?.contrasts.find(({ cell }) => cell === id);
}

function notes(
  { name }: Cell,
  summary: CellSummary | undefined,
  unit: RateUnit,
  sentences: readonly string[],
): string[] {
  if (summary === undefined) return [];
  const { measured, failed, failure, outliers } = summary;
  const why = failure === undefined ? '' : `: ${failure}`;
  const lines: string[] = [];
  const told =
    failure !== undefined && sentences.some((sentence) => sentence.startsWith(name) && sentence.includes(failure));
  if (failed > 0 && !told) {
    lines.push(
      measured === 0 ? `${name} failed${why}` : `${name}: ${failed} of ${measured + failed} runs failed${why}`,
    );
  }
  if (outliers.length > 0) {
    const list = outliers.map(({ block, bitsPerSecond }) => {
      return `${formatFixed(bitsPerSecond / unit.bitsPerSecond, unit.decimals)} ${unit.name} in block ${block + 1}`;
    });
    const noun = outliers.length === 1 ? 'outlier' : 'outliers';
    lines.push(`${name}: ${noun}, counted like every run: ${list.join(', ')}`);
  }
  return lines;
}

function migrations(perSecond: number | undefined): string[] {
  if (perSecond === undefined || perSecond < NOTEWORTHY_MIGRATIONS_PER_SECOND) return [];
  return [`${formatFixed(perSecond, 0)} migrations/s`];
}

interface RateUnit {
  name: string;
  bitsPerSecond: number;
  decimals: number;
}

/** One unit for a table, after its largest figure; as many decimals as its smallest needs for three digits, up to three. */
function rateUnit(medians: readonly number[]): RateUnit {
  if (medians.length === 0) return { name: '', bitsPerSecond: 1, decimals: 0 };
  const largest = Math.max(0, ...medians);
  const [name, bitsPerSecond] = RATE_UNITS.find(([, least]) => largest >= least) ?? RATE_UNITS.at(-1)!;
  const smallest = Math.min(...medians.filter((median) => median > 0)) / bitsPerSecond;
  const whole = Number.isFinite(smallest) ? Math.floor(Math.log10(smallest)) + 1 : 1;
  return { name, bitsPerSecond, decimals: Math.min(3, Math.max(0, 3 - whole)) };
}

const RATE_UNITS: readonly (readonly [string, number])[] = [
  ['Tbit/s', 1e12],
  ['Gbit/s', 1e9],
  ['Mbit/s', 1e6],
  ['kbit/s', 1e3],
  ['bit/s', 1],
];

function narrowest({ analysis }: Summarised): number {
  const intervals = [analysis?.noise?.interval, ...(analysis?.contrasts ?? []).map(({ interval }) => interval)];
  return Math.min(...intervals.flatMap((interval) => (interval === undefined ? [] : [interval[1] - interval[0]])));
}

function text(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '' : format(value);
}

function range(interval: Interval | undefined, format: (value: number) => string): string {
  return interval === undefined ? '' : `${format(interval[0])} - ${format(interval[1])}`;
}

function percent(share: number): string {
  return `${formatFixed(100 * share, 1)} %`;
}

function tenths(value: number): string {
  return formatFixed(value, 1);
}

function smallestRatio({ analysis }: Summarised): number {
  return Math.min(...(analysis?.contrasts ?? []).map(({ ratio }) => ratio ?? 1));
}
