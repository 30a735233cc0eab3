import type { EndCost, Measurement } from '../../compare/measurement.js';
import { secondsText } from '../link-price-lines.js';
import { formatFixed } from '../number-format.js';
import type { ReportedCell } from '../reported-cell.js';
import { filledTable, medianText, type TextTable } from '../text-table.js';
import { threeDigits } from './quantities.js';

/** What moving the bytes cost each end of each cell: medians of its runs. */
export function costTable(cells: readonly ReportedCell[]): TextTable | undefined {
  const rows = cells.flatMap(({ cell, measured }) =>
    (['client', 'server'] as const).flatMap((end) => {
      const measurements = measured.map(({ measurement }) => measurement);
      const costs = measurements.flatMap(({ costs }) => costs?.[end] ?? []);
      return costs.length === 0 ? [] : [{ name: cell.name, end, paths: pathsOf(measurements, end), costs }];
    }),
  );
  const figure = (name: keyof EndCost, format: (value: number) => string) => (row: (typeof rows)[number]) =>
    medianText(
      row.costs.map((cost) => cost[name]),
      format,
    );
  return filledTable('What moving the bytes cost each end, medians of the runs', rows, [
    { title: 'cell', of: ({ name }) => name },
    { title: 'end', of: ({ end }) => end },
    { title: 'path', of: ({ paths }) => paths },
    { title: 'calls/GB', numeric: true, of: figure('systemCallsPerGigabyte', threeDigits) },
    { title: 'kB/call', numeric: true, of: figure('bytesPerCall', (bytes) => threeDigits(bytes / 1000)) },
    { title: 'CPU s/GB', numeric: true, of: figure('cpuSecondsPerGigabyte', secondsText) },
    { title: 'user %', numeric: true, of: figure('userPercent', (percent) => percent.toFixed(1)) },
  ]);
}

/** Datagrams and the packets that carried them, which with segmentation offload are not the same; and fairness. */
export function flowTable(cells: readonly ReportedCell[]): TextTable | undefined {
  const rows = cells.flatMap(({ cell, measured }) =>
    (['client', 'server'] as const).flatMap((from) => {
      const flows = measured.flatMap(({ measurement: { directions, durationSeconds } }) =>
        directions.filter((direction) => direction.from === from).map((flow) => ({ ...flow, durationSeconds })),
      );
      const told = flows.some(({ packetsSent, packetsReceived, fairness }) =>
        [packetsSent, packetsReceived, fairness].some((one) => one !== undefined),
      );
      return told ? [{ name: cell.name, from, flows }] : [];
    }),
  );
  const count = (of: (flow: (typeof rows)[number]['flows'][number]) => number | undefined) => ({
    numeric: true,
    of: ({ flows }: (typeof rows)[number]) => medianText(flows.map(of), (value) => formatFixed(value, 0)),
  });
  return filledTable(
    'Datagrams, packets on the path, and how evenly the streams shared it, medians of the runs',
    rows,
    [
      { title: 'cell', of: ({ name }) => name },
      { title: 'sent by', of: ({ from }) => from },
      { title: 'datagrams', ...count(({ datagrams }) => datagrams) },
      { title: 'packets sent (omit period included)', ...count(({ packetsSent }) => packetsSent) },
      { title: 'packets received (omit period included)', ...count(({ packetsReceived }) => packetsReceived) },
      {
        title: 'fairness',
        numeric: true,
        of: ({ flows }) =>
          medianText(
            flows.map(({ fairness }) => fairness),
            (value) => formatFixed(value, 3),
          ),
      },
    ],
  );
}

/** `send splice`, `receive discard`; in all runs, or none. */
function pathsOf(measurements: readonly Measurement[], end: 'client' | 'server'): string {
  const ways = (['sender', 'receiver'] as const).flatMap((role) => {
    const streams = measurements.flatMap(({ streams }) => streams.filter((s) => s.end === end && s.role === role));
    const paths = [...new Set(streams.flatMap(({ path }) => path ?? []))];
    return paths.map((path) => `${role === 'sender' ? 'send' : 'receive'} ${path}`);
  });
  return ways.join(', ');
}
