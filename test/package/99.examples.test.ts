import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { leftBehind, type MachineState, machineState, remaining } from '../support/machine-state.js';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const DEADLINE_MS = 50_000;
const RATE = String.raw`\d+\.\d Gbit/s`;
let directory: string;
let before: MachineState;

/** As in somebody else's project: the examples, and beside them what they import. */
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'vnetperf-examples-'));
  cpSync(join(checkout, 'examples'), directory, { recursive: true });
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(checkout, join(directory, 'node_modules/vnetperf'));
  symlinkSync(join(checkout, 'node_modules/vitest'), join(directory, 'node_modules/vitest'));
});
afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(() => {
  before = machineState();
});
afterEach(async () => {
  expect(await remaining(() => leftBehind(before))).toEqual([]);
});

interface Ending {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs node with these words in the directory of the examples, and kills it after the deadline. */
function node(...words: string[]): Promise<Ending> {
  const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env;
  const child = spawn(process.execPath, words, { cwd: directory, env, timeout: DEADLINE_MS, killSignal: 'SIGKILL' });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...written }));
  });
}

describe.runIf(process.getuid?.() === 0)('examples', () => {
  it('embed-a-test measures, and every byte that was sent arrived', async () => {
    const { status, stdout, stderr } = await node('embed-a-test.mjs');
    expect(stderr).toBe('');
    const [rate, ...streams] = stdout.trimEnd().split('\n');
    expect(rate).toMatch(new RegExp(`^${RATE} in 1\\.\\d s$`));
    expect(streams).toHaveLength(2);
    for (const stream of streams) {
      const [, sent, received] = /^stream [13]: (\d+) bytes sent, (\d+) received$/.exec(stream) ?? [];
      expect(Number(received)).toBeGreaterThan(1e6);
      expect(Number(received)).toBeLessThanOrEqual(Number(sent));
    }
    expect(status).toBe(0);
  });

  it('live-progress shows each half second as it comes, then the whole', async () => {
    const { status, stdout } = await node('live-progress.mjs');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(0, 4).map((line) => line.replace(new RegExp(` +${RATE}$`), ''))).toEqual([
      '0.5 s',
      '1.0 s',
      '1.5 s',
      '2.0 s',
    ]);
    expect(lines[4]).toMatch(new RegExp(`^${RATE} from core \\d+ to core \\d+: .+`));
    expect(status).toBe(0);
  });

  it('topology in a suite of node:test', async () => {
    const { status, stdout } = await node('--test', '--test-reporter=tap', 'topology.node-test.mjs');
    expect(stdout, stdout).toMatch(/^# pass 3$/m);
    expect(status).toBe(0);
  });

  it('topology in a suite of vitest', async () => {
    const { status, stdout } = await node('node_modules/vitest/vitest.mjs', 'run', '--root', 'vitest', '--no-color');
    expect(stdout, stdout).toMatch(/Tests +3 passed \(3\)/);
    expect(status).toBe(0);
  });

  it('pinned-or-not shows every run and a verdict, or why there is none', async () => {
    const { status, stdout } = await node('pinned-or-not.mjs');
    const runs =
      stdout.match(new RegExp(String.raw`^\d+/15 .* ${RATE}  client on \d+.*, server on \d+.*$`, 'gm')) ?? [];
    expect(runs).toHaveLength(15);
    for (const run of runs.filter((line) => / pinned /.test(line))) expect(run).toMatch(/client on 0, server on 1$/);
    expect(stdout.slice(stdout.lastIndexOf('15/15'))).toMatch(/\n.*(faster|slower|No difference).*\n/);
    expect(status).toBe(0);
  });

  it('ci-gate lets a network through that is the same', async () => {
    const { status, stdout, stderr } = await node('ci-gate.mjs');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^(passed|undecided): proposed reaches \S+ of now \(\S+ to \S+\).*0\.9/m);
    expect(status).toBe(0);
    expect(readFileSync(join(directory, 'throughput.html'), 'utf8')).toMatch(/^<!doctype html>/i);
  });

  it('ci-gate fails a build in which offloads went', async () => {
    let { status, stdout } = await node('ci-gate.mjs', 'gso=off', 'tso=off');
    // Four blocks show a loss of this size unless the machine is busy with something else meanwhile, which it says.
    for (let again = 0; again < 2 && /^undecided: /m.test(stdout); again++)
      ({ status, stdout } = await node('ci-gate.mjs', 'gso=off', 'tso=off'));
    expect(stdout).toMatch(/^failed: proposed reaches 0\.\d+ of now \(0\.\d+ to 0\.\d+\), below 0\.9\.$/m);
    expect(status).toBe(1);
  });
});
