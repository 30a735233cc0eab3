/** Where figures stand on a line of pixels. */
export interface Axis {
  low: number;
  high: number;
  ticks: number[];
  /** Decimals that tell two ticks apart. */
  decimals: number;
  position(value: number): number;
}

/**
 * An axis from pixel `from` to pixel `to` whose ticks are round: 1, 2 or 5 times a power of ten apart, about `count` of
 * them, the first and the last at its ends.
 */
export function roundAxis(
  low: number,
  high: number,
  { from, to, count }: { from: number; to: number; count: number },
): Axis {
  const span = high > low ? high - low : Math.max(Math.abs(high), 1);
  const step = roundStep(span / Math.max(1, count));
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil((high > low ? high : low + span) / step - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
  return {
    low: first * step,
    high: last * step,
    ticks,
    decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)),
    position: (value) => from + ((value - first * step) / ((last - first) * step)) * (to - from),
  };
}

/** An axis that ends where the figures end, with the round ticks that lie on it. */
export function exactAxis(high: number, { from, to, count }: { from: number; to: number; count: number }): Axis {
  const round = roundAxis(0, high, { from, to, count });
  const end = high > 0 ? high : round.high;
  return {
    ...round,
    high: end,
    ticks: round.ticks.filter((tick) => tick <= end * (1 + 1e-3)),
    position: (value) => from + (value / end) * (to - from),
  };
}

/** The smallest of 1, 2, 5 times a power of ten that is not below. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

export function tickText(value: number, { decimals }: Pick<Axis, 'decimals'>): string {
  // -0.0 where the step is no exact binary number.
  return (Object.is(value, -0) ? 0 : value).toFixed(decimals);
}
