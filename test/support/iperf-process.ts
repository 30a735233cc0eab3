import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Debian's iperf3, or this project's command as it was built. */
export type Program = 'iperf3' | 'vnetperf';

export const commands: Readonly<Record<Program, readonly string[]>> = {
  iperf3: ['iperf3'],
  vnetperf: [process.execPath, fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))],
};

export interface Finished {
  /** null when a signal ended it. */
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface StartOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

const LISTEN_DEADLINE_MS = 10_000;
const FINISH_DEADLINE_MS = 20_000;

/**
 * A program in a network namespace. Whoever starts one disposes of it: it is killed then, if it still runs.
 */
export class IperfProcess {
  readonly #child: ChildProcess;
  readonly #description: string;
  readonly #namespace: string;
  readonly #finished: Promise<Finished>;
  #running = true;
  stdout = '';
  stderr = '';

  /** @param program may be any other command line too: a program that uses the library, a relay. */
  constructor(
    program: Program | readonly string[],
    namespace: number,
    args: readonly string[],
    options: StartOptions = {},
  ) {
    const command = typeof program === 'string' ? commands[program] : program;
    this.#description = [typeof program === 'string' ? program : program.join(' '), ...args].join(' ');
    this.#namespace = readlinkSync(`/proc/self/fd/${namespace}`);
    // nsenter executes the program in its own place: the process id is the program's.
    this.#child = spawn('nsenter', ['--net=/proc/self/fd/3', ...command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', namespace],
      env: { ...process.env, ...options.env },
      cwd: options.cwd,
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#finished = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (status, signal) => {
        this.#running = false;
        resolve({ status, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
    this.#finished.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get running(): boolean {
    return this.#running;
  }

  /** @throws Error with what was printed, when it has not ended by itself in time. It is killed then. */
  async finished(deadlineMs = FINISH_DEADLINE_MS): Promise<Finished> {
    const late = new AbortController();
    const outcome = await Promise.race([
      this.#finished,
      sleep(deadlineMs, undefined, { signal: late.signal }).catch(() => undefined),
    ]);
    late.abort();
    if (outcome !== undefined) return outcome;
    const printed = this.#printed();
    await this.kill();
    throw new Error(`${this.#description} did not end in ${deadlineMs} ms${printed}`);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    if (this.#running) this.#child.kill('SIGKILL');
    await this.#finished.catch(() => {});
  }

  /** @throws Error when nothing listens on this TCP port in time, or the program ended before. */
  async listening(port: number, deadlineMs = LISTEN_DEADLINE_MS): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (!this.#listens(port)) {
      if (!this.#running) throw new Error(`${this.#description} ended before it listened${this.#printed()}`);
      if (performance.now() > deadline) {
        throw new Error(`${this.#description} does not listen on port ${port}${this.#printed()}`);
      }
      await sleep(10);
    }
  }

  /** The kernel's own table is asked: iperf3's banner may be held back when its output is a pipe. */
  #listens(port: number): boolean {
    try {
      // Not yet in the namespace: the table would be another network's.
      if (readlinkSync(`/proc/${this.pid}/ns/net`) !== this.#namespace) return false;
    } catch {
      return false;
    }
    return listeningPorts(this.pid).includes(port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #printed(): string {
    return `\n--- stdout\n${this.stdout}\n--- stderr\n${this.stderr}`;
  }
}

const TCP_LISTEN = '0A';

/** TCP ports listened on in the network namespace of a process. */
export function listeningPorts(pid: number): number[] {
  return ['tcp', 'tcp6'].flatMap((table) => {
    const [, ...lines] = readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trim().split('\n');
    return lines.flatMap((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      return state === TCP_LISTEN ? [Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16)] : [];
    });
  });
}

/** Starts a server and waits until it listens. `args` need not hold -s. */
export async function startServer(
  program: Program,
  namespace: number,
  args: readonly string[] = [],
  options: StartOptions & { port?: number } = {},
): Promise<IperfProcess> {
  const { port = 5201, ...rest } = options;
  const server = new IperfProcess(program, namespace, ['-s', '-p', String(port), ...args], rest);
  try {
    await server.listening(port);
    return server;
  } catch (error) {
    await server.kill();
    throw error;
  }
}

/** Runs a program to its end. */
export async function run(
  program: Program,
  namespace: number,
  args: readonly string[],
  options: StartOptions & { deadlineMs?: number } = {},
): Promise<Finished> {
  const { deadlineMs, ...rest } = options;
  await using process = new IperfProcess(program, namespace, args, rest);
  return await process.finished(deadlineMs);
}
