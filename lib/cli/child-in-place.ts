import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';

/** What each signal that this process gets is to the child. */
export type SignalsToChild = readonly (readonly [NodeJS.Signals, (child: ChildProcess) => void])[];

/**
 * Lets a child stand for this process until it ends. Rejects where it cannot be started.
 * @param start Called once the signals are taken: who sees the child's first word may send one at once, and that would
 *   end this process alone.
 * @returns its exit status; 128 + the signal's number when a signal ended it.
 */
export async function runInPlace(start: () => ChildProcess, signals: SignalsToChild): Promise<number> {
  let child: ChildProcess | undefined;
  const handlers = signals.map(([signal, pass]) => {
    const handler = () => {
      if (child !== undefined) pass(child);
    };
    process.on(signal, handler);
    return [signal, handler] as const;
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      child = start();
      child.on('error', reject);
      child.on('exit', (status, signal) => resolve(status ?? 128 + constants.signals[signal!]));
    });
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  }
}
