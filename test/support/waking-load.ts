import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bench/waking-load.mjs', import.meta.url));

/** Threads that wake and sleep on all cores, in a process of their own, until this is disposed of or the time is over. */
export class WakingLoad {
  readonly #child: ChildProcess;

  private constructor(seconds: number) {
    this.#child = spawn(process.execPath, [program, `${seconds}`], { stdio: ['pipe', 'pipe', 'inherit'] });
  }

  /** Resolves when all its threads run. */
  static async start(seconds: number): Promise<WakingLoad> {
    const load = new WakingLoad(seconds);
    await Promise.race([once(load.#child.stdout!, 'data'), once(load.#child, 'exit')]);
    return load;
  }

  /** false: its time was over too soon, and what was measured beside it was not. */
  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.running) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}
