import { iperf3Error } from '../iperf3-errors.js';

/**
 * Numbers as iperf3's command line reads them, which is C's way: the longest numeric prefix counts. Scripts rely on
 * `-t 10s` being ten seconds.
 */

const largestInt = 2 ** 31 - 1;

/** atoi(3): the leading integer, 0 when there is none. `1.5` is 1, `abc` is 0. Kept within an int. */
export function leadingInteger(text: string): number {
  const digits = /^\s*([+-]?\d+)/.exec(text)?.[1];
  if (digits === undefined) return 0;
  return Math.max(-largestInt - 1, Math.min(largestInt, Number(digits)));
}

/** atof(3): the leading decimal number, 0 when there is none. NaN and infinity are returned as such, for a limit to refuse. */
export function leadingNumber(text: string): number {
  const decimal = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/.exec(text)?.[1];
  if (decimal !== undefined) return Number(decimal);
  if (/^\s*[+-]?inf/i.test(text)) return Number.POSITIVE_INFINITY;
  return /^\s*[+-]?nan/i.test(text) ? Number.NaN : 0;
}

/** strtol(3) with base 0: decimal, `0x` hexadecimal or `0` octal; undefined when there are no digits at all. */
export function leadingCInteger(text: string): { value: number; rest: string } | undefined {
  const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(text);
  if (match === null) return undefined;
  const digits = match[2]!;
  const magnitude = /^0[xX]/.test(digits)
    ? Number.parseInt(digits.slice(2), 16)
    : Number.parseInt(digits, digits.startsWith('0') ? 8 : 10);
  return { value: match[1] === '-' ? 0 - magnitude : magnitude, rest: text.slice(match[0].length) };
}

const suffixPowers: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4 };

/** Bytes, blocks, microseconds: `64K` is 65536. Truncated to a whole number. */
export function parseSize(text: string): number {
  return parseQuantity(text, 1024);
}

/** Bits per second: `10M` is 10 000 000. Truncated to a whole number. */
export function parseRate(text: string): number {
  return parseQuantity(text, 1000);
}

/**
 * A number and at most one suffix character out of K M G T, in either case. Whatever follows that character is not
 * looked at: `1Mbps` is 1M. Negative numbers pass; the limit of the option decides.
 *
 * @throws error 38 for no number, an unknown suffix, or more than a double can count exactly.
 */
function parseQuantity(text: string, step: 1000 | 1024): number {
  const match = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(.?)/s.exec(text);
  const suffix = match?.[2]?.toLowerCase() ?? '';
  const power = suffix === '' ? 0 : suffixPowers[suffix];
  if (match === null || power === undefined) throw iperf3Error(38, { subject: text });
  const value = Math.trunc(Number(match[1]) * step ** power) + 0;
  if (!Number.isSafeInteger(value)) {
    throw iperf3Error(38, { subject: text, context: `the largest value is ${Number.MAX_SAFE_INTEGER}` });
  }
  return value;
}
