import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { VnetperfError } from '../errors.js';
import { CommandError, locateCommand } from '../platform/run-command.js';
import { startTicks } from './lab-identity.js';
import { endProcess, lives } from './recorded-process.js';

const LAST_LOG_LINES = 5;
const READY_PAUSE_MS = 20;
const TERMINATION_MS = 2_000;

export interface DaemonSpecification {
  name: string;
  argv: readonly [string, ...string[]];
  environment: Readonly<Record<string, string>>;
  /** Found by the process as 3, 4, 5 ... */
  descriptors: readonly number[];
  logFile: string;
}

/** A daemon that a lab has, whoever started it. */
export interface RunningDaemon {
  readonly name: string;
  readonly pid: number | undefined;
  /** Throws VnetperfError ERR_TOPOLOGY_REMOVAL where it stays. */
  stop(): Promise<void>;
}

/** A daemon that a process which is gone has started. */
export function recordedDaemon(record: { name: string; pid: number; startTicks: number }): RunningDaemon {
  return {
    name: record.name,
    get pid() {
      return lives(record) ? record.pid : undefined;
    },
    async stop() {
      if (await endProcess(record)) return;
      throw new VnetperfError(`${record.name} (process ${record.pid}) cannot be ended`, {
        code: 'ERR_TOPOLOGY_REMOVAL',
        remedy: `Look at it with: ps -p ${record.pid}`,
      });
    },
  };
}

/**
 * A process that a lab of this process has started. It ends at stop(); where its caller put `setpriv --pdeathsig` in
 * front, also with the thread that started it.
 */
export class LabDaemon implements RunningDaemon {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #exited: Promise<void>;
  #hasExited = false;

  constructor({ name, argv, environment, descriptors, logFile }: DaemonSpecification) {
    this.name = name;
    this.#logFile = logFile;
    const log = openSync(logFile, 'a');
    const [program, ...words] = argv;
    this.#child = spawn(locateCommand(program) ?? program, words, {
      stdio: ['ignore', log, log, ...descriptors],
      env: { ...process.env, LC_ALL: 'C', ...environment },
      // Ctrl-C is for us: a switch that went first would take the test's result with it.
      detached: true,
    });
    closeSync(log);
    this.#exited = new Promise((resolve) => {
      const ended = () => {
        this.#hasExited = true;
        resolve();
      };
      this.#child.on('exit', ended).on('error', ended);
    });
    this.#child.unref();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What another process knows it by. */
  get record(): { name: string; pid: number; startTicks: number } | undefined {
    const { pid } = this.#child;
    const start = pid === undefined ? undefined : startTicks(pid);
    return start === undefined ? undefined : { name: this.name, pid: pid!, startTicks: start };
  }

  /**
   * Asks again and again until the answer is good. Throws VnetperfError ERR_TOPOLOGY_BUILD.
   * @returns how long that took, in milliseconds.
   */
  async untilReady(kind: string, timeoutMs: number, ask: () => Promise<unknown>): Promise<number> {
    const start = performance.now();
    for (;;) {
      try {
        await ask();
        return performance.now() - start;
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        if (this.#hasExited) throw this.#failure(kind, 'ended while it was being started');
        if (performance.now() - start > timeoutMs) {
          throw this.#failure(kind, `did not serve within ${timeoutMs / 1000} s`);
        }
      }
      await sleep(READY_PAUSE_MS);
    }
  }

  /** What it said last, for an error. */
  #failure(kind: string, what: string): VnetperfError {
    const lines = readFileSync(this.#logFile, 'utf8').trim().split('\n').slice(-LAST_LOG_LINES).join('; ');
    return new VnetperfError(`${kind}: ${this.name} ${what}${lines === '' ? '' : `: ${lines}`}`, {
      code: 'ERR_TOPOLOGY_BUILD',
      remedy: 'See every command with --dry-run, and try this one by hand.',
    });
  }

  async stop(): Promise<void> {
    if (this.#hasExited) return;
    this.#child.ref();
    this.#child.kill('SIGTERM');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), TERMINATION_MS);
    await this.#exited;
    clearTimeout(kill);
  }
}
