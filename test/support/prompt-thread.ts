import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';

/**
 * This thread before all others (SCHED_FIFO), so that an event is seen when it comes and not when a busy machine finds
 * the time. Threads and processes that it starts are not (SCHED_RESET_ON_FORK): what is measured stays as it was.
 */
export class PromptThread {
  readonly #thread = readlinkSync('/proc/thread-self').split('/').at(-1)!;

  constructor() {
    execFileSync('chrt', ['-R', '-f', '-p', '2', this.#thread]);
  }

  [Symbol.dispose](): void {
    execFileSync('chrt', ['-o', '-p', '0', this.#thread]);
  }
}
