import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveClient } from '../../lib/configuration/resolve-client.js';
import { loadNative } from '../../lib/platform/load-native.js';
import type { NativePingPong, NativeSocket, PingPongSpecification, RoundTrips } from '../../lib/platform/native.js';
import type { Network } from '../../lib/topology/network.js';
import { topology } from '../../lib/topology/topology.js';
import type { LatencyMeasurement, SessionEvent } from '../../lib/traffic/events.js';
import { openPingPong } from '../../lib/traffic/ping-pong.js';
import { runBothEnds, testOn } from '../../lib/traffic/run-both-ends.js';
import { run } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';

const root = process.getuid?.() === 0;
const DEADLINE_MS = 5_000;

function pingThreads(): string[] {
  return readdirSync('/proc/self/task')
    .map((task) => {
      try {
        return readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim();
      } catch {
        return '';
      }
    })
    .filter((name) => /^vnetperf-p[io]ng$/.test(name));
}

async function finished(pingPong: NativePingPong): Promise<RoundTrips> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const trips = pingPong.result();
    if (trips !== null) return trips;
    if (performance.now() > deadline) throw new Error('the phase did not end');
    await pause(2);
  }
}

function expectOrdered(latency: Omit<RoundTrips, 'errorCode'>): void {
  const { minMicroseconds, meanMicroseconds, maxMicroseconds, percentiles, relativeError } = latency;
  expect(percentiles.map(({ percentile }) => percentile)).toEqual([50, 90, 99, 99.9]);
  const times = [minMicroseconds, ...percentiles.map(({ microseconds }) => microseconds), maxMicroseconds];
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(minMicroseconds).toBeGreaterThan(1);
  expect(meanMicroseconds).toBeGreaterThanOrEqual(minMicroseconds);
  expect(meanMicroseconds).toBeLessThanOrEqual(maxMicroseconds);
  expect(relativeError).toBeLessThanOrEqual(0.01);
}

describe.runIf(root)('a ping-pong', () => {
  let loopback: LoopbackNamespace;
  const sockets: NativeSocket[] = [];
  beforeAll(() => {
    loopback = new LoopbackNamespace();
  });
  afterAll(() => {
    for (const socket of sockets) socket.close();
    loopback[Symbol.dispose]();
  });

  function specification(change: Partial<PingPongSpecification> = {}): PingPongSpecification {
    const { openSocket } = loadNative();
    const bind = { host: '127.0.0.1', port: 0 };
    const server = openSocket({ protocol: 'udp', family: 4, namespace: loopback.fd, bind });
    const connect = { host: '127.0.0.1', port: server.localAddress().port };
    const client = openSocket({ protocol: 'udp', family: 4, namespace: loopback.fd, connect });
    sockets.push(client, server);
    return { client, server, clientCores: [], serverCores: [], payloadBytes: 64, ...change };
  }

  const open = (change?: Partial<PingPongSpecification>) => new (loadNative().PingPong)(specification(change));

  it('measures phases, each for itself, and leaves no thread', async () => {
    const pingPong = open();
    expect(pingThreads()).toHaveLength(2);
    expect(pingPong.result()).toMatchObject({ samples: 0, lost: 0, percentiles: [] });
    for (const milliseconds of [200, 50]) {
      pingPong.start(0.001);
      expect(pingPong.result()).toBeNull();
      await pause(milliseconds);
      pingPong.stop();
      const trips = await finished(pingPong);
      expect(trips.samples).toBeGreaterThan(milliseconds / 10);
      expect(trips.lost).toBe(0);
      expect(trips).not.toHaveProperty('errorCode');
      expectOrdered(trips);
    }
    pingPong.close();
    pingPong.close();
    pingPong.start(0.001);
    pingPong.stop();
    expect(pingPong.result()).toBeNull();
    expect(pingThreads()).toEqual([]);
  });

  it('shares its sockets: they may be closed, and stay in use', async () => {
    const { client, server, ...rest } = specification();
    const pingPong = new (loadNative().PingPong)({ client, server, ...rest });
    client.close();
    server.close();
    pingPong.start(0.001);
    await pause(50);
    pingPong.stop();
    expect(await finished(pingPong)).toMatchObject({ lost: 0 });
    pingPong.close();
  });

  it('runs on the cores it is given, and several run at once', async () => {
    const several = [0, 1].map((core) => open({ clientCores: [core], serverCores: [core] }));
    for (const pingPong of several) pingPong.start(0.001);
    await pause(50);
    for (const pingPong of several) pingPong.stop();
    for (const pingPong of several) {
      expect((await finished(pingPong)).samples).toBeGreaterThan(5);
      pingPong.close();
    }
  });

  it('names a core it cannot have, and arguments that are none', () => {
    expect(() => open({ clientCores: [4095] })).toThrow(
      expect.objectContaining({ code: 'EINVAL', syscall: 'sched_setaffinity' }),
    );
    expect(() => open({ payloadBytes: 15 })).toThrow('payloadBytes must be an integer from 16 to 65507');
    expect(() => open({ serverCores: [-1] })).toThrow('serverCores must be an integer');
    expect(() => open({ client: {} as NativeSocket })).toThrow("socket must be a socket of vnetperf's addon");
    expect(() => new (loadNative().PingPong)(7 as never)).toThrow('specification must be an object');
    const pingPong = open();
    expect(() => pingPong.start(0)).toThrow('intervalSeconds must be a number from 0.00025');
    pingPong.close();
    expect(pingThreads()).toEqual([]);
  });

  it('ends with the thread of JavaScript that made it, in mid-phase', async () => {
    const script = `
      const { parentPort, workerData } = require('node:worker_threads');
      const native = require(workerData.addon);
      const bind = { host: '127.0.0.1', port: 0 };
      const server = native.openSocket({ protocol: 'udp', family: 4, namespace: workerData.namespace, bind });
      const connect = { host: '127.0.0.1', port: server.localAddress().port };
      const client = native.openSocket({ protocol: 'udp', family: 4, namespace: workerData.namespace, connect });
      const pingPong = new native.PingPong({ client, server, clientCores: [], serverCores: [], payloadBytes: 64 });
      pingPong.start(0.001);
      parentPort.postMessage('pinging');
      setInterval(() => {}, 1000);
    `;
    const addon = new URL('../../build/Release/vnetperf.node', import.meta.url).pathname;
    const worker = new Worker(script, { eval: true, workerData: { addon, namespace: loopback.fd } });
    await once(worker, 'message');
    expect(pingThreads()).toHaveLength(2);
    await worker.terminate();
    expect(pingThreads()).toEqual([]);
  });
});

/** A network whose server is known by another address than the one that leads to it: behind a forwarded port. */
function forwarded(client: LoopbackNamespace, server: LoopbackNamespace, port: number): Network {
  const end = (name: string, ipv4: string, namespace: LoopbackNamespace) => ({
    name,
    namespace,
    interface: 'lo',
    ipv4,
    ipv6: undefined,
    mtuBytes: 65_536,
  });
  const ends = { client: end('client', '127.0.0.1', client), server: end('server', '127.0.0.2', server) };
  return {
    kind: 'forwarded',
    ...ends,
    pairs: [ends],
    target: { ipv4: '127.0.0.1', ipv6: undefined, port, serverPort: port },
    carriers: [],
  } as unknown as Network;
}

describe.runIf(root)('round trips beside a test', () => {
  let loopback: LoopbackNamespace;
  beforeAll(() => {
    loopback = new LoopbackNamespace();
  });
  afterAll(() => loopback[Symbol.dispose]());

  const pin = { client: [], server: [] };
  const configuration = (settings: Parameters<typeof resolveClient>[0]['settings'] = {}) =>
    resolveClient({ host: '', settings: { durationSeconds: 1, ...settings } });

  async function measured(network: Network, settings?: Parameters<typeof configuration>[0], ipv6 = false) {
    const events: SessionEvent[] = [];
    const { end } = await runBothEnds(network, testOn(network, configuration(settings), ipv6), {
      pin,
      latency: true,
      onEvent: (event) => events.push(event),
    });
    return { end, events, latency: end.facts.latency };
  }

  function expectBoth(latency: LatencyMeasurement | undefined): void {
    expect(latency).toMatchObject({ protocol: 'udp', payloadBytes: 64 });
    for (const phase of [latency!.idle, latency!.loaded!]) {
      expectOrdered(phase);
      // Of 2000 and 1000: other work on the machine takes turns, and a neighbour of a virtual one nearly all of them.
      expect(phase.samples).toBeGreaterThan(20);
    }
    expect(latency!.idle.lost).toBe(0);
    expect(latency!.idle.samples + latency!.idle.lost).toBeLessThanOrEqual(2200);
    expect(latency!.loaded!.samples + latency!.loaded!.lost).toBeLessThanOrEqual(1200);
  }

  it.each<[string, Parameters<typeof configuration>[0], boolean]>([
    ['TCP', {}, false],
    ['UDP over IPv6', { protocol: 'udp', rateBitsPerSecond: 100_000_000 }, true],
    ['both directions', { direction: 'bidirectional', parallel: 2 }, false],
    ['the server sends', { direction: 'reverse' }, false],
  ])('%s', async (_, settings, ipv6) => {
    await using network = await topology('veth');
    const { end, events, latency } = await measured(network, settings, ipv6);
    expectBoth(latency);
    // What is reported is what is given back, and told once, after all that came before.
    expect(events.filter(({ type }) => type === 'end')).toMatchObject([{ facts: { latency } }]);
    expect(events.slice(-2).map(({ type }) => type)).toEqual(['end', 'done']);
    expect(end.facts.peer).not.toHaveProperty('latency');
    expect(pingThreads()).toEqual([]);
  });

  it('leave the omit period out', async () => {
    await using network = await topology('loopback');
    const { latency } = await measured(network, { omitSeconds: 2, protocol: 'udp', rateBitsPerSecond: 1_000_000 });
    expectBoth(latency);
  });

  it('between the first of several pairs', async () => {
    await using network = await topology('bridge', { endpoints: 2 });
    expectBoth((await measured(network, { parallel: 2 })).latency);
  });

  it('through one forwarded port: beside a TCP test, and before a UDP test, which needs it', async () => {
    const network = forwarded(loopback, loopback, 5701);
    const tcp = await measured(network);
    expectBoth(tcp.latency);
    expect(tcp.events.filter(({ type }) => type === 'warning')).toEqual([]);
    const udp = await measured(network, { protocol: 'udp', rateBitsPerSecond: 10_000_000 });
    expect(udp.end.streams[0]!.remote!.bytes).toBeGreaterThan(0);
    expectOrdered(udp.latency!.idle);
    expect(udp.latency).not.toHaveProperty('loaded');
    expect(udp.events.filter(({ type }) => type === 'warning')).toEqual([
      {
        type: 'warning',
        message: 'no round trip times under load: the one UDP port that leads to the server is the test’s own',
      },
    ]);
  });

  it('are left out with a sentence where no echo comes back', async () => {
    using elsewhere = new LoopbackNamespace();
    using pingPong = openPingPong(
      forwarded(loopback, elsewhere, 5702),
      { host: '127.0.0.1', settings: configuration().settings },
      { pin, idleSeconds: 0.1 },
    );
    expect(await pingPong.idle()).toMatch(
      /^no round trip times: of \d+ datagrams to an echo at 127\.0\.0\.1 none came back \(ECONNREFUSED\)$/,
    );
    pingPong.loadBegins();
    pingPong.loadEnds();
    expect(await pingPong.measurement()).toBeUndefined();
  });

  it('end at once when the test is interrupted before the load, or under it', async () => {
    await using network = await topology('veth');
    for (const milliseconds of [300, 1600]) {
      const aborting = new AbortController();
      const events: SessionEvent['type'][] = [];
      const test = testOn(network, configuration({ durationSeconds: 10 }), false);
      const start = performance.now();
      setTimeout(() => aborting.abort(), milliseconds);
      await expect(
        runBothEnds(network, test, {
          pin,
          latency: true,
          signal: aborting.signal,
          onEvent: ({ type }) => events.push(type),
        }),
      ).rejects.toMatchObject({ code: 'ERR_INTERRUPTED' });
      expect(performance.now() - start).toBeLessThan(milliseconds + 2000);
      expect(events.at(-1)).toBe('error');
      expect(pingThreads()).toEqual([]);
    }
  });

  it('stand in the report of the command, and nowhere unless they are asked for', async () => {
    const command = (...options: string[]) => run('vnetperf', loopback.fd, ['run', 'veth', '-t', '1', ...options]);
    const text = await command('--latency', '--pin', '0:1');
    expect(text).toMatchObject({ status: 0, stderr: '' });
    expect(text.stdout).toMatch(
      /\nlatency {2}idle {8}p50 [\d.]+ [um]s +p99 [\d.]+ [um]s +p99\.9 [\d.]+ [um]s +max [\d.]+ [um]s +\(\d+ round trips\)\n/,
    );
    expect(text.stdout).toMatch(/\nlatency {2}under load {2}p50 .* round trips(, \d+ lost)?\)\n/);
    const json = JSON.parse((await command('--latency', '-J')).stdout);
    expectBoth(json.vnetperf.latency);
    expect(json.vnetperf.peer).not.toHaveProperty('latency');
    expect(JSON.parse((await command('-J')).stdout).vnetperf).not.toHaveProperty('latency');
    expect((await command()).stdout).not.toContain('latency');
  });
});
