import { carrierLabels, hasSaturatedThread } from '../../traffic/carrier-shares.js';
import type { Limit } from '../measurement.js';
import { percentInWords } from './figures-in-words.js';
import type { JudgedTest } from './judged-test.js';

/** A switch or a proxy whose busiest thread has no time left. */
export function carrierThreadLimits({ measured: { carriers } }: JudgedTest): Limit[] {
  const labels = carrierLabels(carriers);
  return carriers.flatMap((carrier, index): Limit[] => {
    const { pid, cpuPercent = 0, busiestThread } = carrier;
    if (busiestThread === undefined || !hasSaturatedThread(carrier)) return [];
    return [
      {
        kind: 'carrier-thread',
        text: `${labels[index]}, one thread at ${percentInWords(busiestThread.cpuPercent)}`,
        evidence: { pid, threads: 1, threadPercent: busiestThread.cpuPercent, processPercent: cpuPercent },
      },
    ];
  });
}
