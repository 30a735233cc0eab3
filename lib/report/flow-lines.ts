import type { DirectionMeasurement, Measurement, StreamMeasurement } from '../compare/measurement.js';
import type { TestSettings } from '../configuration/settings.js';
import type { GapStatistics } from '../platform/native.js';
import { threeDigitTime } from './duration-words.js';
import { formatFixed } from './number-format.js';

/**
 * How the data flowed, beside how much of it: datagrams and the packets that carried them, where those are not the
 * same; how evenly datagrams that keep a rate left and came; how evenly several streams shared the path.
 */
export function flowLines(
  measured: Pick<Measurement, 'directions' | 'streams' | 'durationSeconds'>,
  settings: TestSettings,
): string[] {
  const { directions } = measured;
  return directions.flatMap((direction) => {
    const prefix = directions.length === 1 ? '' : `${direction.from} to ${other(direction.from)}: `;
    return [
      ...packetLine(direction, measured, settings),
      ...gapLine(direction, measured.streams),
      ...fairnessLine(direction, settings),
    ].map((line) => prefix + line);
  });
}

/** All of the whole run, the omit period included, so that they fit each other. */
function packetLine(
  { from, packetsSent, packetsReceived }: DirectionMeasurement,
  { streams, durationSeconds }: Pick<Measurement, 'streams' | 'durationSeconds'>,
  { lengthBytes, omitSeconds }: TestSettings,
): string[] {
  const seconds = omitSeconds + durationSeconds;
  if (seconds <= 0 || lengthBytes <= 0) return [];
  const datagrams = (end: 'client' | 'server', role: StreamMeasurement['role']) =>
    Math.round(bytesOf(streams.filter((one) => one.end === end && one.role === role)) / lengthBytes);
  const sent = datagrams(from, 'sender');
  const received = datagrams(other(from), 'receiver');
  const part = (count: number, packets: number | undefined, how: string) =>
    packets === undefined || packets === count
      ? []
      : [`${perSecond(count / seconds)} ${how} in ${perSecond(packets / seconds)} packets`];
  const parts = [...part(sent, packetsSent, 'sent'), ...part(received, packetsReceived, 'received')];
  return parts.length === 0 ? [] : [`datagrams: ${parts.join(', ')}`];
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

function bytesOf(streams: readonly StreamMeasurement[]): number {
  return streams.reduce((sum, { bytes }) => sum + bytes, 0);
}

function other(end: 'client' | 'server'): 'client' | 'server' {
  return end === 'client' ? 'server' : 'client';
}

/** `7.31 M/s`, `96.0 k/s`. */
function perSecond(rate: number): string {
  const [divisor, unit] = rate >= 1e6 ? [1e6, 'M/s'] : rate >= 1e3 ? [1e3, 'k/s'] : [1, '/s'];
  const value = rate / divisor;
  return `${formatFixed(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${unit}`;
}
