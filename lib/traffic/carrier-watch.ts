import { TestError } from '../errors.js';
import type { CarrierIdentity } from './events.js';

const GLANCE_MS = 250;

/**
 * Aborts when a process that carries the packets of a test has ended: the ends would otherwise wait for each other
 * until their deadlines, and the error would name the wrong one.
 */
export class CarrierWatch {
  readonly #ended = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(carriers: readonly CarrierIdentity[]) {
    if (carriers.length === 0) return;
    this.#timer = setInterval(() => this.#glance(carriers), GLANCE_MS);
    this.#timer.unref();
  }

  /** Aborted also by the caller's own. */
  signal(own: AbortSignal | undefined): AbortSignal {
    return own === undefined ? this.#ended.signal : AbortSignal.any([own, this.#ended.signal]);
  }

  #glance(carriers: readonly CarrierIdentity[]): void {
    const gone = carriers.find(({ pid }) => !exists(pid));
    if (gone === undefined) return;
    this[Symbol.dispose]();
    this.#ended.abort(
      new TestError(`${gone.name} (process ${gone.pid}) has ended: nothing carries the packets of the test any more`, {
        code: 'ERR_CARRIER_ENDED',
        remedy: 'Run it again; if it ends again, look for the reason in the system log (dmesg): out of memory, say.',
      }),
    );
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: somebody else's, and there.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
