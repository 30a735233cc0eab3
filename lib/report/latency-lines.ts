import type { LatencyDistribution, LatencyMeasurement } from '../traffic/events.js';
import { threeDigitTime } from './duration-words.js';

/** `latency  idle        p50 8.10 us  p99 12.0 us  p99.9 30.1 us  max 52.4 us  (2000 round trips)`, and under load. */
export function latencyLines(latency: LatencyMeasurement | undefined): string[] {
  if (latency === undefined) return [];
  const { idle, loaded } = latency;
  const phases = [
    { name: 'idle', phase: idle },
    ...(loaded === undefined ? [] : [{ name: 'under load', phase: loaded }]),
  ];
  const rows = phases.map(({ name, phase }) => [name, ...shownTimes(phase), `(${counts(phase)})`]);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    `latency  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
}

/** The ninetieth percentile stands in the JSON. */
const SHOWN_PERCENTILES = [50, 99, 99.9];

function shownTimes({ samples, percentiles, maxMicroseconds }: LatencyDistribution): string[] {
  if (samples === 0) return ['-', '-', '-', '-'];
  const shown = percentiles.filter(({ percentile }) => SHOWN_PERCENTILES.includes(percentile));
  return [
    ...shown.map(({ percentile, microseconds }) => `p${percentile} ${threeDigitTime(microseconds)}`),
    `max ${threeDigitTime(maxMicroseconds)}`,
  ];
}

function counts({ samples, lost }: LatencyDistribution): string {
  const trips = samples === 1 ? '1 round trip' : `${samples} round trips`;
  return lost === 0 ? trips : `${trips}, ${lost} lost`;
}
