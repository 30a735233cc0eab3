import { type CoreRow, SATURATED_PERCENT } from '../../traffic/core-shares.js';
import type { Limit, StreamMeasurement } from '../measurement.js';
import { percentInWords } from './figures-in-words.js';
import type { JudgedTest } from './judged-test.js';

/** What takes less of a core than this is not what fills it. */
const NOTEWORTHY_SHARE_PERCENT = 10;

/** Cores without time left that worked for this test. */
export function saturatedCoreLimits({ rows }: JudgedTest): Limit[] {
  return rows
    .filter(({ saturated }) => saturated)
    .map((row) => ({
      kind: 'core-saturated',
      text: coreInWords(row),
      evidence: {
        core: row.core,
        busyPercent: 100 - row.idle,
        userPercent: row.user,
        systemPercent: row.system,
        irqPercent: row.irq,
        softirqPercent: row.softirq,
        stealPercent: row.steal,
      },
    }));
}

/** `core 0 saturated (66 % system, 32 % softirq)`, the larger share first. */
function coreInWords({ core, ends, ...shares }: CoreRow): string {
  const { user, system, irq, softirq, steal } = shares;
  // No worker ran there: what the kernel did for the packets is all that it did for the test.
  if (ends === '') return `core ${core} softirq (${percentInWords(softirq)})`;
  const parts = Object.entries({ user, system, irq, softirq, steal })
    .filter(([, percent]) => percent >= NOTEWORTHY_SHARE_PERCENT)
    .sort(([, a], [, b]) => b - a)
    .map(([name, percent]) => `${percentInWords(percent)} ${name}`);
  return `core ${core} saturated${ends === 'both' ? ' by both ends' : ''} (${parts.join(', ')})`;
}

/**
 * A thread that the scheduler moved about can be busy all the time on cores of which none is. Where one of its cores is
 * saturated, that says it already.
 */
export function saturatedThreadLimits({ measured: { streams }, rows, wholeSeconds }: JudgedTest): Limit[] {
  const full = new Set(rows.filter(({ saturated }) => saturated).map(({ core }) => core));
  return streams.flatMap((stream): Limit[] => {
    const { id, end, role, cpu, migrations = 0, bytesByCore } = stream;
    if (cpu === undefined || wholeSeconds <= 0 || migrations === 0) return [];
    const threadPercent = (100 * (cpu.userSeconds + cpu.systemSeconds)) / wholeSeconds;
    if (threadPercent < SATURATED_PERCENT || bytesByCore.some(({ core }) => full.has(core))) return [];
    return [
      {
        kind: 'core-saturated',
        text: `${end}'s ${role} thread${named(stream, streams)} at ${percentInWords(threadPercent)} of a core`,
        evidence: { stream: id, threadPercent, ...cpu, migrations },
      },
    ];
  });
}

/** The stream's number where its end has several in that role. */
function named({ id, end, role }: StreamMeasurement, streams: readonly StreamMeasurement[]): string {
  const alike = streams.filter((other) => other.end === end && other.role === role);
  return alike.length > 1 ? ` of stream ${id}` : '';
}
