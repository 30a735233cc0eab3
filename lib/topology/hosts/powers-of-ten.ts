const PREFIXES: [prefix: string, factor: number][] = [
  ['G', 1e9],
  ['M', 1e6],
  ['k', 1e3],
];

/** To three digits: `1 Gbit/s`, `2.5 Gbit/s`, `250 Mbit/s`, `33 kB`. */
export function inPowersOfTen(value: number, unit: string): string {
  const [prefix, factor] = PREFIXES.find(([, least]) => value >= least) ?? ['', 1];
  return `${Number((value / factor).toPrecision(3))} ${prefix}${unit}`;
}
