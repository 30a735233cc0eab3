import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { locateCommand } from '../../lib/platform/run-command.js';
import { LoopbackNamespace } from './loopback-namespace.js';

const READY_DEADLINE_MS = 10_000;
const EXIT_DEADLINE_MS = 5_000;

/**
 * An Open vSwitch as a machine has one, but in a network namespace of its own. What is to use it as its machine's own
 * switch must run in that namespace.
 */
export class OvsSwitchProcesses {
  readonly namespace = new LoopbackNamespace();
  readonly directory = mkdtempSync(join(tmpdir(), 'vnetperf-ovs-'));
  /** For ovs-vsctl and `--ovs-db`. */
  readonly database = `unix:${this.directory}/db.sock`;
  readonly #processes: ChildProcess[] = [];

  /** @param settings Columns of the table Open_vSwitch, set before the switch starts. */
  static async start(...settings: string[]): Promise<OvsSwitchProcesses> {
    const ovs = new OvsSwitchProcesses();
    try {
      await ovs.#start(settings);
    } catch (error) {
      await ovs.stop();
      throw error;
    }
    return ovs;
  }

  async #start(settings: readonly string[]): Promise<void> {
    const { directory, database } = this;
    execFileSync('ovsdb-tool', ['create', `${directory}/conf.db`], { timeout: READY_DEADLINE_MS });
    this.#spawn('ovsdb-server', `${directory}/conf.db`, `--remote=p${database}`);
    await this.#until(() => this.vsctl('--no-wait', 'init'));
    if (settings.length > 0) this.vsctl('--no-wait', 'set', 'Open_vSwitch', '.', ...settings);
    this.#spawn('ovs-vswitchd', database);
    await this.#until(() =>
      execFileSync('ovs-appctl', [`--target=${directory}/ovs-vswitchd.ctl`, 'version'], { stdio: 'pipe' }),
    );
  }

  /** What it printed. Throws when it fails. */
  vsctl(...words: string[]): string {
    return execFileSync('ovs-vsctl', [`--db=${this.database}`, '--timeout=10', ...words], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  }

  /** Process id of ovs-vswitchd. */
  get pid(): number {
    return this.#processes[1]!.pid!;
  }

  async stop(): Promise<void> {
    for (const process of this.#processes.toReversed()) {
      if (process.exitCode !== null || process.signalCode !== null) continue;
      const exited = new Promise((resolve) => process.once('exit', resolve));
      process.kill('SIGTERM');
      const kill = setTimeout(() => process.kill('SIGKILL'), EXIT_DEADLINE_MS);
      await exited;
      clearTimeout(kill);
    }
    this.namespace[Symbol.dispose]();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Dies with the tests; nsenter and setpriv become the program, so its process id is the child's. */
  #spawn(name: string, ...words: string[]): void {
    const { directory } = this;
    this.#processes.push(
      spawn(
        'nsenter',
        [
          ...['--net=/proc/self/fd/3', 'setpriv', '--pdeathsig', 'KILL', locateCommand(name) ?? name, ...words],
          ...[`--unixctl=${directory}/${name}.ctl`, `--log-file=${directory}/${name}.log`],
          ...['-vconsole:off', '-vsyslog:off'],
        ],
        {
          stdio: ['ignore', 'ignore', 'ignore', this.namespace.fd],
          env: { ...process.env, OVS_RUNDIR: directory, OVS_DBDIR: directory, OVS_LOGDIR: directory },
        },
      ),
    );
  }

  async #until(answers: () => unknown): Promise<void> {
    const deadline = performance.now() + READY_DEADLINE_MS;
    for (;;) {
      try {
        answers();
        return;
      } catch (error) {
        if (performance.now() > deadline)
          throw new Error(`the switch does not answer: ${this.#log()}`, { cause: error });
      }
      await sleep(20);
    }
  }

  #log(): string {
    const read = (name: string) => {
      try {
        return readFileSync(`${this.directory}/${name}.log`, 'utf8').slice(-500);
      } catch {
        return '';
      }
    };
    return read('ovsdb-server') + read('ovs-vswitchd');
  }
}
