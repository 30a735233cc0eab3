import type { CellSummary } from '../../compare/analysis.js';
import { isAcrossHosts, MEASURE } from '../../compare/suite/container-networks.js';
import { formatFixed } from '../number-format.js';
import type { Summarised } from './summary-rows.js';

/** A row for each network, a column for each thing that was measured of it: the shape of the published tables. */
export interface SuiteTable {
  caption: string;
  columns: { title: string; numeric: boolean }[];
  rows: string[][];
}

export function isSuite({ plan }: Summarised): boolean {
  return plan.factors.some(({ name }) => name === MEASURE);
}

/** For a result of which isSuite() is true: what is on one host, then what is across two, each held against its first. */
export function suiteTables(result: Summarised): SuiteTable[] {
  const kinds = result.plan.factors.find(({ name }) => name === 'topology')?.levels ?? [];
  const across = kinds.filter(isAcrossHosts);
  const onOne = kinds.filter((kind) => !isAcrossHosts(kind));
  return [
    ...(onOne.length === 0 ? [] : [suiteTable('On one host', onOne, result)]),
    ...(across.length === 0 ? [] : [suiteTable('Across two hosts', across, result)]),
  ];
}

function suiteTable(caption: string, kinds: readonly string[], { plan, analysis }: Summarised): SuiteTable {
  const summaryOf = (topology: string, measure: string): CellSummary | undefined => {
    const cell = plan.cells.find(
      ({ levels, role }) => role !== 'twin' && levels.topology === topology && levels[MEASURE] === measure,
    );
    return analysis?.cells.find((summary) => summary.cell === cell?.id);
  };
  const [pinned = '', unpinned = '', udp = ''] = plan.factors.find(({ name }) => name === MEASURE)?.levels ?? [];
  const tcp = kinds.flatMap((kind) => summaryOf(kind, pinned)?.medianBitsPerSecond ?? []);
  // A link of 1 Gbit/s leaves nothing to tell apart in tenths of that.
  const unit = tcp.length > 0 && Math.max(...tcp) < 2e9 ? MEGABITS : GIGABITS;
  const columns = [
    { title: 'technology', numeric: false },
    { title: `${pinned} ${unit.name}`, numeric: true },
    { title: `${unpinned} ${unit.name}`, numeric: true },
    { title: 'UDP Mbit/s', numeric: true },
    { title: 'latency us', numeric: true },
    { title: 'under load us', numeric: true },
    { title: 'loss', numeric: true },
    { title: kinds.some(isAcrossHosts) ? `of ${kinds[0]}` : `of the host's ${kinds[0]}`, numeric: true },
  ];
  const rows = kinds.map((kind) => {
    const ofUdp = summaryOf(kind, udp);
    return [
      kind,
      figure(summaryOf(kind, pinned), (summary) => rate(summary, unit.bitsPerSecond, 1)),
      figure(summaryOf(kind, unpinned), (summary) => rate(summary, unit.bitsPerSecond, 1)),
      figure(ofUdp, (summary) => rate(summary, 1e6, 1)),
      figure(ofUdp, ({ idleRoundTripMicroseconds }) => microseconds(idleRoundTripMicroseconds)),
      figure(ofUdp, ({ loadedRoundTripMicroseconds }) => microseconds(loadedRoundTripMicroseconds)),
      figure(ofUdp, ({ lostPercent }) => (lostPercent === undefined ? '' : loss(lostPercent))),
      ratio(kind),
    ];
  });
  const filled = columns.map((_, index) => index === 0 || rows.some((row) => row[index] !== ''));
  const kept = <Value>(row: readonly Value[]) => row.filter((_, index) => filled[index]);
  return { caption, columns: kept(columns), rows: rows.map(kept) };

  function ratio(kind: string): string {
    const summary = summaryOf(kind, pinned);
    if (summary === undefined) return '';
    if (kind === kinds[0]) return '1.00';
    const contrast = analysis?.contrasts.find(({ cell }) => cell === summary.cell);
    if (contrast?.ratio === undefined) return '';
    const [low, high] = contrast.interval ?? [];
    const interval = low === undefined || high === undefined ? '' : ` (${times(low)} - ${times(high)})`;
    return `${times(contrast.ratio)}${interval}`;
  }
}

const GIGABITS = { name: 'Gbit/s', bitsPerSecond: 1e9 };
const MEGABITS = { name: 'Mbit/s', bitsPerSecond: 1e6 };

function figure(summary: CellSummary | undefined, format: (summary: CellSummary) => string): string {
  if (summary === undefined) return '';
  return summary.measured === 0 && summary.failed > 0 ? 'failed' : format(summary);
}

function rate({ medianBitsPerSecond }: CellSummary, unit: number, decimals: number): string {
  return medianBitsPerSecond === undefined ? '' : formatFixed(medianBitsPerSecond / unit, decimals);
}

function microseconds(value: number | undefined): string {
  return value === undefined ? '' : formatFixed(value, 1);
}

function loss(percent: number): string {
  return percent === 0 ? 'none' : `${formatFixed(percent, percent < 0.1 ? 3 : 1)} %`;
}

function times(factor: number): string {
  return formatFixed(factor, factor < 0.1 ? 3 : 2);
}
