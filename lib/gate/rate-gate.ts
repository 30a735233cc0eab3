import { endFigures } from '../report/metrics/end-figures.js';
import type { EndRecord } from '../traffic/events.js';
import { type GateOutcome, worstOutcome } from './outcome.js';

/** What one test says to the rate that it has to reach. */
export interface RateGate {
  /** That of the worst direction. */
  outcome: GateOutcome;
  /** What each direction has to receive, bits per second. */
  limitBitsPerSecond: number;
  /** Rates, limit and outcome in words. */
  sentence: string;
}

/** One direction of a test, as its receiver counted. */
export interface ReceivedRate {
  /** The end that sent it. */
  from: 'client' | 'server';
  /** undefined: the receiver has not told. */
  bitsPerSecond: number | undefined;
}

/** What the receivers of a test counted. */
export function receivedRates(end: EndRecord): ReceivedRate[] {
  return endFigures(end).map(({ from, received }) => ({ from, bitsPerSecond: received?.bitsPerSecond }));
}

/**
 * Holds the received rate of one test, all streams together, against a limit; of a bidirectional test that of each
 * direction. One test has no interval: the figure itself decides.
 */
export function gateRates(rates: readonly ReceivedRate[], limitBitsPerSecond: number): RateGate {
  const outcomes = rates.map(({ bitsPerSecond }): GateOutcome => {
    if (bitsPerSecond === undefined) return 'undecided';
    return bitsPerSecond < limitBitsPerSecond ? 'failed' : 'passed';
  });
  const outcome = worstOutcome(outcomes);
  const told = rates.filter((_, index) => outcomes[index] === outcome);
  return { outcome, limitBitsPerSecond, sentence: sentenceOf(outcome, told, limitBitsPerSecond) };
}

function sentenceOf(outcome: GateOutcome, rates: readonly ReceivedRate[], limit: number): string {
  if (outcome === 'undecided')
    return `What was received is not known, so nothing shows that ${rateInWords(limit)} was reached.`;
  const figures = rates.map(
    ({ from, bitsPerSecond = 0 }) =>
      `${from === 'client' ? 'client to server' : 'server to client'} ${rateInWords(bitsPerSecond, limit)}`,
  );
  return `Received ${figures.join(', ')}: ${outcome === 'failed' ? '' : 'not '}below ${rateInWords(limit)}.`;
}

const UNITS = ['', 'K', 'M', 'G', 'T'] as const;
const LEAST_DIGITS = 3;
const MOST_DIGITS = 9;

/** `8.92 Gbits/sec`; with as many digits as it takes to look different from another rate that is different. */
function rateInWords(bitsPerSecond: number, other?: number): string {
  for (let digits = LEAST_DIGITS; ; digits++) {
    const text = withDigits(bitsPerSecond, digits);
    if (other === undefined || other === bitsPerSecond || digits === MOST_DIGITS) return text;
    if (text !== withDigits(other, digits)) return text;
  }
}

function withDigits(bitsPerSecond: number, digits: number): string {
  // What would round to 1000 belongs to the next unit.
  const rounded = Number(bitsPerSecond.toPrecision(digits));
  const power = Math.max(0, Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, rounded)) / 3)));
  const value = bitsPerSecond / 1000 ** power;
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.max(1, value))));
  return `${value.toFixed(decimals)} ${UNITS[power]}bits/sec`;
}
