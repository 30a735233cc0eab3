/** A unit for a group of figures, so that they can be compared at a glance. */
export interface Scale {
  unit: string;
  divisor: number;
}

const RATES = [
  { unit: 'Tbit/s', divisor: 1e12 },
  { unit: 'Gbit/s', divisor: 1e9 },
  { unit: 'Mbit/s', divisor: 1e6 },
  { unit: 'kbit/s', divisor: 1e3 },
];

/** The unit in which the largest of them has one to four digits before the point. */
export function rateScale(bitsPerSecond: readonly number[]): Scale {
  // Not Math.max(...): long tests have more intervals than a call takes arguments.
  const largest = bitsPerSecond.reduce((most, rate) => Math.max(most, rate), 0);
  return RATES.find(({ divisor }) => largest >= divisor) ?? { unit: 'bit/s', divisor: 1 };
}

/** Three significant digits, as far as they stand behind the point: 1234, 41.2, 0.96. */
export function threeDigits(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 99.95) return value.toFixed(0);
  if (magnitude >= 9.995) return value.toFixed(1);
  return value.toFixed(2);
}

export function rateText(bitsPerSecond: number, scale: Scale): string {
  return threeDigits(bitsPerSecond / scale.divisor);
}

/** 0.061 -> `6.1 %` */
export function shareText(share: number): string {
  return percentText(100 * share);
}

export function percentText(percent: number): string {
  return `${percent !== 0 && Math.abs(percent) < 0.1 ? percent.toFixed(2) : percent.toFixed(1)} %`;
}

/** A short length of time, with its unit. */
export function microsecondsText(microseconds: number): string {
  return microseconds >= 1000 ? `${threeDigits(microseconds / 1000)} ms` : `${threeDigits(microseconds)} µs`;
}

export function bytesText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let index = 0;
  let value = bytes;
  // Up to here the exact figure is short enough: segment and block sizes.
  while (bytes >= 10_000 && value >= 1024 && index < units.length - 1) {
    value /= 1024;
    index++;
  }
  return `${index === 0 ? value : threeDigits(value)} ${units[index]}`;
}
