import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commands } from '../support/iperf-process.js';
import { leftBehind, type MachineState, machineState, processesMarked, remaining } from '../support/machine-state.js';

const root = process.getuid?.() === 0;
const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
const DEADLINE_MS = 20_000;

interface Outcome {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  seconds: number;
}

/** A run of the command, marked in its environment and with a directory of its own for temporary files. */
class MarkedRun {
  readonly marker = randomUUID();
  readonly temporary = mkdtempSync(join(tmpdir(), 'vnetperf-run-'));
  readonly #before: MachineState = machineState();
  readonly #child: ChildProcess;
  readonly outcome: Promise<Outcome>;
  stdout = '';

  constructor(user: 'root' | 'nobody', args: string[]) {
    chmodSync(this.temporary, 0o777);
    const [program = '', ...words] = [...(user === 'nobody' ? NOBODY : []), ...commands.vnetperf, 'run', ...args];
    const { HOME: _, ...inherited } = process.env;
    const env = { ...inherited, TMPDIR: this.temporary, VNETPERF_TEST_MARKER: this.marker };
    const start = performance.now();
    this.#child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env, timeout: DEADLINE_MS });
    let stderr = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    this.outcome = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (status, signal) => {
        resolve({ status, signal, stdout: this.stdout, stderr, seconds: (performance.now() - start) / 1000 });
      });
    });
  }

  /** Until traffic flows: the first interval is printed. */
  async inMidTest(): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    while (!/0\.00-\d/.test(this.stdout)) {
      if (performance.now() > deadline) throw new Error(`no interval was printed\n${this.stdout}`);
      await sleep(10);
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Links, named namespaces, processes and files that are there now and were not before. */
  async left(): Promise<(string | number)[]> {
    const processes = await remaining(() => processesMarked(this.marker));
    return [...leftBehind(this.#before), ...processes, ...readdirSync(this.temporary)];
  }

  dispose(): void {
    for (const pid of processesMarked(this.marker)) process.kill(pid, 'SIGKILL');
    rmSync(this.temporary, { recursive: true });
  }
}

describe.runIf(root)('vnetperf run', () => {
  let runs: MarkedRun[] = [];
  beforeEach(() => {
    runs = [];
  });
  afterEach(() => {
    for (const run of runs) run.dispose();
  });

  function start(user: 'root' | 'nobody', ...args: string[]): MarkedRun {
    const run = new MarkedRun(user, args);
    runs.push(run);
    return run;
  }

  it('bridge -t 2 --pin 0:1, as root: the report, status 0, and nothing left', async () => {
    const run = start('root', 'bridge', '-t', '2', '--pin', '0:1');
    const { status, stdout, stderr } = await run.outcome;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^bridge: client .* server .*\n/);
    expect(stdout).toMatch(/\[ {2}5\] {3}0\.00-2\.[0-4]\d {3}sec .* sender\n/);
    // Its time is that of the last byte, which may be some milliseconds behind the sender's end.
    expect(stdout).toMatch(/\[ {2}5\] {3}0\.00-2\.[0-4]\d {3}sec .* receiver\n/);
    expect(stdout).toContain('\niperf Done.\n');
    expect(await run.left()).toEqual([]);
  });

  it('tells on which cores it ran, where asked', async () => {
    const run = start('root', 'veth', '-t', '1', '--pin', '0:1', '-J');
    const { vnetperf } = JSON.parse((await run.outcome).stdout);
    const sides = [vnetperf, vnetperf.peer].map(({ streams }) => streams[0]);
    expect(sides).toMatchObject([{ pin: { asked: [0], got: [0] } }, { pin: { asked: [1], got: [1] } }]);
    for (const [core, { bytesByCore, migrations }] of sides.entries()) {
      expect(bytesByCore).toMatchObject([{ core }]);
      expect(migrations).toBe(0);
    }
    expect(vnetperf.topology.kind).toBe('veth');
  });

  it('veth -t 1, as an ordinary user: the report, status 0, and nothing left', async () => {
    const run = start('nobody', 'veth', '-t', '1');
    const { status, stdout, stderr } = await run.outcome;
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'vnetperf: no root privileges, so the network is built in a user namespace (unshare --user --net)\n',
    });
    expect(stdout).toMatch(/^veth: client .* server .*\n/);
    expect(stdout).toContain('\niperf Done.\n');
    expect(await run.left()).toEqual([]);
  });

  it.each([
    { name: 'bridge, by root,', user: 'root', args: ['bridge', '-t', '20', '-i', '0.2', '--pin', '0:1'] },
    { name: 'veth, by an ordinary user,', user: 'nobody', args: ['veth', '-t', '20', '-i', '0.2'] },
  ] as const)('$name killed in mid-test leaves nothing', async ({ user, args }) => {
    const run = start(user, ...args);
    await run.inMidTest();
    expect(processesMarked(run.marker).length).toBeGreaterThan(0);
    run.kill();
    expect(await run.outcome).toMatchObject({ status: null, signal: 'SIGKILL' });
    expect(await run.left()).toEqual([]);
  });

  it('interrupted by Ctrl-C ends with the figures so far, and leaves nothing', async () => {
    const run = start('root', 'veth', '-t', '20', '-i', '0.2');
    await run.inMidTest();
    for (const pid of processesMarked(run.marker)) process.kill(pid, 'SIGINT');
    const { status, stdout, stderr } = await run.outcome;
    expect(stdout).toMatch(/sender\n/);
    expect(stderr).toContain('interrupt - the client has terminated by signal Interrupt(2)');
    expect(status).toBe(0);
    expect(await run.left()).toEqual([]);
  });
});
