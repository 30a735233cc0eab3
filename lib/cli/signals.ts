import { constants } from 'node:os';
import { Interruption } from '../traffic/session.js';

/** strsignal(3)'s words, which iperf3 prints. */
const SIGNALS = [
  ['SIGINT', 'Interrupt'],
  ['SIGTERM', 'Terminated'],
  ['SIGHUP', 'Hangup'],
] as const;

/** npx hands Ctrl-C on to a child that had it from the terminal already: two so close together are one. */
const ECHO_MS = 250;

/** Status of a program that a second signal ends while it winds up after the first. */
const IMPATIENT_STATUS = 1;

export interface SignalScope {
  signal: AbortSignal;
  abort(reason: unknown): void;
  dispose(): void;
}

/** Turns the signals that end iperf3 into an abort. A second one ends the program without winding up. */
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
        process.exit(IMPATIENT_STATUS);
      }
    };
    process.on(name, handler);
    return { name, handler };
  });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    dispose: () => {
      for (const { name, handler } of handlers) process.off(name, handler);
    },
  };
}
