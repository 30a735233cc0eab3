import { type CoreRow, NOTEWORTHY_FOREIGN_PERCENT, SATURATED_PERCENT } from '../../traffic/core-shares.js';
import type { Limit, StreamMeasurement } from '../measurement.js';
import { percentInWords } from './figures-in-words.js';
import type { JudgedTest } from './judged-test.js';

/** What takes less of a core than this is not what fills it. */
const NOTEWORTHY_SHARE_PERCENT = 10;

/** Cores without time left that worked for this test, whoever else took of it. */
export function saturatedCoreLimits({ rows }: JudgedTest): Limit[] {
  return rows.flatMap((row): Limit[] => {
    const { core, ends, idle, user, system, irq, softirq, steal, foreign, saturated } = row;
    const busyPercent = 100 - idle;
    const evidence = {
      core,
      busyPercent,
      userPercent: user,
      systemPercent: system,
      irqPercent: irq,
      softirqPercent: softirq,
      stealPercent: steal,
    };
    if (saturated) return [{ kind: 'core-saturated', text: coreInWords(row), evidence }];
    if (ends === '' || busyPercent < SATURATED_PERCENT || foreign < NOTEWORTHY_FOREIGN_PERCENT) return [];
    return [
      {
        kind: 'core-saturated',
        text: `core ${core} full, ${percentInWords(foreign)} of it other programs`,
        evidence: { ...evidence, otherProgramsPercent: foreign },
      },
    ];
  });
}

/** `core 0 saturated (66 % system, 32 % softirq)`, the larger share first. */
function coreInWords({ core, ends, ...shares }: CoreRow): string {
  const { user, system, irq, softirq, steal } = shares;
  // No worker ran there, and the kernel's work for the packets filled it.
  if (ends === '' && softirq >= user + system + irq + steal) return `core ${core} softirq (${percentInWords(softirq)})`;
  const parts = Object.entries({ user, system, irq, softirq, steal })
    .filter(([, percent]) => percent >= NOTEWORTHY_SHARE_PERCENT)
    .sort(([, a], [, b]) => b - a)
    .map(([name, percent]) => `${percentInWords(percent)} ${name}`);
  return `core ${core} saturated${ends === 'both' ? ' by both ends' : ''} (${parts.join(', ')})`;
}

/**
 * A thread that the scheduler moved about can be busy all the time on cores of which none is. Where one of its cores is
 * saturated, that says it already; and where the time was too short for shares of cores, it is for this share too.
 */
export function saturatedThreadLimits({ measured: { streams, cores }, rows, wholeSeconds }: JudgedTest): Limit[] {
  if (cores.length === 0) return [];
  const full = new Set(rows.filter(({ saturated }) => saturated).map(({ core }) => core));
  return streams.flatMap((stream): Limit[] => {
    const { id, end, role, cpu, migrations, bytesByCore } = stream;
    if (cpu === undefined || wholeSeconds <= 0 || migrations === 0) return [];
    const threadPercent = (100 * (cpu.userSeconds + cpu.systemSeconds)) / wholeSeconds;
    if (threadPercent < SATURATED_PERCENT || bytesByCore.some(({ core }) => full.has(core))) return [];
    return [
      {
        kind: 'core-saturated',
        text: `${end}'s ${role} thread${named(stream, streams)} at ${percentInWords(threadPercent)} of a core`,
        evidence: { stream: id, threadPercent, ...cpu, ...(migrations === undefined ? {} : { migrations }) },
      },
    ];
  });
}

/** The stream's number where its end has several in that role. */
function named({ id, end, role }: StreamMeasurement, streams: readonly StreamMeasurement[]): string {
  const alike = streams.filter((other) => other.end === end && other.role === role);
  return alike.length > 1 ? ` of stream ${id}` : '';
}
