import type { RateFormat } from '../configuration/configuration.js';
import { formatFixed } from './number-format.js';

/** `A` = adaptive bytes, as the Transfer and Cwnd columns have it; the rest is what -f takes. */
export type UnitFormat = RateFormat | 'A';

const PREFIXES = ['', 'K', 'M', 'G', 'T'] as const;

/**
 * Bytes (or bytes per second) as iperf3 writes them: upper-case formats are bytes in steps of 1024, lower-case ones bits
 * in steps of 1000, `A` and `a` choose the prefix. The unit is singular; the row adds `s` or `s/sec`.
 */
export function formatUnits(bytes: number, format: UnitFormat): string {
  const inBytes = format === format.toUpperCase();
  const step = inBytes ? 1024 : 1000;
  let value = inBytes ? bytes : bytes * 8;
  let prefix = 0;
  if (format === 'A' || format === 'a') {
    while (value >= step && prefix < PREFIXES.length - 1) {
      value /= step;
      prefix++;
    }
  } else {
    prefix = PREFIXES.indexOf(format.toUpperCase() as (typeof PREFIXES)[number]);
    value /= step ** prefix;
  }
  return `${threeDigits(value)} ${PREFIXES[prefix]}${inBytes ? 'Byte' : 'bit'}`;
}

/** `50.3 Mbits/sec`: a rate with the prefix that suits it, as iperf3's Bitrate column has it. */
export function formatBitrate(bitsPerSecond: number): string {
  return `${formatUnits(bitsPerSecond / 8, 'a')}s/sec`;
}

function threeDigits(value: number): string {
  // 9.995 and 99.95 are where one decimal less rounds to three digits.
  if (value < 9.995) return formatFixed(value, 2, 4);
  if (value < 99.95) return formatFixed(value, 1, 4);
  return formatFixed(value, 0, 4);
}

/** `7.31 M/s`, `96.0 k/s`, `12.0 /s`: of things that are no bits and no bytes. */
export function threeDigitRate(perSecond: number): string {
  // What would round to 1000 belongs to the next unit.
  const [divisor, unit] = perSecond >= 999_500 ? [1e6, 'M/s'] : perSecond >= 999.5 ? [1e3, 'k/s'] : [1, '/s'];
  const value = perSecond / divisor;
  return `${formatFixed(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${unit}`;
}
