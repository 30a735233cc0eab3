import { setTimeout as sleep } from 'node:timers/promises';
import { startTicks } from './lab-identity.js';

const TERMINATION_MS = 2_000;
const KILL_MS = 1_000;
const PAUSE_MS = 10;

/** A process that another one started. Its id alone may be somebody else's by now; with its start it is its own. */
export interface RecordedProcess {
  pid: number;
  startTicks: number;
}

export function lives({ pid, startTicks: start }: RecordedProcess): boolean {
  return startTicks(pid) === start;
}

/** SIGTERM, and SIGKILL to what does not heed it. @returns whether it is gone. */
export async function endProcess(process: RecordedProcess): Promise<boolean> {
  for (const [signal, patienceMs] of [
    ['SIGTERM', TERMINATION_MS],
    ['SIGKILL', KILL_MS],
  ] as const) {
    if (!lives(process)) return true;
    try {
      globalThis.process.kill(process.pid, signal);
    } catch {
      // Ended since; what may not be signalled shows below.
    }
    if (await endsWithin(process, patienceMs)) return true;
  }
  return false;
}

/** @returns whether it ended by itself in time. */
export async function endsWithin(process: RecordedProcess, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  while (lives(process)) {
    if (performance.now() > deadline) return false;
    await sleep(PAUSE_MS);
  }
  return true;
}
