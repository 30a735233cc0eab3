import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TopologyError, VnetperfError } from '../errors.js';
import { CommandError, locateCommand } from '../platform/run-command.js';
import { lastWords } from './daemon-log.js';
import { startTicks } from './lab-identity.js';
import { endProcess, lives } from './recorded-process.js';

/** A lab without a name goes with its process: with the thread that started them, the kernel ends its daemons. */
export const DIES_WITH_US = ['setpriv', '--pdeathsig', 'KILL'] as const;

/** A question that hangs is asked again. */
const QUESTION_MS = 5_000;
const SHORTEST_PAUSE_MS = 20;
/** Every question is a process, which takes time from a daemon that is starting. */
const LONGEST_PAUSE_MS = 250;
const TERMINATION_MS = 2_000;

export interface DaemonSpecification {
  name: string;
  /** For a person: `dockerd on host1`. */
  title: string;
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
      throw new TopologyError(`${record.name} (process ${record.pid}) cannot be ended`, {
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
  readonly #title: string;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  /** Aborted when it has exited. */
  readonly #exit = new AbortController();
  readonly #exited: Promise<void>;

  constructor({ name, title, argv, environment, descriptors, logFile }: DaemonSpecification) {
    this.name = name;
    this.#title = title;
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
        this.#exit.abort();
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
   * Asks again and again until the answer is good. Throws VnetperfError ERR_DAEMON_START; soon after the signal was
   * aborted, ERR_INTERRUPTED.
   */
  async untilReady(
    kind: string,
    timeoutMs: number,
    ask: (bounds: { timeoutMs: number; signal: AbortSignal }) => Promise<unknown>,
    interruption?: AbortSignal,
  ): Promise<void> {
    const start = performance.now();
    const signal = AbortSignal.any([this.#exit.signal, ...(interruption === undefined ? [] : [interruption])]);
    let answer = '';
    for (;;) {
      const leftMs = Math.max(1, timeoutMs - (performance.now() - start));
      try {
        await ask({ timeoutMs: Math.min(QUESTION_MS, leftMs), signal });
        return;
      } catch (error) {
        if (error instanceof CommandError) answer = error.stderr;
        else if (!isNoAnswer(error)) throw error;
        else if (interruption?.aborted) throw error;
      }
      const elapsedMs = performance.now() - start;
      if (this.#exit.signal.aborted) throw this.#failure(kind, `${this.#ending()} after ${inSeconds(elapsedMs)}`, '');
      if (elapsedMs >= timeoutMs) throw this.#failure(kind, `does not serve after ${inSeconds(timeoutMs)}`, answer);
      const pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, elapsedMs / 10));
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  }

  #ending(): string {
    const { exitCode, signalCode } = this.#child;
    if (signalCode !== null) return `was ended by ${signalCode}`;
    return exitCode === null ? 'could not be started' : `ended with status ${exitCode}`;
  }

  #failure(kind: string, what: string, answer: string): VnetperfError {
    const words = lastWords(this.#logFile);
    const said = words.length > 0 ? `its log ends with: ${words.join('; ')}` : 'its log is empty';
    const asked = words.length > 0 || answer === '' ? '' : `; asked, it says: ${answer.replaceAll(/\s*\n\s*/g, '; ')}`;
    return new TopologyError(`${kind} cannot be built: ${this.#title} ${what}; ${said}${asked}`, {
      code: 'ERR_DAEMON_START',
      remedy: 'See every command with --dry-run, and try this one by hand.',
    });
  }

  async stop(): Promise<void> {
    if (this.#exit.signal.aborted) return;
    this.#child.ref();
    this.#child.kill('SIGTERM');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), TERMINATION_MS);
    await this.#exited;
    clearTimeout(kill);
  }
}

function isNoAnswer(error: unknown): boolean {
  return error instanceof VnetperfError && ['ERR_COMMAND_TIMEOUT', 'ERR_INTERRUPTED'].includes(error.code);
}

function inSeconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}
