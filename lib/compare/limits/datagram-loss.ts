import type { Limit } from '../measurement.js';
import { percentInWords } from './figures-in-words.js';
import { type JudgedTest, sum } from './judged-test.js';

/** Fewer lost than this cost less than a comparison can show. */
const NOTEWORTHY_LOST_PERCENT = 0.1;

/** Datagrams that came as far as the receiving socket and found its buffer full. */
export function socketBufferLimits({ directions, settings, wholeSeconds, measured }: JudgedTest): Limit[] {
  return directions.flatMap(({ label, receivers, datagrams, lost = 0, lostPercent = 0 }): Limit[] => {
    const drops = sum(receivers.map(({ socketBufferDrops = 0 }) => socketBufferDrops));
    if (drops === 0 || datagrams === undefined || lostPercent < NOTEWORTHY_LOST_PERCENT) return [];
    // Drops are of the whole run: more than were lost in the measured time are the omit period's.
    if (wholeSeconds > measured.durationSeconds && !settings.gro && drops > lost) return [];
    return [
      {
        kind: 'socket-buffer',
        text: `${label}socket buffer: ${drops} ${unit(drops, settings.gro)} dropped`,
        evidence: { dropped: drops, datagrams, lostPercent },
      },
    ];
  });
}

/** The kernel counts what it drops as it holds it: with receive offload many datagrams together. */
function unit(count: number, coalesced: boolean): string {
  const plural = count === 1 ? '' : 's';
  return coalesced ? `packet${plural} of coalesced datagrams` : `datagram${plural}`;
}

/** Datagrams that did not come as far: a queue or a rule between the sockets dropped them. */
export function pathLossLimits({ directions, settings, wholeSeconds, measured }: JudgedTest): Limit[] {
  if (settings.protocol !== 'udp') return [];
  return directions.flatMap(({ label, receivers, datagrams = 0, lost = 0 }): Limit[] => {
    if (receivers.length === 0 || receivers.some(({ socketBufferDrops }) => socketBufferDrops === undefined)) return [];
    const drops = sum(receivers.map(({ socketBufferDrops = 0 }) => socketBufferDrops));
    // Packets of coalesced datagrams cannot be taken from a count of datagrams, nor can drops of the omit period.
    if (drops > 0 && (settings.gro || wholeSeconds > measured.durationSeconds)) return [];
    const lostOnPath = Math.max(0, lost - drops);
    const lostOnPathPercent = datagrams > 0 ? (100 * lostOnPath) / datagrams : 0;
    if (lostOnPathPercent < NOTEWORTHY_LOST_PERCENT) return [];
    return [
      {
        kind: 'link',
        text: `${label}lost between the sockets, ${percentInWords(lostOnPathPercent)} of datagrams`,
        evidence: { lostOnPath, datagrams, lostOnPathPercent },
      },
    ];
  });
}
