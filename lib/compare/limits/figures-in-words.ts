const PREFIXES: [prefix: string, factor: number][] = [
  ['G', 1e9],
  ['M', 1e6],
  ['k', 1e3],
];

/** `100 Mbit/s`, `2.5 Gbit/s`. */
export function rateInWords(bitsPerSecond: number): string {
  return inWords(bitsPerSecond, 'bit/s');
}

/** `33 kB`, in powers of ten like the rates beside it. */
export function bytesInWords(bytes: number): string {
  return inWords(bytes, 'B');
}

function inWords(value: number, unit: string): string {
  const [prefix, factor] = PREFIXES.find(([, least]) => value >= least) ?? ['', 1];
  return `${Number((value / factor).toPrecision(3))} ${prefix}${unit}`;
}

/** `41 %`; below ten with a digit more, for there the difference from nothing counts. */
export function percentInWords(percent: number): string {
  return percent < 9.95 ? `${percent.toFixed(1)} %` : `${percent.toFixed(0)} %`;
}
