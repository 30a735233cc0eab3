import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { locateCommand } from '../../lib/platform/run-command.js';
import { LoopbackNamespace } from './loopback-namespace.js';

const READY_DEADLINE_MS = 30_000;
const SWEEP_DEADLINE_MS = 20_000;
const COMMAND_DEADLINE_MS = 30_000;
const SWEEPER = fileURLToPath(new URL('./docker-engine-sweeper.mjs', import.meta.url));

/**
 * A Docker engine of a test's own: dockerd in a network namespace that no name holds, with a mount namespace, a
 * directory and control groups of its own. It touches neither the machine's engine nor its packet filter. When it is
 * disposed of, or this process ends in whatever way, a sweeper ends all it has started and removes what it wrote.
 */
export class DockerEngine {
  readonly directory: string;
  readonly namespace: LoopbackNamespace;
  /** For --docker-host. */
  readonly host: string;
  readonly #arguments: readonly string[];
  readonly #cgroup: string;
  readonly #sweeper: ChildProcess;
  #daemon: ChildProcess | undefined;

  private constructor(daemonArguments: readonly string[]) {
    this.directory = mkdtempSync(join(tmpdir(), 'vnetperf-docker-'));
    this.namespace = new LoopbackNamespace();
    this.host = `unix://${this.socket}`;
    this.#arguments = daemonArguments;
    this.#cgroup = basename(this.directory);
    // Containers outlive a dockerd that is killed: somebody has to see that this process is gone.
    this.#sweeper = spawn(process.execPath, [SWEEPER], {
      stdio: ['pipe', 'ignore', 'inherit'],
      env: { SWEEP_DIRECTORY: this.directory, SWEEP_CGROUP: this.#cgroup },
      detached: true,
    });
    this.#sweeper.unref();
    (this.#sweeper.stdin as unknown as { unref(): void }).unref();
  }

  /** true in CI, where a missing engine is to fail and not to be skipped. */
  static get expected(): boolean {
    return Boolean(process.env.CI) || DockerEngine.missing === undefined;
  }

  /** Why there can be none here, with the command that installs it. */
  static get missing(): string | undefined {
    const program = ['dockerd', 'docker', 'iptables'].find((name) => locateCommand(name) === undefined);
    if (program === undefined) return undefined;
    const what = program === 'iptables' ? 'iptables' : 'docker.io';
    return `${program} is not on this machine. Install it with: apt-get install ${what}`;
  }

  /** @param daemonArguments More of dockerd's, for example `--userland-proxy=false`. */
  static async start(...daemonArguments: string[]): Promise<DockerEngine> {
    if (DockerEngine.missing !== undefined) throw new Error(DockerEngine.missing);
    const engine = new DockerEngine(daemonArguments);
    try {
      await engine.startDaemon();
      return engine;
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
  }

  get socket(): string {
    return join(this.directory, 'docker.sock');
  }

  /** dockerd itself. */
  get pid(): number | undefined {
    return this.#daemon?.pid;
  }

  /** Runs the engine's own command line and returns what it printed, without white space around it. */
  async docker(...words: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('docker', ['-H', this.host, ...words], {
      timeout: COMMAND_DEADLINE_MS,
    });
    return stdout.trim();
  }

  /** As docker(), with bytes for its standard input: `docker import -`. */
  async dockerWithInput(input: Uint8Array, ...words: string[]): Promise<string> {
    const running = promisify(execFile)('docker', ['-H', this.host, ...words], { timeout: COMMAND_DEADLINE_MS });
    running.child.stdin?.end(input);
    return (await running).stdout.trim();
  }

  /** Names of everything there is on this engine: containers, networks that are not the engine's own, images. */
  async objects(): Promise<string[]> {
    const lists = await Promise.all([
      this.docker('container', 'ls', '--all', '--format', 'container {{.Names}}'),
      this.docker('network', 'ls', '--filter', 'type=custom', '--format', 'network {{.Name}}'),
      this.docker('image', 'ls', '--all', '--format', 'image {{.Repository}}:{{.Tag}}'),
      this.docker('volume', 'ls', '--format', 'volume {{.Name}}'),
    ]);
    return lists.flatMap((list) => list.split('\n').filter((line) => line !== ''));
  }

  /** Runs a command in the engine's network namespace. */
  run(...command: string[]): string {
    return this.namespace.run(...command);
  }

  async startDaemon(): Promise<void> {
    const log = openSync(this.log, 'a');
    const directories = [
      ['--data-root', 'data'],
      ['--exec-root', 'exec'],
      ['--pidfile', 'docker.pid'],
    ].flatMap(([option, name]) => [option!, join(this.directory, name!)]);
    this.#daemon = spawn(
      'setpriv',
      [
        ...[
          '--pdeathsig',
          'KILL',
          'nsenter',
          '--net=/proc/self/fd/3',
          'unshare',
          '--mount',
          '--propagation',
          'private',
        ],
        // Whatever engines and their helpers keep in /run is then theirs alone, and goes with the mount.
        ...['sh', '-c', 'mount -t tmpfs none /run && exec "$@" 3<&-', 'sh'],
        ...['dockerd', '-H', this.host, ...directories, '--cgroup-parent', `/${this.#cgroup}`],
        ...['--bip', '198.18.10.1/24', '--default-address-pool', 'base=198.18.128.0/17,size=24'],
        ...this.#arguments,
      ],
      { stdio: ['ignore', log, log, this.namespace.fd], env: withoutDockerSettings(), detached: true },
    );
    closeSync(log);
    this.#daemon.unref();
    const deadline = performance.now() + READY_DEADLINE_MS;
    while (!(await answers(this.socket))) {
      if (this.#daemon.exitCode !== null || performance.now() > deadline) {
        throw new Error(`dockerd does not serve: ${readFileSync(this.log, 'utf8').split('\n').slice(-8).join('\n')}`);
      }
      await sleep(50);
    }
  }

  /** Ends dockerd alone, as an operator would; startDaemon() brings it back. */
  async stopDaemon(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const exited = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.ref();
    daemon.kill('SIGTERM');
    const kill = setTimeout(() => daemon.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(kill);
  }

  get log(): string {
    return join(this.directory, 'dockerd.log');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const swept = new Promise<void>((resolve, reject) => {
      if (this.#sweeper.exitCode !== null) resolve();
      const late = setTimeout(() => reject(new Error(`${this.directory} was not swept in time`)), SWEEP_DEADLINE_MS);
      this.#sweeper.once('exit', () => {
        clearTimeout(late);
        resolve();
      });
    });
    this.#sweeper.ref();
    this.#sweeper.stdin?.end();
    await swept;
    this.namespace[Symbol.dispose]();
  }
}

function withoutDockerSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DOCKER_')));
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: '/_ping', timeout: 1_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy()).on('error', () => resolve(false));
    ping.end();
  });
}
