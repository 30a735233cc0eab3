import { constants } from 'node:os';
import type { VnetperfError } from '../errors.js';
import { Interruption } from '../traffic/session.js';

/** strsignal(3)'s words, which iperf3 prints. */
const SIGNALS = [
  ['SIGINT', 'Interrupt'],
  ['SIGTERM', 'Terminated'],
  ['SIGHUP', 'Hangup'],
] as const;

/** npx hands Ctrl-C on to a child that had it from the terminal already: two so close together are one. */
const ECHO_MS = 250;

export interface SignalScope {
  signal: AbortSignal;
  abort(reason: unknown): void;
  dispose(): void;
}

/**
 * The end of a command that has nothing to show, with `error`. Where that came of a signal, so does the program's end, as
 * any other's, when nothing is left to be done: a shell's loop then ends too.
 * @returns the exit status; 128 and the signal's number where a signal is behind it.
 */
export function statusWithoutResult({ cause }: VnetperfError): number {
  if (!(cause instanceof Interruption)) return 1;
  const { signalNumber } = cause;
  process.once('exit', () => process.kill(process.pid, signalNumber));
  return 128 + signalNumber;
}

/** Turns the signals that end iperf3 into an abort. A second one does what it does to any program. */
export function abortOnSignals(): SignalScope {
  const controller = new AbortController();
  let firstAtMs = 0;
  const handlers = SIGNALS.map(([name, words]) => {
    const handler = () => {
      const now = performance.now();
      if (!controller.signal.aborted) {
        firstAtMs = now;
        controller.abort(new Interruption(words, constants.signals[name]));
      } else if (now - firstAtMs > ECHO_MS) {
        // process.exit() would wait for a name that is being looked up: the resolver cannot be called back.
        dispose();
        process.kill(process.pid, name);
      }
    };
    process.on(name, handler);
    return { name, handler };
  });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    dispose,
  };

  function dispose(): void {
    for (const { name, handler } of handlers) process.off(name, handler);
  }
}
