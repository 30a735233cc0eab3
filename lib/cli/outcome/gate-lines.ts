import type { Check } from '../../index.js';
import { programName } from '../usage-error.js';

/** What a gate says of one thing that has a limit. */
interface GateLine {
  outcome: Check['outcome'];
  text: string;
}

/** The worst last, where it is read. */
export function gateLines(gated: readonly Pick<Check, 'outcome' | 'sentence'>[]): GateLine[] {
  return (['passed', 'undecided', 'failed'] as const).flatMap((wanted) =>
    gated
      .filter(({ outcome }) => outcome === wanted)
      .map(({ outcome, sentence }) => ({ outcome, text: `gate ${outcome}: ${sentence}` })),
  );
}

/** Below a report. Beside a document on standard output nothing is said of what passed. */
export function sayGates(lines: readonly GateLine[], stream: 'stdout' | 'stderr'): void {
  if (stream === 'stdout') {
    if (lines.length > 0) process.stdout.write(`\n${lines.map(({ text }) => `${text}\n`).join('')}`);
    return;
  }
  const open = lines.filter(({ outcome }) => outcome !== 'passed');
  process.stderr.write(open.map(({ text }) => `${programName}: ${text}\n`).join(''));
}
