import { interruptionOf } from '../errors.js';

/** What a caller may do while a network is being built: be told what takes long, and end it. */
export interface BuildWatch {
  /** Aborting ends the building at once, and nothing is left behind. */
  signal?: AbortSignal | undefined;
  /** Called when something is waited for and when that is over, one thing after another. Must not throw. */
  onProgress?: ((event: BuildProgress) => void) | undefined;
}

/** `what` continues "waiting for": `dockerd on host1`. After `timeoutMs` the building fails. */
export type BuildProgress =
  | { type: 'wait-started'; kind: string; what: string; timeoutMs: number }
  | { type: 'wait-ended'; kind: string; what: string; elapsedMs: number };

/** What one lab waits for while it is being built. */
export class BuildWaits {
  readonly #kind: string;
  readonly #watch: BuildWatch;
  /** What a user calls the network. */
  readonly #name: string;
  #totalMs = 0;

  constructor(kind: string, name: string | undefined, watch: BuildWatch) {
    this.#kind = kind;
    this.#name = name ?? kind;
    this.#watch = watch;
  }

  get signal(): AbortSignal | undefined {
    return this.#watch.signal;
  }

  get totalMs(): number {
    return this.#totalMs;
  }

  /** Throws what the building was aborted with, or VnetperfError ERR_INTERRUPTED. */
  check(what?: string): void {
    if (!this.signal?.aborted) return;
    const waiting = what === undefined ? 'before it stood' : `while it waited for ${what}`;
    throw interruptionOf(`${this.#name} was interrupted ${waiting}, and is gone`, this.signal.reason);
  }

  /** @param body ends soon after the signal was aborted, with whatever error. */
  async during(what: string, timeoutMs: number, body: () => Promise<unknown>): Promise<void> {
    const start = performance.now();
    const { onProgress } = this.#watch;
    onProgress?.({ type: 'wait-started', kind: this.#kind, what, timeoutMs });
    try {
      await body();
    } catch (error) {
      this.check(what);
      throw error;
    } finally {
      const elapsedMs = performance.now() - start;
      this.#totalMs += elapsedMs;
      onProgress?.({ type: 'wait-ended', kind: this.#kind, what, elapsedMs });
    }
  }
}
