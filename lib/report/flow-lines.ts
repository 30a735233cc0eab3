import type { DirectionMeasurement, Measurement, StreamMeasurement } from '../compare/measurement.js';
import type { TestSettings } from '../configuration/settings.js';
import type { GapStatistics } from '../platform/native.js';
import { threeDigitTime } from './duration-words.js';
import { formatFixed } from './number-format.js';

/**
 * How the data flowed, beside how much of it: how evenly datagrams that keep a rate left and came, and how evenly several
 * streams shared the path.
 */
export function flowLines(
  { directions, streams }: Pick<Measurement, 'directions' | 'streams'>,
  settings: TestSettings,
): string[] {
  return directions.flatMap((direction) => {
    const prefix = directions.length === 1 ? '' : `${direction.from} to ${other(direction.from)}: `;
    return [...gapLine(direction, streams), ...fairnessLine(direction, settings)].map((line) => prefix + line);
  });
}

/** Of several streams the one with the widest gaps. */
function gapLine({ from }: DirectionMeasurement, streams: readonly StreamMeasurement[]): string[] {
  const widest = (end: 'client' | 'server', role: StreamMeasurement['role'], how: string) => {
    const gaps = streams.filter((one) => one.end === end && one.role === role).flatMap((one) => one.gaps ?? []);
    const [first] = gaps.sort((a, b) => b.p99Microseconds - a.p99Microseconds);
    if (first === undefined) return [];
    return [`${how} ${gapText(first)}${gaps.length > 1 ? ` (widest of ${gaps.length} streams)` : ''}`];
  };
  const parts = [...widest(from, 'sender', 'sent'), ...widest(other(from), 'receiver', 'received')];
  return parts.length === 0 ? [] : [`gaps between datagrams: ${parts.join('; ')}`];
}

function gapText({ medianMicroseconds, p99Microseconds, maxMicroseconds }: GapStatistics): string {
  return (
    `median ${threeDigitTime(medianMicroseconds)}, p99 ${threeDigitTime(p99Microseconds)}, ` +
    `max ${threeDigitTime(maxMicroseconds)}`
  );
}

function fairnessLine({ fairness }: DirectionMeasurement, { parallel }: TestSettings): string[] {
  return fairness === undefined ? [] : [`fairness ${formatFixed(fairness, 3)} (Jain) over ${parallel} streams`];
}

function other(end: 'client' | 'server'): 'client' | 'server' {
  return end === 'client' ? 'server' : 'client';
}
