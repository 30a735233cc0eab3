import type { Limit } from '../measurement.js';
import { rateInWords } from './figures-in-words.js';
import type { JudgedTest } from './judged-test.js';

/** The kernel paces packets, headers and all; what arrives is payload. */
const REACHED = 0.92;

/** The kernel itself spaced the packets: at the rate of --fq-rate, or as the congestion control saw fit. */
export function pacingLimits({ settings, directions, measured }: JudgedTest): Limit[] {
  return directions.flatMap(({ label, senders, bitsPerSecond }): Limit[] => {
    if (settings.fqRateBitsPerSecond > 0) {
      const pacedBitsPerSecond = settings.fqRateBitsPerSecond * settings.parallel;
      if (bitsPerSecond < REACHED * pacedBitsPerSecond) return [];
      const text = `${label}paced at the asked ${rateInWords(pacedBitsPerSecond)}`;
      return [{ kind: 'pacing', text, evidence: { pacedBitsPerSecond, bitsPerSecond } }];
    }
    const paced = senders.find((stream) => stream.paced === true);
    if (paced === undefined) return [];
    const busiestCorePercent = Math.max(0, ...measured.cores.map(({ idle }) => 100 - idle));
    return [
      {
        kind: 'pacing',
        text: `${label}paced by ${paced.congestion ?? 'the kernel'}`,
        evidence: { pacedStreams: senders.filter((stream) => stream.paced === true).length, busiestCorePercent },
      },
    ];
  });
}
