import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { resolveClient } from '../../lib/configuration/resolve-client.js';
import { resolveServer } from '../../lib/configuration/resolve-server.js';
import type { TestSettings } from '../../lib/configuration/settings.js';
import { loadNative } from '../../lib/platform/load-native.js';
import type { Endpoint } from '../../lib/topology/endpoint.js';
import { type Topology, topology } from '../../lib/topology/topology.js';
import { runClient } from '../../lib/traffic/client.js';
import type { EndRecord } from '../../lib/traffic/events.js';
import { Server } from '../../lib/traffic/server.js';
import type { StreamPair } from '../../lib/traffic/stream-pairs.js';
import { LabCommands } from '../support/lab-command.js';

const DEADLINE_MS = 20_000;

describe.runIf(process.getuid?.() === 0)('one test over several pairs of ends', () => {
  /** Both sides in this process, as `run` has them. */
  async function measured(net: Topology, settings: Partial<TestSettings>, ipv6 = false): Promise<EndRecord> {
    const streamPairs = net.pairs.map(
      ({ client, server }): StreamPair => ({
        client: client.namespace,
        server: server.namespace,
        serverHost: ipv6 ? server.ipv6! : server.ipv4!,
      }),
    );
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const server = new Server(resolveServer({ port: 5201, oneOff: true }), {
      namespace: net.server.namespace,
      streamPairs,
      signal,
      onEvent: () => {},
    });
    await server.listen();
    const serving = server.serve();
    const request = { host: streamPairs[0]!.serverHost, settings: { durationSeconds: 0.5, ...settings } };
    const record = await runClient(resolveClient(request), {
      namespace: net.client.namespace,
      streamPairs,
      signal,
      onEvent: () => {},
    });
    await serving;
    return record;
  }

  /** Bytes that an end's interface has taken in, as its kernel counts them. */
  function arrived({ namespace, interface: device }: Endpoint): number {
    const words = ['--net=/proc/self/fd/3', 'ip', '-json', '-statistics', 'link', 'show', device];
    const stdio = ['ignore', 'pipe', 'inherit', namespace.fd] as const;
    const [link] = JSON.parse(execFileSync('nsenter', words, { stdio: [...stdio], encoding: 'utf8', timeout: 5_000 }));
    return link.stats64.rx.bytes;
  }

  const tests: [string, Partial<TestSettings>][] = [
    ['TCP', {}],
    ['TCP -R', { direction: 'reverse' }],
    ['TCP --bidir', { direction: 'bidirectional' }],
    ['TCP with buffers that the listener must have', { windowBytes: 262_144 }],
    ['TCP with a congestion control of its own', { congestion: 'reno' }],
    ['UDP', { protocol: 'udp', rateBitsPerSecond: 20_000_000 }],
    ['UDP -R', { protocol: 'udp', rateBitsPerSecond: 20_000_000, direction: 'reverse' }],
    ['UDP --bidir', { protocol: 'udp', rateBitsPerSecond: 20_000_000, direction: 'bidirectional' }],
  ];

  it.each(tests)('%s: each stream crosses the pair it was dealt to, and no other', async (_, settings) => {
    await using net = await topology('bridge', { endpoints: 3 });
    const parallel = 6;
    const before = net.pairs.map(({ client, server }) => [arrived(client), arrived(server)] as const);
    const { streams } = await measured(net, { ...settings, parallel });
    expect(streams.length).toBe(settings.direction === 'bidirectional' ? 2 * parallel : parallel);
    const carried = net.pairs.map(() => ({ toServer: 0, toClient: 0 }));
    for (const [index, { stream, local, remote }] of streams.entries()) {
      const place = (index % parallel) % net.pairs.length;
      const pair = net.pairs[place]!;
      expect(stream.local.host).toBe(pair.client.ipv4);
      expect(stream.remote).toMatchObject({ host: pair.server.ipv4, port: 5201 });
      const sends = settings.direction === 'bidirectional' ? index < parallel : settings.direction !== 'reverse';
      expect(stream.sender).toBe(sends);
      const { bytes } = sends ? remote! : local;
      expect(bytes).toBeGreaterThan(100_000);
      carried[place]![sends ? 'toServer' : 'toClient'] += bytes;
    }
    for (const [place, { client, server }] of net.pairs.entries()) {
      // Headers and acknowledgements come on top, and what was still on its way when the test ended.
      const { toServer, toClient } = carried[place]!;
      const [atClient, atServer] = [arrived(client) - before[place]![0], arrived(server) - before[place]![1]];
      expect(atServer).toBeGreaterThan(toServer);
      expect(atClient).toBeGreaterThan(toClient);
      if (toServer > 0) expect(atServer).toBeLessThan(1.3 * toServer + 0.05 * toClient + 1_000_000);
      if (toClient > 0) expect(atClient).toBeLessThan(1.3 * toClient + 0.05 * toServer + 1_000_000);
    }
  });

  it('over IPv6', async () => {
    await using net = await topology('bridge', { endpoints: 2, ipv6: true });
    const { streams } = await measured(net, { parallel: 2 }, true);
    expect(streams.map(({ stream }) => stream.remote.host)).toEqual(net.pairs.map(({ server }) => server.ipv6));
  });

  it('a server whose port one of the networks has no room for says so, and listens nowhere', async () => {
    await using net = await topology('bridge', { endpoints: 2 });
    const taken = loadNative().openSocket({
      protocol: 'tcp',
      family: 4,
      namespace: net.pairs[1]!.server.namespace.fd,
      bind: { host: '0.0.0.0', port: 5201 },
      listen: { backlog: 1 },
    });
    try {
      await expect(measured(net, { parallel: 2 })).rejects.toMatchObject({ iperf3Number: 102 });
    } finally {
      taken.close();
    }
    const { streams } = await measured(net, { parallel: 2 });
    expect(streams.length).toBe(2);
  });

  describe('run --endpoints N', () => {
    it('is one stream a pair, and a report of iperf3 with their sum', async () => {
      const vnetperf = new LabCommands();
      try {
        const { status, stdout, stderr } = await vnetperf.run('run', 'bridge', '--endpoints', '4', '-t', '1', '-J');
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
        const { start, end } = JSON.parse(stdout);
        const hosts = start.connected.map((one: { local_host: string }) => one.local_host);
        expect(new Set(hosts).size).toBe(4);
        expect(start.test_start.num_streams).toBe(4);
        expect(end.streams.length).toBe(4);
        const sum = end.streams.reduce(
          (bytes: number, one: { receiver: { bytes: number } }) => bytes + one.receiver.bytes,
          0,
        );
        expect(end.sum_received.bytes).toBe(sum);
        expect(vnetperf.left()).toEqual([]);
      } finally {
        await vnetperf.dispose();
      }
    });

    it.each([
      [['-P', '6'], '4 pairs of endpoints cannot share 6 streams equally: -P has to be a multiple of 4'],
      [['-B', '198.18.0.2'], '198.18.0.2 is an address of one client, and there are 4'],
    ])('refuses %j in one sentence', async (words, sentence) => {
      const vnetperf = new LabCommands();
      try {
        const refused = await vnetperf.run('run', 'bridge', '--endpoints', '4', '-t', '1', ...words);
        expect(refused).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(sentence) });
      } finally {
        await vnetperf.dispose();
      }
    });
  });
});
