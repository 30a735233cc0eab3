import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Contrast } from '../../lib/compare/analysis.js';
import type { ComparisonResult, MeasuredRun } from '../../lib/compare/result.js';
import { contradiction } from '../support/borne-out.js';
import { commands } from '../support/iperf-process.js';
import { LabCommands } from '../support/lab-command.js';
import { isValidByAjv } from '../support/result-documents.js';

const root = process.getuid?.() === 0;

/** Long enough for a verdict: the others only need to have run. */
const FOR_A_VERDICT = ['--runs', '6', '-t', '1'];
const QUICK = ['--runs', '1', '-n', '20M'];

let vnetperf: LabCommands;
beforeAll(() => {
  if (root) vnetperf = new LabCommands();
});
afterAll(async () => await vnetperf?.dispose());
afterEach(() => {
  if (root) expect(vnetperf.left()).toEqual([]);
});

const file = (name: string) => join(vnetperf.directory, name);

function saved(path: string): ComparisonResult {
  const document: unknown = JSON.parse(readFileSync(path, 'utf8'));
  expect(isValidByAjv(document), JSON.stringify(isValidByAjv.errors?.slice(0, 3))).toBe(true);
  return document as ComparisonResult;
}

function measuredRuns({ runs }: ComparisonResult, cell: string): MeasuredRun[] {
  return runs.filter((run): run is MeasuredRun => run.outcome === 'measured' && run.cell === cell && run.block >= 0);
}

function named({ plan }: ComparisonResult, name: string): string {
  const found = plan.cells.find((cell) => cell.name === name);
  if (found === undefined) throw new Error(`no cell ${name} among ${plan.cells.map((cell) => cell.name)}`);
  return found.id;
}

function contrastOf(result: ComparisonResult, name: string): Contrast {
  const id = named(result, name);
  return result.analysis!.contrasts.find(({ cell }) => cell === id)!;
}

describe.runIf(root)('compare on real traffic', () => {
  // At most one comparison in 25 finds a difference by chance: that is what a verdict promises, so that one of them proves
  // nothing. A second one, with an order of its own, that finds the same again is no chance (one in 1250).
  it('finds no difference between a network and itself', { timeout: 180_000 }, async () => {
    const path = file('same.json');
    const compareWithItself = async () => {
      const { status, stdout, stderr } = await vnetperf.run(
        ...['compare', 'bridge', 'bridge', ...FOR_A_VERDICT, '--output', path],
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const result = saved(path);
      expect(result).toMatchObject({ state: 'complete', analysis: { blocks: 6 } });
      return { result, stdout };
    };
    let { result, stdout } = await compareWithItself();
    const first = contrastOf(result, 'bridge (2)');
    if (first.verdict !== 'no-difference') {
      rmSync(path);
      ({ result, stdout } = await compareWithItself());
      expect(contrastOf(result, 'bridge (2)').verdict, JSON.stringify(first)).not.toBe(first.verdict);
    }
    expect(stdout).toMatch(/^seed \d+ {2}7 blocks x 3 cells \(A\/A: bridge twice\) {2}1 s each {2}at least 21 s$/m);
    for (const name of ['bridge', 'bridge \\(A/A\\)', 'bridge \\(2\\)']) {
      expect(stdout).toMatch(new RegExp(`^${name} +[\\d.]+ +[\\d.]+ - [\\d.]+ +[\\d.]+ `, 'm'));
    }
    expect(stdout).toContain(`Written: ${path}      Report: vnetperf report ${path} --html\n`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is what is tested
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
    // Each block holds each cell once, and every block has an order of its own.
    const orders = Array.from({ length: 6 }, (_, block) =>
      result.runs.filter((run) => run.block === block).map(({ cell }) => cell),
    );
    for (const order of orders) expect(order.toSorted()).toEqual(result.plan.cells.map(({ id }) => id).toSorted());
    expect(new Set(orders.map((order) => order.join())).size).toBeGreaterThan(1);
  });

  it.each([
    ['congestion=cubic,bbr', 'bridge congestion=cubic', 'bridge congestion=bbr'],
    ['streams=1,2', 'bridge streams=1', 'bridge streams=2'],
  ])('says of %s what the recorded figures bear out', async (vary, baseline, other) => {
    const path = file(`${vary}.json`);
    const { status } = await vnetperf.run('compare', 'bridge', '--vary', vary, ...FOR_A_VERDICT, '--output', path);
    expect(status).toBe(0);
    const result = saved(path);
    const before = measuredRuns(result, named(result, baseline));
    const after = measuredRuns(result, named(result, other));
    expect([before.length, after.length]).toEqual([6, 6]);

    const { verdict, ratio, interval, pairs } = contrastOf(result, other);
    expect(pairs).toBe(6);
    expect(['faster', 'slower', 'no-difference']).toContain(verdict);
    const higher = after.filter(({ block, measurement }) => {
      return measurement.bitsPerSecond > before.find((run) => run.block === block)!.measurement.bitsPerSecond;
    }).length;
    if (verdict === 'faster') expect([higher > 3, ratio! > 1, interval![0] > 1]).toEqual([true, true, true]);
    if (verdict === 'slower') expect([higher < 3, ratio! < 1, interval![1] < 1]).toEqual([true, true, true]);
    expect(result.analysis!.sentences.length).toBeGreaterThan(0);

    for (const run of [...before, ...after]) {
      const { limits } = run.measurement;
      expect(limits.flatMap((limit) => contradiction(limit, run.measurement) ?? [])).toEqual([]);
    }
    // Where others use the machine, a run may have no limit of its own.
    expect([...before, ...after].flatMap(({ measurement }) => measurement.limits)).not.toEqual([]);
    const senders = (runs: MeasuredRun[]) =>
      runs.map(({ measurement }) => measurement.streams.filter(({ role }) => role === 'sender'));
    if (vary.startsWith('streams')) {
      expect(senders(before).map((streams) => streams.length)).toEqual([1, 1, 1, 1, 1, 1]);
      expect(senders(after).map((streams) => streams.length)).toEqual([2, 2, 2, 2, 2, 2]);
    } else {
      expect(
        senders(before)
          .flat()
          .map(({ congestion, paced }) => [congestion, paced]),
      ).toEqual(Array(6).fill(['cubic', false]));
      expect(
        senders(after)
          .flat()
          .map(({ congestion, paced }) => [congestion, paced]),
      ).toEqual(Array(6).fill(['bbr', true]));
    }
  });

  it('puts another program into the same table', async () => {
    const path = file('peer.json');
    const { status, stdout, stderr } = await vnetperf.run(
      ...['compare', 'veth', '--peer', 'iperf3', '--runs', '1', '-t', '1', '--output', path],
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^veth iperf3 +[\d.]+ +[\d.]+/m);
    const result = saved(path);
    const [run] = measuredRuns(result, named(result, 'veth iperf3'));
    expect(run!.measurement.directions[0]!.receivedBytes).toBeGreaterThan(1e6);
    expect(result.plan.cells.at(-1)).toMatchObject({
      levels: { tool: 'iperf3' },
      command: ['iperf3', '-c', 'SERVER', '-t', '1', '-i', '0.25'],
    });
  });

  it('reports a cell that cannot be, and goes on with the rest', async () => {
    const path = file('failing.json');
    const words = ['compare', 'veth', 'bridge', '--peer', '/nowhere/iperf3', ...QUICK, '--output', path];
    const { status, stdout } = await vnetperf.run(...words);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^veth \/nowhere\/iperf3 +failed$/m);
    expect(stdout).toMatch(/^veth \/nowhere\/iperf3 could not be measured: .*\/nowhere\/iperf3/m);
    expect(stdout).toMatch(/^bridge +[\d.]+ /m);
    const result = saved(path);
    expect(result.state).toBe('complete');
    expect(result.runs.filter(({ outcome }) => outcome === 'failed').map(({ cell }) => cell)).toEqual(
      expect.arrayContaining([named(result, 'veth /nowhere/iperf3'), named(result, 'bridge /nowhere/iperf3')]),
    );
    expect(measuredRuns(result, named(result, 'bridge'))).toHaveLength(1);
  });

  it('-J is the result document and nothing else', async () => {
    const { status, stdout, stderr } = await vnetperf.run('compare', 'veth', 'bridge', ...QUICK, '-J', '--seed', '77');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const document: unknown = JSON.parse(stdout);
    expect(isValidByAjv(document), JSON.stringify(isValidByAjv.errors?.slice(0, 3))).toBe(true);
    expect(document).toMatchObject({
      state: 'complete',
      plan: { seed: 77 },
      command: ['compare', 'veth', 'bridge', ...QUICK, '--seed', '77'],
    });
  });

  it('writes over no result, its own included', async () => {
    const path = file('kept.json');
    const words = ['compare', 'veth', 'bridge', ...QUICK, '--seed', '3', '--output', path];
    expect((await vnetperf.run(...words)).status).toBe(0);
    const text = readFileSync(path, 'utf8');
    const again = await vnetperf.run(...words);
    expect(again.status).toBe(1);
    expect(again.stderr).toMatch(
      /kept\.json has \d+ runs of this comparison: they are not overwritten\n {2}Give another/,
    );
    expect(readFileSync(path, 'utf8')).toBe(text);
    const { status, stdout, stderr } = await vnetperf.run(...words.slice(0, -2), '-P', '2', '--output', path);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe(
      `vnetperf: ${path} exists and is the result of another comparison: it is not overwritten\n` +
        '  Give another file with --output, or another --seed.\n',
    );
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});

describe.runIf(root)('compare by an ordinary user', () => {
  it('builds its networks in a user namespace and writes a file of the user', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'vnetperf-compare-'));
    try {
      chmodSync(directory, 0o777);
      const { HOME: _, ...env } = process.env;
      const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups', ...commands.vnetperf];
      const words = ['compare', 'veth', 'bridge', ...QUICK, '--seed', '12'];
      const { stdout, stderr } = await promisify(execFile)('setpriv', [...nobody, ...words], {
        cwd: directory,
        env,
        timeout: 50_000,
      });
      expect(stderr).toBe(
        'vnetperf: no root privileges, so the network is built in a user namespace (unshare --user --net)\n',
      );
      expect(stdout).toContain('Written: compare-12.json ');
      expect(statSync(join(directory, 'compare-12.json')).uid).toBe(65_534);
      expect(saved(join(directory, 'compare-12.json')).state).toBe('complete');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe.runIf(root)('compare that is interrupted', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('once by %s stops cleanly and can go on', async (signal) => {
    const path = file(`${signal}.json`);
    const comparison = vnetperf.start('compare', 'veth', 'bridge', '--runs', '2', '-t', '1', '--output', path);
    await expect.poll(() => existsSync(path) && saved(path).runs.length, { timeout: 20_000 }).toBe(4);
    comparison.signal(signal);
    const { status, stdout, stderr } = await comparison.finished();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`\nInterrupted. To go on: vnetperf compare --resume ${path}\n`);
    const before = saved(path);
    expect(before).toMatchObject({ state: 'interrupted' });
    expect(before.runs).toHaveLength(4);
    expect(vnetperf.left()).toEqual([]);

    const resumed = await vnetperf.run('compare', '--resume', path);
    expect({ status: resumed.status, stderr: resumed.stderr }).toEqual({ status: 0, stderr: '' });
    expect(resumed.stdout).toContain('going on after 4 runs\n');
    const after = saved(path);
    expect(after).toMatchObject({ state: 'complete', command: before.command, plan: before.plan });
    expect(after.runs.slice(0, 4)).toEqual(before.runs);
    expect(after.runs).toHaveLength(9);
  });

  it('twice ends at once, and loses no run that was written', async () => {
    const path = file('twice.json');
    const comparison = vnetperf.start('compare', 'veth', 'bridge', '--runs', '2', '-t', '20', '--output', path);
    await expect.poll(() => existsSync(path), { timeout: 20_000 }).toBe(true);
    // Less than a quarter of a second apart they are one.
    for (const wait of [1_500, 300]) {
      await sleep(wait);
      comparison.signal('SIGINT');
    }
    const { status, signal } = await comparison.finished();
    expect(status === 0 || signal === 'SIGINT').toBe(true);
    expect(['running', 'interrupted']).toContain(saved(path).state);
    await expect.poll(() => vnetperf.left(), { timeout: 3_000 }).toEqual([]);
  });

  it('by its time limit says so', async () => {
    const path = file('limit.json');
    const words = ['compare', 'veth', 'bridge', '--runs', '9', '-t', '1', '--time-limit', '4', '--output', path];
    const { status, stdout } = await vnetperf.run(...words);
    expect(status).toBe(0);
    expect(stdout).toContain(
      `The time limit came first. To go on: vnetperf compare --resume ${path} --time-limit TIME\n`,
    );
    expect(saved(path).state).toBe('time-limit');
  });
});
