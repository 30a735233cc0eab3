import { type ChildProcess, spawn } from 'node:child_process';
import { formatCoreList } from '../../configuration/cores.js';
import { commandMissing, locateCommand } from '../../platform/run-command.js';
import type { NetworkNamespace } from '../../traffic/namespace.js';

/** Ten streams at ten intervals a second for an hour are about this much JSON. */
const OUTPUT_LIMIT_BYTES = 128 * 1024 * 1024;

export interface PeerProcessSpecification {
  argv: readonly string[];
  namespace: NetworkNamespace;
  /** Empty = wherever the scheduler puts it. */
  cores: readonly number[];
}

/**
 * A program of somebody else's at one end of a network. It ends at end(), and with the thread that started it, by
 * SIGKILL too.
 */
export class PeerProcess {
  readonly #child: ChildProcess;
  readonly #output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  #bytes = 0;
  #ended = false;
  #status: number | null = null;
  /** Resolves when it has ended and all that it printed was taken. */
  readonly ended: Promise<void>;

  /** Throws VnetperfError ERR_COMMAND_MISSING. */
  constructor({ argv, namespace, cores }: PeerProcessSpecification) {
    const [program = '', ...words] = argv;
    const placed = cores.length === 0 ? [] : ['taskset', '--cpu-list', formatCoreList(cores)];
    const wrapper = ['--pdeathsig', 'KILL', 'nsenter', '--net=/proc/self/fd/3', ...placed];
    for (const needed of ['setpriv', 'nsenter', ...placed.slice(0, 1), program]) {
      if (locateCommand(needed) === undefined) throw commandMissing(needed, 'this cell');
    }
    this.#child = spawn(locateCommand('setpriv')!, [...wrapper, locateCommand(program)!, ...words], {
      stdio: ['ignore', 'pipe', 'pipe', namespace.fd],
      env: { ...process.env, LC_ALL: 'C' },
      // A group of its own: what it starts is ended with it, and Ctrl-C is for us.
      detached: true,
    });
    for (const name of ['stdout', 'stderr'] as const) {
      this.#child[name]!.on('data', (chunk: Buffer) => this.#take(name, chunk));
    }
    this.ended = new Promise((resolve) => {
      const finished = (status: number | null) => {
        this.#ended = true;
        this.#status = status;
        resolve();
      };
      this.#child.on('close', finished).on('error', () => finished(null));
    });
  }

  /** Of the program itself: setpriv, nsenter and taskset become what they start. undefined: it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  get succeeded(): boolean {
    return this.#status === 0;
  }

  get stdout(): string {
    return Buffer.concat(this.#output.stdout).toString();
  }

  /** The first line of its complaint, or else of anything it said. */
  get complaint(): string {
    const lines = `${Buffer.concat(this.#output.stderr)}\n${this.stdout}`.split('\n');
    const [first = 'it said nothing'] = lines.map((line) => line.replaceAll(/\p{C}+/gu, ' ').trim()).filter(Boolean);
    return first.slice(0, 300);
  }

  /** Returns when it is gone, with everything that it started. */
  async end(): Promise<void> {
    const { pid } = this.#child;
    if (pid !== undefined && !this.#ended) killGroup(pid);
    // What a grandchild in a group of its own holds open must not be waited for.
    for (const name of ['stdout', 'stderr'] as const) if (!this.#ended) this.#child[name]!.destroy();
    await this.ended;
  }

  #take(name: 'stdout' | 'stderr', chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= OUTPUT_LIMIT_BYTES) this.#output[name].push(chunk);
    else if (this.#child.pid !== undefined) killGroup(this.#child.pid);
  }
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Gone since.
  }
}
