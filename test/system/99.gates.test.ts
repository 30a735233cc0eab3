import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { junitFlaw, readXml } from '../support/junit-document.js';
import { LabCommands } from '../support/lab-command.js';
import { readPrometheusText } from '../support/prometheus-text.js';

const root = process.getuid?.() === 0;

let vnetperf: LabCommands;
beforeAll(() => {
  if (!root) return;
  vnetperf = new LabCommands();
  vnetperf.environment.GITHUB_STEP_SUMMARY = join(vnetperf.directory, 'summary.md');
  mkdirSync(join(vnetperf.directory, 'told'));
});
afterAll(async () => await vnetperf?.dispose());
afterEach(() => {
  if (root) expect(vnetperf.left()).toEqual([]);
});

const file = (name: string) => join(vnetperf.directory, 'told', name);
const read = (name: string) => readFileSync(file(name), 'utf8');

function testcases(name: string): [name: string, outcome: string | undefined][] {
  const document = readXml(read(name));
  expect(junitFlaw(document)).toBeUndefined();
  const cases = document.children.flatMap(({ children }) => children.filter((child) => child.name === 'testcase'));
  return cases.map(({ attributes, children }) => [attributes.name!, children[0]?.attributes.type]);
}

function figure(name: string, metric: string): number | undefined {
  const samples = readPrometheusText(read(name)).flatMap((family) => family.samples);
  return samples.find((sample) => sample.name === `vnetperf_${metric}`)?.value;
}

describe.runIf(root)('a gate on a comparison', { timeout: 60_000 }, () => {
  const told = (name: string) => ['--junit', file(`${name}.xml`), '--metrics', file(`${name}.prom`)];

  it('passes what is above its limit, and fails what is below it, with files that say so', async () => {
    const result = file('veth-bridge.json');
    const run = ['compare', 'veth', 'bridge', '--runs', '4', '-n', '20M', '--output', result];
    const passed = await vnetperf.run(...run, '--fail-below', '0.001', '--github', ...told('passed'));
    expect(passed).toMatchObject({ status: 0, stderr: '' });
    expect(passed.stdout).toMatch(/^gate passed: bridge reaches [\d.]+ of veth \(.* to .*\), not below 0\.001\.$/m);
    expect(passed.stdout).toMatch(/^::notice title=vnetperf compare veth bridge /m);
    expect(testcases('passed.xml')).toEqual([
      ['veth', undefined],
      ['veth (A/A)', undefined],
      ['bridge', undefined],
      ['bridge against veth', undefined],
    ]);
    const { analysis } = JSON.parse(readFileSync(result, 'utf8'));
    expect(figure('passed.prom', 'comparison_ratio')).toBe(analysis.contrasts[0].ratio);
    expect(figure('passed.prom', 'gate_passed')).toBe(1);
    const summary = readFileSync(vnetperf.environment.GITHUB_STEP_SUMMARY!, 'utf8');
    expect(summary).toContain('| bridge against veth | passed |');

    const failed = await vnetperf.run('report', result, '--fail-below', 'bridge=1000', '--github', ...told('failed'));
    expect(failed).toMatchObject({ status: 3, stderr: '' });
    expect(failed.stdout).toMatch(/^::error title=bridge against veth \(failed\)::bridge reaches .*, below 1000\.$/m);
    expect(failed.stdout.trimEnd().split('\n').at(-1)).toMatch(/^gate failed: bridge reaches .*, below 1000\.$/);
    expect(testcases('failed.xml')).toContainEqual(['bridge against veth', 'failed']);
    expect(figure('failed.prom', 'gate_failed')).toBe(1);

    // Of several files each says which it is of, also where they are of the same command.
    const copy = file('copy.json');
    copyFileSync(result, copy);
    const both = await vnetperf.run(
      'report',
      result,
      copy,
      '--fail-below',
      'bridge=1000',
      '--github',
      ...told('both').slice(0, 2),
    );
    expect(both.status).toBe(3);
    for (const name of ['veth-bridge.json', 'copy.json']) {
      expect(both.stdout).toMatch(new RegExp(`^gate failed: ${name}: bridge reaches `, 'm'));
      expect(both.stdout).toContain(`\n::error title=${name}%3A bridge against veth (failed)::`);
      expect(testcases('both.xml')).toContainEqual([`${name}: bridge against veth`, 'failed']);
    }

    // Right at the estimate nothing is shown.
    const limit = analysis.contrasts[0].ratio.toFixed(4);
    const open = await vnetperf.run('report', result, '--csv', '--output', '-', '--fail-below', limit, ...told('open'));
    expect(open.status).toBe(4);
    expect(open.stdout).not.toContain('gate');
    expect(open.stderr).toContain(`whether that is below ${Number(limit)} is not shown`);
    expect(testcases('open.xml')).toContainEqual(['bridge against veth', 'undecided']);
    expect(readdirSync(file('')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('is refused before anything is measured where it could never decide', async () => {
    const before = readdirSync(file(''));
    for (const [words, said] of [
      [['--runs', '2', '--fail-below', '0.9'], 'vnetperf: 2 blocks cannot show whether a ratio is below a limit\n'],
      [['--fail-below', 'ovs=0.9'], "vnetperf: there is no cell 'ovs' that is held against another\n"],
      [['--fail-below', '9G'], "vnetperf: parameter error - bad value for --fail-below: '9G'"],
      [['--junit', '/no/such/place'], 'vnetperf: cannot write /no/such/place: No such file or directory\n'],
    ] as const) {
      const started = performance.now();
      const { status, stdout, stderr } = await vnetperf.run(
        'compare',
        'veth',
        'bridge',
        '--output',
        file('x.json'),
        ...words,
      );
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toContain(said);
      // Eleven blocks of three runs of two seconds would take a minute.
      expect(performance.now() - started).toBeLessThan(20_000);
    }
    expect(readdirSync(file(''))).toEqual(before);
  });
});

describe.runIf(root)('a gate on a test', { timeout: 60_000 }, () => {
  it('goes by the rate that arrived; its files have the figures of the report', async () => {
    const files = ['--junit', file('run.xml'), '--metrics', file('run.prom')];
    const { status, stdout, stderr } = await vnetperf.run(
      ...['run', 'veth', '-J', '-n', '20M', '--fail-below', '1K', '--github', ...files],
    );
    expect(status).toBe(0);
    // The document stands alone there.
    const { end } = JSON.parse(stdout);
    expect(stderr).toMatch(/^::notice title=vnetperf run veth::/m);
    expect(figure('run.prom', 'throughput_bytes_per_second')).toBe(end.sum_received.bits_per_second / 8);
    expect(figure('run.prom', 'received_bytes')).toBe(end.sum_received.bytes);
    expect(figure('run.prom', 'test_completed')).toBe(1);
    expect(testcases('run.xml')).toEqual([
      ['vnetperf run veth', undefined],
      ['received rate', undefined],
    ]);

    const slow = await vnetperf.run('run', 'veth', '-n', '20M', '--fail-below', '900T', ...files);
    expect(slow.status).toBe(3);
    expect(slow.stdout).toMatch(/^gate failed: Received client to server .* [MG]bits\/sec: below 900 Tbits\/sec\.$/m);
    expect(testcases('run.xml')).toContainEqual(['received rate', 'failed']);
  });

  it('is undecided where the test was cut short, and its metrics say that it failed', async () => {
    const files = ['--junit', file('cut.xml'), '--metrics', file('cut.prom')];
    const running = vnetperf.start('run', 'veth', '-t', '30', '--fail-below', '1K', ...files);
    expect(await running.printed(/ sec .* 0\.00-1\.\d|0\.00-1\.\d/)).toBe(true);
    running.signal('SIGINT');
    const { status, stdout } = await running.finished();
    expect(status).toBe(4);
    expect(stdout).toContain('gate undecided: What was received is not known');
    expect(figure('cut.prom', 'test_completed')).toBe(0);
    expect(testcases('cut.xml')).toEqual([
      ['vnetperf run veth', 'error'],
      ['received rate', 'undecided'],
    ]);
  });
});

describe.runIf(root)('the metrics of a server', { timeout: 60_000 }, () => {
  it('are of the last test of each kind', async () => {
    const server = vnetperf.start('-s', '-p', '15307', '--metrics', file('server.prom'));
    expect(await server.printed(/Server listening/)).toBe(true);
    for (const words of [
      ['-n', '2M'],
      ['-n', '1M'],
      ['-u', '-b', '10M', '-n', '200K', '-R'],
    ]) {
      expect(await vnetperf.run('-c', '127.0.0.1', '-p', '15307', ...words)).toMatchObject({ status: 0 });
    }
    // Written when the server has told of the test's end, which may be later than its client's.
    await expect.poll(() => readPrometheusText(read('server.prom'))[0]!.samples.length, { timeout: 10_000 }).toBe(2);
    const samples = readPrometheusText(read('server.prom')).flatMap((family) => family.samples);
    const of = (metric: string) => samples.filter((sample) => sample.name === `vnetperf_${metric}`);
    expect(of('test_completed').map(({ value, labels }) => [labels.protocol, labels.direction, value])).toEqual([
      ['tcp', 'forward', 1],
      ['udp', 'reverse', 1],
    ]);
    expect(of('received_bytes').map(({ value }) => value)).toEqual([expect.closeTo(2 ** 20, -6)]);
    server.signal('SIGTERM');
    expect((await server.finished()).status).toBe(0);
  });
});
