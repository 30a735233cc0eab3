import type { EndCost, Measurement } from '../compare/measurement.js';
import { threeDigits } from './comparison/quantities.js';

/** What moving the bytes cost each end: `cost client  7629 calls/GB  131 kB/call  0.112 CPU s/GB  user 2 %`. */
export function costLines({ costs }: Pick<Measurement, 'costs'>): string[] {
  const rows = (['client', 'server'] as const).flatMap((end) => {
    const cost = costs?.[end];
    return cost === undefined ? [] : [[end, ...figures(cost)]];
  });
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `cost ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}

function figures({ systemCallsPerGigabyte, bytesPerCall, cpuSecondsPerGigabyte, userPercent }: EndCost): string[] {
  return [
    ...(systemCallsPerGigabyte === undefined ? [] : [`${threeDigits(systemCallsPerGigabyte)} calls/GB`]),
    ...(bytesPerCall === undefined ? [] : [`${bytesText(bytesPerCall)}/call`]),
    ...(cpuSecondsPerGigabyte === undefined ? [] : [`${threeFigures(cpuSecondsPerGigabyte)} CPU s/GB`]),
    ...(userPercent === undefined ? [] : [`user ${userPercent.toFixed(0)} %`]),
  ];
}

/** Powers of 1000, as the gigabyte beside it. */
function bytesText(bytes: number): string {
  if (bytes < 1000) return `${threeDigits(bytes)} B`;
  return bytes < 1e6 ? `${threeDigits(bytes / 1e3)} kB` : `${threeDigits(bytes / 1e6)} MB`;
}

/** Fast paths cost hundredths of a second. */
function threeFigures(value: number): string {
  return value < 1 ? value.toFixed(3) : threeDigits(value);
}
