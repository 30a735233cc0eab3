import { VnetperfError } from '../../errors.js';

const SECONDS_OF = { s: 1, m: 60, h: 3600 } as const;
const MOST_SECONDS = 7 * 24 * 3600;
const MOST_BLOCKS = 1000;
const MOST_SEED = 0xffff_ffff;

/** `600`, `600s`, `10m`, `1h`, `1h30m`: seconds. */
export function parseTimeLimit(text: string): number {
  const parts = [...text.matchAll(/(\d+)([smh]|$)/g)];
  const seconds = parts.reduce((sum, [, digits, unit]) => {
    return sum + Number(digits) * SECONDS_OF[(unit || 's') as keyof typeof SECONDS_OF];
  }, 0);
  const whole = parts.map(([part]) => part).join('') === text;
  if (whole && seconds >= 1 && seconds <= MOST_SECONDS) return seconds;
  throw refused('--time-limit', text, 'a time such as 600, 90s, 10m or 1h');
}

/** `2%`: 0.02. */
export function parsePrecision(text: string): number {
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]);
  if (percent >= 0.1 && percent <= 50) return percent / 100;
  throw refused('--precision', text, 'a percentage from 0.1% to 50%, for example 2%');
}

export function parseBlocks(text: string): number {
  return wholeNumber('--runs', text, 1, MOST_BLOCKS);
}

export function parseSeed(text: string): number {
  return wholeNumber('--seed', text, 0, MOST_SEED);
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw refused(option, text, `a whole number from ${least} to ${most}`);
}

function refused(option: string, text: string, allowed: string): VnetperfError {
  return new VnetperfError(`bad value for ${option}: '${text}' (${allowed})`, {
    code: 'ERR_OPTION',
    remedy: `Give ${option} ${allowed}.`,
  });
}
