import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveClient } from '../../lib/configuration/resolve-client.js';
import { resolveServer } from '../../lib/configuration/resolve-server.js';
import type { TestSettings } from '../../lib/configuration/settings.js';
import { locateCommand } from '../../lib/platform/run-command.js';
import type { Endpoint } from '../../lib/topology/endpoint.js';
import { findProxyProcesses } from '../../lib/topology/proxy-processes.js';
import { topology } from '../../lib/topology/topology.js';
import { runClient } from '../../lib/traffic/client.js';
import type { CarrierIdentity, EndRecord, IntervalRecord } from '../../lib/traffic/events.js';
import { Server } from '../../lib/traffic/server.js';
import { IperfProcess, run } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { processCpuSeconds } from '../support/process-cpu.js';

const root = process.getuid?.() === 0;
/** Two readings of a clock that is brought up to date at ticks, and /proc's rounding. */
const TICKS_SECONDS = 0.04;
const INTERVAL_SECONDS = 0.5;
const SERVER_PORT = 5201;
const PUBLISHED_PORT = 5301;

interface Place {
  namespace: Endpoint['namespace'];
  host: string;
  port?: number;
}

interface Measured {
  end: EndRecord;
  intervals: IntervalRecord[];
  /** The carriers' CPU by /proc/PID/stat, before the connection until after the results. */
  kernelSeconds: number[];
}

/** One TCP test with both ends in this process. */
async function measured(
  client: Place,
  server: Endpoint['namespace'],
  carriers: CarrierIdentity[],
  settings: Partial<TestSettings> = {},
  onInterval: (intervalsSoFar: number) => void = () => {},
): Promise<Measured> {
  const serving = new Server(resolveServer({ oneOff: true, port: SERVER_PORT, intervalSeconds: INTERVAL_SECONDS }), {
    namespace: server,
    onEvent: () => {},
  });
  await serving.listen();
  const served = serving.serve();
  const intervals: IntervalRecord[] = [];
  const before = carriers.map(({ pid }) => processCpuSeconds(pid));
  const end = await runClient(
    resolveClient({
      host: client.host,
      port: client.port ?? SERVER_PORT,
      intervalSeconds: INTERVAL_SECONDS,
      settings: { durationSeconds: 2, ...settings },
    }),
    {
      namespace: client.namespace,
      carriers,
      onEvent: (event) => {
        if (event.type === 'interval') onInterval(intervals.push(event));
      },
    },
  );
  await served;
  const kernelSeconds = carriers.map(({ pid }, index) => {
    try {
      return processCpuSeconds(pid) - before[index]!;
    } catch {
      return Number.NaN;
    }
  });
  return { end, intervals, kernelSeconds };
}

/** CPU seconds that the intervals add up to. */
function inIntervals({ intervals }: Measured, carrier: number): number {
  return intervals.reduce(
    (sum, { startSeconds, endSeconds, carriers }) =>
      sum + ((carriers[carrier]?.cpuPercent ?? Number.NaN) * (endSeconds - startSeconds)) / 100,
    0,
  );
}

function expectSeconds(seconds: number, kernelSeconds: number): void {
  expect(Math.abs(seconds - kernelSeconds)).toBeLessThan(TICKS_SECONDS + 0.05 * kernelSeconds);
}

describe.runIf(root)("Docker's proxy between the ends", () => {
  let loopback: LoopbackNamespace;
  let proxy: IperfProcess;
  beforeAll(async () => {
    loopback = new LoopbackNamespace();
    const program = locateCommand('docker-proxy') ?? 'docker-proxy';
    const words = ['-proto', 'tcp', '-host-ip', '127.0.0.1', '-host-port', `${PUBLISHED_PORT}`];
    const target = ['-container-ip', '127.0.0.1', '-container-port', `${SERVER_PORT}`];
    proxy = new IperfProcess([program, ...words, ...target], loopback.fd, []);
    await proxy.listening(PUBLISHED_PORT);
  });
  afterAll(async () => {
    await proxy.kill();
    loopback[Symbol.dispose]();
  });

  const published = (): Place => ({ namespace: loopback, host: '127.0.0.1', port: PUBLISHED_PORT });

  it('is found by the port it publishes', () => {
    expect(findProxyProcesses(PUBLISHED_PORT)).toContainEqual({
      pid: proxy.pid,
      protocol: 'tcp',
      hostAddress: '127.0.0.1',
    });
    expect(findProxyProcesses(SERVER_PORT).map(({ pid }) => pid)).not.toContain(proxy.pid);
  });

  it.each(['forward', 'reverse'] as const)(
    'costs in each interval what the kernel says of its process (%s)',
    async (direction) => {
      const test = await measured(published(), loopback, [{ name: 'docker-proxy', pid: proxy.pid }], { direction });
      const [kernelSeconds] = test.kernelSeconds;
      expect(kernelSeconds).toBeGreaterThan(0.1);
      expectSeconds(inIntervals(test, 0), kernelSeconds!);
      for (const { carriers } of test.intervals) expect(carriers[0]?.cpuPercent).toBeGreaterThan(1);

      const [facts] = test.end.facts.carriers!;
      expect(facts).toMatchObject({ name: 'docker-proxy', pid: proxy.pid });
      expectSeconds((facts!.cpuPercent! * 2) / 100, kernelSeconds!);
      expect(facts!.busiestThread!.cpuPercent).toBeGreaterThan(0);
      expect(facts!.busiestThread!.cpuPercent).toBeLessThan(facts!.cpuPercent! + 100 * TICKS_SECONDS);
    },
  );

  it('costs nothing while nothing goes through it', async () => {
    const direct = { ...published(), port: SERVER_PORT };
    const test = await measured(direct, loopback, [{ name: 'docker-proxy', pid: proxy.pid }]);
    expect(test.end.facts.carriers![0]!.cpuPercent).toBeLessThan(1);
  });

  it("stands beside the stream threads' own CPU, which is what iperf3's figure is of", async () => {
    const test = await measured(published(), loopback, [{ name: 'docker-proxy', pid: proxy.pid }]);
    const mean = test.intervals.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0) / test.intervals.length;
    expect(Math.abs(mean - test.end.cpu.local.total)).toBeLessThan(3);
  });
});

describe.runIf(root)('a process that is watched', () => {
  let loopback: LoopbackNamespace;
  const children: ChildProcess[] = [];
  beforeAll(() => {
    loopback = new LoopbackNamespace();
  });
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    loopback[Symbol.dispose]();
  });

  function child(...argv: [string, ...string[]]): CarrierIdentity {
    const [program, ...words] = argv;
    const started = spawn(program, words, { stdio: 'ignore' });
    children.push(started);
    return { name: program, pid: started.pid! };
  }

  it('has figures until it ends, and none from then on', async () => {
    const ending = child('sleep', '30');
    const staying = child('sleep', '30');
    const place = { namespace: loopback, host: '127.0.0.1' };
    const settings = { rateBitsPerSecond: 10_000_000 };
    const { intervals, end } = await measured(place, loopback, [ending, staying], settings, (intervalsSoFar) => {
      if (intervalsSoFar === 2) process.kill(ending.pid, 'SIGKILL');
    });
    expect(intervals.map(({ carriers }) => carriers[0]!.cpuPercent === undefined)).toEqual([false, false, true, true]);
    expect(intervals[0]!.carriers[0]!.cpuPercent).toBeLessThan(5);
    expect(end.facts.carriers![0]).toEqual(ending);
    for (const { carriers } of intervals.slice(1)) expect(carriers[1]).toEqual({ ...staying, cpuPercent: 0 });
  });
});

describe.runIf(root)('Open vSwitch in userspace', () => {
  it('costs in each interval what the kernel says of its process', async () => {
    await using network = await topology('ovs-netdev');
    expect(network.carriers.map(({ name }) => name)).toEqual(['ovs-vswitchd']);
    const client = { namespace: network.client.namespace, host: network.target.ipv4! };
    const test = await measured(client, network.server.namespace, [...network.carriers]);
    expect(test.kernelSeconds[0]).toBeGreaterThan(0.2);
    expectSeconds(inIntervals(test, 0), test.kernelSeconds[0]!);
  });

  it('is a column of the report, and a key of the document', async () => {
    using loopback = new LoopbackNamespace();
    const { stdout } = await run('vnetperf', loopback.fd, ['run', 'ovs-netdev', '-t', '2']);
    expect(stdout).toMatch(/^via ovs-vswitchd {2}\d+ % of a core/m);
    expect(stdout).toMatch(/^CPU, % of a core {3}client {2}server {2}softirq {2}ovs-vswitchd$/m);
    expect(stdout).toMatch(/^ {2}0\.00-1\.[0-4]\d {3}sec {2}( +\d+){4}$/m);
    expect(stdout).toMatch(/^ {2}1\.[0-4]\d-2\.[0-4]\d {3}sec {2}( +\d+){4}$/m);

    const { stdout: json } = await run('vnetperf', loopback.fd, ['run', 'ovs-netdev', '-t', '1', '-J']);
    const { vnetperf, ...iperf3 } = JSON.parse(json);
    expect(Object.keys(iperf3)).toEqual(['start', 'intervals', 'end']);
    expect(vnetperf.carriers).toEqual([
      expect.objectContaining({ name: 'ovs-vswitchd', pid: expect.any(Number), cpuPercent: expect.any(Number) }),
    ]);
    expect(vnetperf.intervals).toEqual([
      expect.objectContaining({
        ends: { client: expect.any(Number), server: expect.any(Number) },
        softirq: expect.any(Number),
        carriers: [expect.objectContaining({ name: 'ovs-vswitchd', cpuPercent: expect.any(Number) })],
      }),
    ]);
    expect(vnetperf.intervals[0].carriers[0].cpuPercent).toBeGreaterThan(5);
  });
});

describe.runIf(root)('a network that only the kernel carries', () => {
  it('has a table of CPU with -V alone, and no carriers in the document', async () => {
    using loopback = new LoopbackNamespace();
    const plain = await run('vnetperf', loopback.fd, ['run', 'veth', '-t', '1']);
    const verbose = await run('vnetperf', loopback.fd, ['run', 'veth', '-t', '1', '-V']);
    const json = await run('vnetperf', loopback.fd, ['run', 'veth', '-t', '1', '-J']);
    expect(plain.stdout).not.toContain('CPU, % of a core');
    expect(verbose.stdout).toMatch(/^CPU, % of a core {3}client {2}server {2}softirq$/m);
    expect(verbose.stdout).toMatch(/^ {2}0\.00-1\.[0-4]\d {3}sec {2}( +\d+){3}$/m);
    const { vnetperf } = JSON.parse(json.stdout);
    expect(vnetperf).not.toHaveProperty('carriers');
    expect(vnetperf.intervals[0]).not.toHaveProperty('carriers');
    expect(vnetperf.intervals[0].ends.server).toBeGreaterThan(0);
  });
});
