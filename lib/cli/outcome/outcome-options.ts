import { parseRate } from '../../configuration/quantities.js';
import { RequestError } from '../../errors.js';
import type { RatioLimit } from '../../index.js';

/** Where the outcome goes beside the report. */
export interface OutcomeFiles {
  /** --junit */
  junit?: string | undefined;
  /** --metrics */
  metrics?: string | undefined;
  /** --github */
  github?: boolean | undefined;
}

const RATE = /^\d+(\.\d+)?[kmgt]$/i;
const MOST_RATIO = 1000;

/** `9G`: bits per second. Without its letter a number could as well be meant for a ratio. */
export function parseRateLimit(text: string): number {
  if (!RATE.test(text) || parseRate(text) <= 0) {
    throw refused(text, 'a rate with its letter, for example 9G or 500M');
  }
  return parseRate(text);
}

/** `0.95`, or `CELL=0.95`; a cell's name may have equals signs of its own. */
export function parseRatioLimit(text: string): RatioLimit {
  const [, cell, number = ''] = /^(?:(.+)=)?([^=]*)$/s.exec(text) ?? [];
  const ratio = /^\d+(\.\d+)?$/.test(number) ? Number(number) : Number.NaN;
  if (!(ratio > 0 && ratio <= MOST_RATIO)) {
    throw refused(text, `a ratio from above 0 to ${MOST_RATIO}, for example 0.95 or 'ovs pin=auto=0.9'`);
  }
  return { ratio, cell };
}

/** Of a saved result: a rate is for single tests, a ratio for comparisons. */
export function parseLimit(text: string): RatioLimit | { bitsPerSecond: number } {
  return RATE.test(text) ? { bitsPerSecond: parseRateLimit(text) } : parseRatioLimit(text);
}

function refused(text: string, allowed: string): RequestError {
  return new RequestError(`bad value for --fail-below: '${text}' (${allowed})`, {
    code: 'ERR_OPTION',
    remedy: `Give --fail-below ${allowed}.`,
  });
}
