import { fork } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BuiltTopology,
  between,
  bringUp,
  buildTopology,
  type ComparisonProgress,
  type EndMessage,
  type EndRecord,
  formatResult,
  type IntervalMessage,
  keptNetworks,
  runAcross,
  runComparison,
  runTest,
  startServer,
  type TestPreparation,
  type TestResult,
  takeDown,
} from '../../lib/index.js';
import { IperfProcess } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { resources } from '../support/process-resources.js';

const root = process.getuid?.() === 0;
const LIBRARY = new URL('../../dist/index.js', import.meta.url).href;
const QUIET = fileURLToPath(new URL('../support/quiet-embedding.mjs', import.meta.url));

const receivedBy = ({ streams }: EndRecord) =>
  streams.filter(({ stream }) => !stream.sender).reduce((sum, { local }) => sum + local.bytes, 0);

describe.runIf(root)('servers and tests of one process', () => {
  let network: LoopbackNamespace;
  beforeAll(() => {
    network = new LoopbackNamespace();
  });
  afterAll(() => network[Symbol.dispose]());

  it('several run at once, on ports of their own, and do not mix', async () => {
    await using first = await startServer({ port: 0 }, { namespace: network });
    await using second = await startServer({ port: 0, maxClients: 2 }, { namespace: network });
    expect(first.port).not.toBe(second.port);
    const served: (EndRecord & { testNumber: number; port: number })[] = [];
    for (const { port, on } of [first, second].map((server) => ({ port: server.port, on: server.on.bind(server) }))) {
      on('test-end', (end) => served.push({ ...end, port }));
    }
    const asked = [
      { port: first.port, settings: { bytes: 30_000_000 } },
      { port: second.port, settings: { bytes: 20_000_000, parallel: 3 } },
      { port: second.port, settings: { bytes: 10_000, lengthBytes: 1000, protocol: 'udp' } as const },
    ];
    const results = await Promise.all(
      asked.map((request) => runTest({ host: '127.0.0.1', ...request }, { namespace: network })),
    );
    await expect.poll(() => served.length).toBe(3);
    expect(new Set(served.map(({ port, testNumber }) => `${port} ${testNumber}`)).size).toBe(3);
    for (const [index, { end, directions, intervals }] of results.entries()) {
      const { port, settings } = asked[index]!;
      const sent = end.streams.reduce((sum, { local }) => sum + local.bytes, 0);
      expect(end.incomplete).toBe(false);
      expect(sent).toBeGreaterThanOrEqual(settings.bytes);
      expect(intervals.flatMap(({ streams }) => streams).reduce((sum, { bytes }) => sum + bytes, 0)).toBe(sent);
      // What a server counted of another's test would be missing here.
      expect(directions).toMatchObject([{ from: 'client', receivedBytes: sent }]);
      const ofServer = served.filter((one) => one.port === port && one.settings.protocol === end.settings.protocol);
      expect(ofServer.map(receivedBy)).toEqual([sent]);
    }
  });

  it('iperf3 is served, and served by iperf3', async () => {
    await using server = await startServer({ port: 0 }, { namespace: network });
    const ended = new Promise<EndRecord>((resolve) => server.once('test-end', resolve));
    await using client = new IperfProcess(['iperf3'], network.fd, [
      '-c',
      '127.0.0.1',
      '-p',
      `${server.port}`,
      '-n',
      '5M',
    ]);
    expect(await client.finished()).toMatchObject({ status: 0 });
    expect(receivedBy(await ended)).toBeGreaterThanOrEqual(5 * 1024 * 1024);

    await using peer = new IperfProcess(['iperf3'], network.fd, ['-s', '-1', '-p', '5299']);
    await peer.listening(5299);
    const { bitsPerSecond, directions, end } = await runTest(
      { host: '127.0.0.1', port: 5299, settings: { durationSeconds: 1, direction: 'bidirectional' } },
      { namespace: network },
    );
    expect(directions).toMatchObject([{ from: 'client' }, { from: 'server' }]);
    expect(bitsPerSecond).toBeGreaterThan(0);
    expect(end.incomplete).toBe(false);
  });

  it('a client may have the report of a server of ours', async () => {
    await using server = await startServer({ port: 0 }, { namespace: network });
    const settings = { bytes: 1_000_000, getServerOutput: true };
    const { end } = await runTest({ host: '127.0.0.1', port: server.port, settings }, { namespace: network });
    expect(end.serverOutput).toMatchObject({ text: expect.stringContaining('receiver') });
  });

  it('a server that is closed is gone, cuts off its test, and can be closed again', async () => {
    const server = await startServer({ port: 0 }, { namespace: network });
    let closed = 0;
    server.on('close', () => closed++);
    const cut = new Promise<EndRecord>((resolve) => server.once('test-end', resolve));
    const test = runTest(
      { host: '127.0.0.1', port: server.port, settings: { durationSeconds: 60 } },
      { namespace: network },
    );
    server.on('test-start', () => setTimeout(() => void server.close(), 300));
    await expect(test).rejects.toMatchObject({ name: 'TestError', code: 'ERR_SERVER_TERMINATED', iperf3Number: 120 });
    expect(await cut).toMatchObject({ incomplete: true });
    await server.closed;
    await server.close();
    expect(closed).toBe(1);
    const gone = runTest({ host: '127.0.0.1', port: server.port }, { namespace: network });
    await expect(gone).rejects.toMatchObject({ name: 'TestError', iperf3Number: 103 });
  });

  it('a server’s warnings and errors come with the number of their test', async () => {
    await using server = await startServer({ port: 0, maxClients: 2 }, { namespace: network });
    const told: [string, number | undefined][] = [];
    server.on('warning', (message, testNumber) => told.push([message, testNumber]));
    server.on('error', ({ code }, testNumber) => told.push([code, testNumber]));
    const closed = new Promise((resolve) => server.once('close', (...given) => resolve(given)));
    const first = runTest(
      { host: '127.0.0.1', port: server.port, settings: { durationSeconds: 60 } },
      { namespace: network },
    );
    first.catch(() => {});
    await new Promise((resolve) => server.once('test-start', resolve));
    const settings = { durationSeconds: 60, protocol: 'udp', direction: 'reverse', sendPath: 'sendfile' } as const;
    const second = runTest({ host: '127.0.0.1', port: server.port, settings }, { namespace: network });
    second.catch(() => {});
    await new Promise((resolve) => server.once('test-start', resolve));
    for (const [test, left] of [
      [second, 2],
      [first, 3],
    ] as const) {
      test.abort();
      await expect.poll(() => told.length).toBe(left);
    }
    expect(told).toEqual([
      ['send path sendfile is not used here, copy is: UDP always copies', 2],
      ['ERR_CLIENT_TERMINATED', 2],
      ['ERR_CLIENT_TERMINATED', 1],
    ]);
    await server.close();
    expect(await closed).toEqual([undefined, undefined]);
  });

  it('a port that is taken is a TestError with iperf3’s number', async () => {
    await using server = await startServer({ port: 0 }, { namespace: network });
    await expect(startServer({ port: server.port }, { namespace: network })).rejects.toMatchObject({
      name: 'TestError',
      code: 'ERR_LISTEN',
      iperf3Number: 102,
    });
  });

  it('subscribers of the diagnostics channels hear of both ends', async () => {
    const intervals: IntervalMessage[] = [];
    const ends: EndMessage[] = [];
    const hearInterval = (message: unknown) => intervals.push(message as IntervalMessage);
    const hearEnd = (message: unknown) => ends.push(message as EndMessage);
    subscribe('vnetperf:interval', hearInterval);
    subscribe('vnetperf:end', hearEnd);
    try {
      await using server = await startServer({ port: 0 }, { namespace: network });
      const settings = { durationSeconds: 1 };
      await runTest({ host: '127.0.0.1', port: server.port, settings, intervalSeconds: 0.5 }, { namespace: network });
      await server.close();
    } finally {
      unsubscribe('vnetperf:interval', hearInterval);
      unsubscribe('vnetperf:end', hearEnd);
    }
    expect(ends.map(({ role }) => role).sort()).toEqual(['client', 'server']);
    expect(ends.find(({ role }) => role === 'server')?.testNumber).toBe(1);
    expect(intervals.filter(({ role }) => role === 'client').length).toBeGreaterThanOrEqual(2);
    expect(intervals.some(({ role }) => role === 'server')).toBe(true);
  });

  it('an abort ends a server, a test that waits for a connection, and one that runs, at once', async () => {
    // Packets to a neighbour that is not there: no answer ever comes.
    network.run('ip', 'link', 'add', 'here', 'type', 'veth', 'peer', 'name', 'nowhere');
    network.run('ip', 'address', 'add', '198.18.9.1/24', 'dev', 'here');
    for (const end of ['here', 'nowhere']) network.run('ip', 'link', 'set', end, 'up');
    network.run('ip', 'neighbour', 'add', '198.18.9.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'here');
    const before = performance.now();
    const why = new Error('no patience');
    const soon = () => {
      const ending = new AbortController();
      setTimeout(() => ending.abort(why), 300);
      return ending.signal;
    };
    const interrupted = { name: 'InterruptedError', code: 'ERR_INTERRUPTED', cause: why };
    const connecting = runTest({ host: '198.18.9.2' }, { namespace: network, signal: soon() });
    await expect(connecting).rejects.toMatchObject(interrupted);

    const server = await startServer({ port: 0 }, { namespace: network, signal: soon() });
    await server.closed;
    await expect(startServer({ port: 0 }, { signal: AbortSignal.abort(why) })).rejects.toMatchObject(interrupted);

    await using other = await startServer({ port: 0 }, { namespace: network });
    const running = runTest(
      { host: '127.0.0.1', port: other.port, settings: { durationSeconds: 0 } },
      { namespace: network, signal: soon() },
    );
    const ends: EndRecord[] = [];
    running.on('end', (end) => ends.push(end));
    await expect(running).rejects.toMatchObject(interrupted);
    expect(ends).toMatchObject([{ incomplete: true }]);
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});

describe.runIf(root)('networks', () => {
  let network: BuiltTopology;
  beforeAll(async () => {
    network = await buildTopology('veth', { mtuBytes: 1400 });
  });
  afterAll(async () => await network.close());

  it('commands run at their ends', async () => {
    expect(network.client).toMatchObject({ ipv4: expect.stringMatching(/^198\.18\./), mtuBytes: 1400 });
    const { stdout } = await network.client.run(['ip', '-4', '-brief', 'address']);
    expect(stdout).toContain(network.client.ipv4);
    await expect(network.server.run(['false'])).rejects.toMatchObject({ code: 'ERR_COMMAND_FAILED' });
    await expect(network.server.run(['there-is-no-such-program'])).rejects.toMatchObject({
      code: 'ERR_COMMAND_MISSING',
    });
    const signal = AbortSignal.timeout(100);
    await expect(network.server.run(['sleep', '30'], { signal })).rejects.toMatchObject({ code: 'ERR_INTERRUPTED' });
  });

  it('several tests at once across one have a port and figures of their own', async () => {
    const tests = [2, 3, 5].map((megabytes) => runAcross(network, { settings: { bytes: megabytes << 20 } }));
    const udp = runAcross(network, { settings: { protocol: 'udp', bytes: 1 << 20, rateBitsPerSecond: 50_000_000 } });
    const results = await Promise.all([...tests, udp]);
    const portOf = (result: TestResult) => JSON.parse(formatResult(result, 'json')).start.connecting_to.port;
    const ports = results.map(portOf);
    expect([...ports].sort()).toEqual([5201, 5202, 5203, 5204]);
    for (const [index, blocks] of [16, 24, 40].entries()) {
      expect(results[index]!.directions[0]!.receivedBytes).toBe(blocks * 131072);
    }
    expect(results[3]!.directions[0]!.receivedBytes).toBeGreaterThan(0);
    // Given back.
    expect(portOf(await runAcross(network, { settings: { bytes: 1 << 20 } }))).toBe(5201);
  });

  it('a test across one says where it ran and what was found, and is formatted as it is wanted', async () => {
    const test = runAcross(network, {
      settings: { durationSeconds: 1, protocol: 'udp', rateBitsPerSecond: 10_000_000 },
      pin: { client: [0], server: [1] },
      intervalSeconds: 0.5,
    });
    const prepared: TestPreparation[] = [];
    test.on('prepared', (preparation) => prepared.push(preparation));
    const rates: number[] = [];
    for await (const { streams, startSeconds, endSeconds } of test) {
      rates.push((8 * streams[0]!.bytes) / (endSeconds - startSeconds));
    }
    const result = await test;
    expect(prepared).toMatchObject([{ pin: { client: [0], server: [1] } }]);
    expect(prepared[0]!.description).toContain(network.server.ipv4!);
    expect(rates.length).toBeGreaterThanOrEqual(2);
    // Nearly all of a second's datagrams, unless the machine gives the ends no core.
    expect(result.bitsPerSecond).toBeGreaterThan(1_000_000);
    expect(result.bitsPerSecond).toBeLessThan(11_000_000);
    expect(result.measurement.path).toMatchObject({ kind: 'veth', pathMtuBytes: 1400 });
    expect(result.measurement.streams.map(({ pin }) => pin?.got)).toEqual([[0], [1]]);
    expect(result.findings.filter(({ severity }) => severity === 'error')).toEqual([]);

    const document = JSON.parse(formatResult(result, 'json'));
    expect(document.end.sum_received.bytes).toBe(result.directions[0]!.receivedBytes);
    expect(document.intervals.length).toBe(rates.length);
    expect(formatResult(result, 'text')).toMatch(/receiver\n[\s\S]*iperf Done\.\n$/);
    const lines = formatResult(result, 'json-stream').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).event)).toEqual([
      'start',
      ...rates.map(() => 'interval'),
      'vnetperf',
      'end',
    ]);
    expect(formatResult(result, 'csv').split('\n').length).toBeGreaterThan(1);
    expect(formatResult(result, 'html')).toMatch(/^<!doctype html>/i);
    expect(formatResult(result, 'svg')).toContain('<svg');
    expect(formatResult(result, 'markdown', { name: 'evening' })).toContain('evening');
  });

  it('of one that is closed nothing can be used', async () => {
    const short = await buildTopology('veth');
    await short.close();
    await short.close();
    await expect(short.client.run(['true'])).rejects.toMatchObject({
      name: 'TopologyError',
      code: 'ERR_TOPOLOGY_CLOSED',
    });
    await expect(runAcross(short, {})).rejects.toMatchObject({ code: 'ERR_TOPOLOGY_CLOSED' });
  });

  it('an abort ends building, searching and comparing, and leaves nothing', async () => {
    const why = new Error('no patience');
    const aborted = AbortSignal.abort(why);
    const soon = (ms: number) => {
      const ending = new AbortController();
      setTimeout(() => ending.abort(why), ms);
      return ending.signal;
    };
    const interrupted = { name: 'InterruptedError', code: 'ERR_INTERRUPTED', cause: why };
    const { descriptors } = resources(process.pid);
    await expect(buildTopology('veth', {}, { signal: aborted })).rejects.toMatchObject(interrupted);
    await expect(between('host', 'host', { signal: aborted })).rejects.toMatchObject(interrupted);
    await expect(runAcross(network, {}, { signal: aborted })).rejects.toMatchObject(interrupted);
    // Built and verified in some 50 ms: an abort comes at its beginning, in its middle, or when it stands already.
    await expect(buildTopology('bridge', {}, { signal: soon(0) })).rejects.toMatchObject(interrupted);
    for (const ms of [3, 6, 10, 15, 20, 30, 40, 60]) {
      const built = buildTopology('bridge', {}, { signal: soon(ms) });
      const error = await built.then((stands) => stands.close()).catch((reason) => reason);
      if (error !== undefined) expect(error).toMatchObject({ code: 'ERR_INTERRUPTED' });
    }
    const there = `/proc/self/fd/${network.client.namespace.fd}`;
    const search = between(there, `/proc/self/fd/${network.server.namespace.fd}`, { signal: soon(3) });
    await expect(search).rejects.toMatchObject(interrupted);

    const progress: ComparisonProgress['type'][] = [];
    const comparison = runComparison(
      { tests: [{ kind: 'veth' }, { kind: 'bridge', settings: { durationSeconds: 60 } }], seed: 2 },
      { signal: soon(1_500) },
    );
    for await (const { type } of comparison) progress.push(type);
    expect(progress.at(0)).toBe('planned');
    expect(progress.at(-1)).toBe('ended');
    expect(await comparison).toMatchObject({ state: 'interrupted' });
    await expect.poll(() => resources(process.pid).descriptors, { timeout: 5_000 }).toBe(descriptors);
  });

  it('one that stays says where its ends are, and is found there until it is taken down', async () => {
    const name = `kept-${process.pid}`;
    const built = await bringUp('veth', { mtuBytes: 1400 }, name);
    try {
      const { summary, mtuBytes, remarks, path, ...kept } = built;
      expect({ mtuBytes, remarks, pathMtuBytes: path.pathMtuBytes }).toEqual({
        mtuBytes: 1400,
        remarks: [],
        pathMtuBytes: 1400,
      });
      expect(keptNetworks().find((one) => one.name === name)).toEqual(kept);
      const [client, server] = kept.endpoints;
      await using found = await between(client!.place, server!.place);
      expect(found.server.ipv4).toBe(server!.ipv4);
    } finally {
      await takeDown(name);
    }
    expect(keptNetworks().filter((one) => one.name === name)).toEqual([]);
  });

  it('the network between two places is found, used and let go of', async () => {
    const place = ({ namespace }: { namespace: { fd: number } }) => `/proc/self/fd/${namespace.fd}`;
    const found = await between(place(network.client), place(network.server));
    const { bitsPerSecond } = await runAcross(found, { settings: { durationSeconds: 1 } });
    expect(bitsPerSecond).toBeGreaterThan(0);
    await found.close();
    await found[Symbol.asyncDispose]();
    await expect(found.client.run(['true'])).rejects.toMatchObject({ code: 'ERR_TOPOLOGY_CLOSED' });
    expect((await network.client.run(['ip', 'link'])).stdout).toContain('mtu 1400');
  });
});

it.runIf(root)(
  'a program that embeds it keeps its output, its signals and all else that is the process’s own',
  async () => {
    const child = fork(QUIET, [LIBRARY], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const printed = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.on('data', (chunk: Buffer) => {
        printed[name] += chunk;
      });
    }
    const messages: { before: object; meanwhile: object[]; after: object; told: string[] }[] = [];
    child.on('message', (message) => messages.push(message as (typeof messages)[number]));
    try {
      const [status] = await once(child, 'close', { signal: AbortSignal.timeout(30_000) });
      expect({ ...printed, status }).toEqual({ stdout: '', stderr: '', status: 0 });
    } finally {
      child.kill('SIGKILL');
    }
    const [{ before, meanwhile, after, told }] = messages as [(typeof messages)[number]];
    expect(meanwhile.length).toBeGreaterThan(0);
    for (const state of [...meanwhile, after]) expect(state).toEqual(before);
    expect(told).toEqual(['ERR_CONNECT', 'ERR_INTERRUPTED', 'ERR_INTERRUPTED', 'ERR_NO_SUCH_PLACE', 'ERR_MTU']);
  },
);
