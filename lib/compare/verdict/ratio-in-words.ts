import type { Interval } from '../analysis.js';

/** A ratio with its interval, all with the same digits: `1.50`, `1.43 to 1.58`. */
export interface RatioInWords {
  ratio: string;
  /** Absent where it is. */
  interval?: string | undefined;
}

/**
 * Two digits behind the point, and more where an end would look like the other end or like a mark.
 * @param marks What the reader holds the ratio against.
 */
export function ratioInWords(
  ratio: number,
  interval: Interval | undefined,
  marks: readonly number[] = [1],
): RatioInWords {
  const fromMarks = (value: number) => marks.map((mark) => Math.abs(value - mark));
  if (interval === undefined) return { ratio: withDigits(ratio, digitsFor(fromMarks(ratio))) };
  const [low, high] = interval;
  const digits = digitsFor([high - low, ...fromMarks(low), ...fromMarks(high)]);
  return { ratio: withDigits(ratio, digits), interval: `${withDigits(low, digits)} to ${withDigits(high, digits)}` };
}

/** So many that the smallest of these distances shows. */
function digitsFor(distances: readonly number[]): number {
  const smallest = Math.min(...distances.filter((distance) => distance > 0));
  return Math.min(6, Math.max(2, Math.ceil(-Math.log10(smallest))));
}

function withDigits(ratio: number, digits: number): string {
  if (ratio >= 10_000) return ratio.toExponential(1);
  if (ratio >= 10) return ratio.toFixed(ratio < 100 ? 1 : 0);
  return ratio < 0.1 ? ratio.toPrecision(2) : ratio.toFixed(digits);
}

/** `5.2 %`, `12 %`, `0.034 %`: two digits that count. */
export function shareInWords(share: number): string {
  const percent = 100 * share;
  if (percent >= 10) return `${percent.toFixed(0)} %`;
  return percent === 0 ? '0 %' : `${Number(percent.toPrecision(2))} %`;
}

const TIMES = [
  'twice',
  'three times',
  'four times',
  'five times',
  'six times',
  'seven times',
  'eight times',
  'nine times',
  'ten times',
];

/** `twice`, `four times`; undefined where it is less than twice. Rounded down from a quarter below. */
export function timesInWords(factor: number): string | undefined {
  const whole = Math.floor(factor + 0.25);
  return whole < 2 ? undefined : (TIMES[whole - 2] ?? 'more than ten times');
}
