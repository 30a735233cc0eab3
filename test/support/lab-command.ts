import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commands, type Finished } from './iperf-process.js';
import { controlGroupsOf, leftBehind, machineState, processesMarked } from './machine-state.js';

const DEADLINE_MS = 60_000;
/** How long an engine takes on a busy machine is no property of what is tested. */
const WAITS = /^vnetperf: waiting for .*\n/gm;
const PIPES_GRACE_MS = 1_000;

export interface LabCommandOptions {
  /** Descriptor of a network namespace to run in. */
  namespace?: number;
  env?: NodeJS.ProcessEnv;
}

/** vnetperf with a state directory of a test's own, and everything that it starts marked in its environment. */
export class LabCommands {
  readonly #marker = randomUUID();
  readonly #before = machineState();
  readonly directory = mkdtempSync(join(tmpdir(), 'vnetperf-state-'));
  readonly #options: LabCommandOptions;
  readonly #started: number[] = [];
  /** Of the commands, beside this process's own. */
  readonly environment: NodeJS.ProcessEnv;

  constructor(options: LabCommandOptions = {}) {
    this.#options = options;
    this.environment = { ...options.env };
  }

  start(...args: string[]): RunningLabCommand {
    const { namespace } = this.#options;
    const entry = namespace === undefined ? [] : ['nsenter', '--net=/proc/self/fd/3'];
    const [program, ...words] = [...entry, ...commands.vnetperf, ...args] as [string, ...string[]];
    const child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe', ...(namespace === undefined ? [] : [namespace])],
      env: {
        ...process.env,
        ...this.environment,
        VNETPERF_STATE_DIRECTORY: join(this.directory, 'state'),
        VNETPERF_TEST_MARKER: this.#marker,
      },
    });
    if (child.pid !== undefined) this.#started.push(child.pid);
    return new RunningLabCommand(child, args.join(' '));
  }

  async run(...args: string[]): Promise<Finished> {
    return await this.start(...args).finished();
  }

  /** What there is now and was not before, in the state directory too; removed labs leave none of it. */
  left(): (string | number)[] {
    return [
      ...leftBehind(this.#before),
      ...this.stateFiles(),
      ...this.#mounts(),
      ...controlGroupsOf(this.#started),
      ...processesMarked(this.#marker),
    ];
  }

  #mounts(): string[] {
    const points = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '');
    return points.filter((point) => point.startsWith(this.directory));
  }

  stateFiles(): string[] {
    const state = join(this.directory, 'state');
    return existsSync(state) ? readdirSync(state, { recursive: true, encoding: 'utf8' }) : [];
  }

  /** The journals that there are, as they stand on disk. */
  journals(): { id: string; short: string; status: string; daemons: { pid: number }[] }[] {
    return this.stateFiles()
      .filter((file) => /^labs\/[0-9a-f]{8}\.json$/.test(file))
      .map((file) => JSON.parse(readFileSync(join(this.directory, 'state', file), 'utf8')));
  }

  /** Whatever a failed test has left. */
  async dispose(): Promise<void> {
    // A journal is written before anything that could be left.
    if (this.stateFiles().length > 0) await this.#removeLabs();
    for (const pid of processesMarked(this.#marker)) process.kill(pid, 'SIGKILL');
    rmSync(this.directory, { recursive: true });
  }

  async #removeLabs(): Promise<void> {
    for (const { name } of JSON.parse((await this.run('topology', 'ls', '-J')).stdout) as { name: string }[]) {
      await this.run('topology', 'down', name);
    }
    await this.run('topology', 'gc');
  }
}

export class RunningLabCommand {
  readonly #child: ChildProcess;
  readonly #description: string;
  readonly #finished: Promise<Finished>;
  #ended = false;
  stdout = '';
  stderr = '';

  constructor(child: ChildProcess, description: string) {
    this.#child = child;
    this.#description = description;
    child.stdout!.setEncoding('utf8').on('data', (text) => {
      this.stdout += text;
    });
    child.stderr!.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
    this.#finished = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (status, signal) => {
        this.#ended = true;
        // Whatever outlives it may hold the pipes, so their end is not waited for long.
        const told = () => resolve({ status, signal, stdout: this.stdout, stderr: this.stderr.replaceAll(WAITS, '') });
        const late = setTimeout(told, PIPES_GRACE_MS);
        child.once('close', () => {
          clearTimeout(late);
          told();
        });
      });
    });
    this.#finished.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get ended(): boolean {
    return this.#ended;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /**
   * What it printed is without the lines that say what it waits for; `stderr` of this object has them.
   * @throws Error with what it printed, when it has not ended in time. It is killed then.
   */
  async finished(): Promise<Finished> {
    const late = new AbortController();
    const timeout = sleep(DEADLINE_MS, undefined, { signal: late.signal }).catch(() => undefined);
    const outcome = await Promise.race([this.#finished, timeout]);
    late.abort();
    if (outcome !== undefined) return outcome;
    this.#child.kill('SIGKILL');
    throw new Error(`${this.#description} did not end\n--- stdout\n${this.stdout}\n--- stderr\n${this.stderr}`);
  }

  /** @returns whether it printed that before it ended. */
  async printed(pattern: RegExp): Promise<boolean> {
    const deadline = performance.now() + DEADLINE_MS;
    while (!pattern.test(this.stdout)) {
      if (this.#ended || performance.now() > deadline) return false;
      await sleep(5);
    }
    return true;
  }
}
