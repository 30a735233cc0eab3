import type { Interval } from './analysis.js';

/** `1.50`; with more digits where the difference from 1 would not show, fewer where they say nothing. */
export function ratioInWords(ratio: number): string {
  if (ratio >= 100) return ratio.toPrecision(3).includes('e') ? ratio.toExponential(1) : ratio.toFixed(0);
  if (ratio >= 10) return ratio.toFixed(1);
  if (ratio < 0.1) return ratio.toPrecision(2);
  const distance = Math.abs(ratio - 1);
  // 1.004 is no 1.00, and 1.00004 no 1.000.
  const digits = distance > 0 && distance < 0.0095 ? Math.ceil(-Math.log10(distance)) : 2;
  return ratio.toFixed(Math.min(6, Math.max(2, digits)));
}

/** `1.43 to 1.58` */
export function intervalInWords([low, high]: Interval): string {
  return `${twoDigits(low)} to ${twoDigits(high)}`;
}

/** As a table has it: a ratio that is 1 in effect is 1.00. */
export function twoDigits(ratio: number): string {
  return ratio >= 10 || ratio < 0.1 ? ratioInWords(ratio) : ratio.toFixed(2);
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
];

/** `twice`, `four times`; undefined where it is less than twice. Rounded down from a quarter below. */
export function timesInWords(factor: number): string | undefined {
  const whole = Math.floor(factor + 0.25);
  return whole < 2 ? undefined : (TIMES[whole - 2] ?? 'ten times and more');
}
