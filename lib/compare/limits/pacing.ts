import type { Limit } from '../measurement.js';
import { rateInWords } from './figures-in-words.js';
import type { JudgedTest } from './judged-test.js';

/** An fq queue paces packets, headers and all; what arrives is payload. Far above it, something did not obey. */
const REACHED = { atLeast: 0.95, atMost: 1.1 };

/** --fq-rate: what arrived is as much as was let out. */
export function askedPaceLimits({ settings, directions }: JudgedTest): Limit[] {
  if (settings.fqRateBitsPerSecond <= 0) return [];
  const pacedBitsPerSecond = settings.fqRateBitsPerSecond * settings.parallel;
  return directions
    .filter(({ bitsPerSecond }) => {
      const reached = bitsPerSecond / pacedBitsPerSecond;
      return reached >= REACHED.atLeast && reached <= REACHED.atMost;
    })
    .map(({ label, bitsPerSecond }) => ({
      kind: 'pacing',
      text: `${label}pacing at the asked ${rateInWords(pacedBitsPerSecond)}`,
      evidence: { pacedBitsPerSecond, bitsPerSecond },
    }));
}

/** The kernel itself spaced the packets, as the congestion control saw fit. */
export function pacingLimits({ settings, directions, measured }: JudgedTest): Limit[] {
  if (settings.fqRateBitsPerSecond > 0) return [];
  return directions.flatMap(({ label, senders }): Limit[] => {
    const paced = senders.filter((stream) => stream.paced === true);
    if (paced.length === 0) return [];
    return [
      {
        kind: 'pacing',
        text: `${label}pacing by ${paced[0]!.congestion ?? 'the kernel'}`,
        evidence: {
          pacedStreams: paced.length,
          busiestCorePercent: Math.max(0, ...measured.cores.map(({ idle }) => 100 - idle)),
        },
      },
    ];
  });
}
