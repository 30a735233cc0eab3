import type { CellSummary } from '../../compare/analysis.js';
import { MEASURE } from '../../compare/suite/container-networks.js';
import { formatFixed } from '../number-format.js';
import type { Summarised } from './summary-rows.js';

/** A row for each network, a column for each thing that was measured of it: the shape of the published tables. */
export interface SuiteTable {
  columns: { title: string; numeric: boolean }[];
  rows: string[][];
}

export function isSuite({ plan }: Summarised): boolean {
  return plan.factors.some(({ name }) => name === MEASURE);
}

/** For a result of which isSuite() is true. */
export function suiteTable({ plan, analysis }: Summarised): SuiteTable {
  const summaryOf = (topology: string, measure: string): CellSummary | undefined => {
    const cell = plan.cells.find(
      ({ levels, role }) => role !== 'twin' && levels.topology === topology && levels[MEASURE] === measure,
    );
    return analysis?.cells.find((summary) => summary.cell === cell?.id);
  };
  const kinds = plan.factors.find(({ name }) => name === 'topology')?.levels ?? [];
  const [pinned = '', unpinned = '', udp = ''] = plan.factors.find(({ name }) => name === MEASURE)?.levels ?? [];
  return {
    columns: [
      { title: 'technology', numeric: false },
      { title: `${pinned} Gbit/s`, numeric: true },
      { title: `${unpinned} Gbit/s`, numeric: true },
      { title: 'UDP Mbit/s', numeric: true },
      { title: 'latency us', numeric: true },
      { title: 'under load us', numeric: true },
      { title: 'loss', numeric: true },
      { title: `of the host's ${kinds[0]}`, numeric: true },
    ],
    rows: kinds.map((kind) => {
      const ofUdp = summaryOf(kind, udp);
      return [
        kind,
        figure(summaryOf(kind, pinned), (summary) => rate(summary, 1e9, 1)),
        figure(summaryOf(kind, unpinned), (summary) => rate(summary, 1e9, 1)),
        figure(ofUdp, (summary) => rate(summary, 1e6, 1)),
        figure(ofUdp, ({ idleRoundTripMicroseconds }) => microseconds(idleRoundTripMicroseconds)),
        figure(ofUdp, ({ loadedRoundTripMicroseconds }) => microseconds(loadedRoundTripMicroseconds)),
        figure(ofUdp, ({ lostPercent }) => (lostPercent === undefined ? '' : loss(lostPercent))),
        ratio(summaryOf(kind, pinned)),
      ];
    }),
  };

  function ratio(summary: CellSummary | undefined): string {
    if (summary === undefined) return '';
    if (plan.cells[0]?.id === summary.cell) return '1.00';
    const contrast = analysis?.contrasts.find(({ cell }) => cell === summary.cell);
    if (contrast?.ratio === undefined) return '';
    const [low, high] = contrast.interval ?? [];
    const interval = low === undefined || high === undefined ? '' : ` (${times(low)} - ${times(high)})`;
    return `${times(contrast.ratio)}${interval}`;
  }
}

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
