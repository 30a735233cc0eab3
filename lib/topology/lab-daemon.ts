import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { VnetperfError } from '../errors.js';

const LAST_LOG_LINES = 5;
const TERMINATION_MS = 2_000;

export interface DaemonSpecification {
  name: string;
  /** Absolute program first. */
  argv: readonly [string, ...string[]];
  environment: Readonly<Record<string, string>>;
  /** Found by the process as 3, 4, 5 ... */
  descriptors: readonly number[];
  logFile: string;
}

/** A process of a lab's: it dies with the thread that started it (its caller puts setpriv in front), or at stop(). */
export class LabDaemon {
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
    this.#child = spawn(program, words, {
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

  get hasExited(): boolean {
    return this.#hasExited;
  }

  /** What it said last, for an error. */
  failure(kind: string, what: string): VnetperfError {
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
