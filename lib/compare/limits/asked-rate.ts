import type { Limit } from '../measurement.js';
import { rateInWords } from './figures-in-words.js';
import type { JudgedDirection, JudgedTest } from './judged-test.js';

/** As near as this is reached: the ends' clocks and a last block that is still on its way make up the rest. */
const REACHED = 0.98;

/** -b: the senders sent as much as they were told to. */
export function askedRateLimits(test: JudgedTest): Limit[] {
  const { settings, directions } = test;
  if (settings.rateBitsPerSecond <= 0) return [];
  return directions.flatMap((direction): Limit[] => {
    const askedBitsPerSecond = settings.rateBitsPerSecond * settings.parallel;
    const sentBitsPerSecond = sentRate(direction, test);
    if (sentBitsPerSecond < REACHED * askedBitsPerSecond) return [];
    return [
      {
        kind: 'asked-rate',
        text: `${direction.label}the asked rate of ${rateInWords(askedBitsPerSecond)}`,
        evidence: { askedBitsPerSecond, sentBitsPerSecond },
      },
    ];
  });
}

/** All that was asked for arrived too: then nothing else can have held it up by more than a trace. */
export function arrivedAsAsked({ settings, directions }: JudgedTest): boolean {
  const asked = settings.rateBitsPerSecond * settings.parallel;
  return asked > 0 && directions.every(({ bitsPerSecond }) => bitsPerSecond >= REACHED * asked);
}

/** Where the sending end did not tell: what arrived and, of datagrams, the share that did not. */
function sentRate(
  { sentBytes, bitsPerSecond, datagrams = 0, lost = 0 }: JudgedDirection,
  { measured: { durationSeconds } }: JudgedTest,
): number {
  if (sentBytes !== undefined && durationSeconds > 0) return (8 * sentBytes) / durationSeconds;
  return datagrams > lost ? (bitsPerSecond * datagrams) / (datagrams - lost) : bitsPerSecond;
}
