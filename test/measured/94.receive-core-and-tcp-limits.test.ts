import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNative } from '../../lib/platform/load-native.js';
import type { NativeSocket } from '../../lib/platform/native.js';
import type { StreamFacts } from '../../lib/traffic/events.js';
import { run } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { play, specificationFor, streamOf } from '../support/native-run.js';
import { closeAll, tcpPair } from '../support/tcp-pair.js';

const root = process.getuid?.() === 0;

describe.runIf(root)('of each stream', () => {
  let loopback: LoopbackNamespace;
  beforeAll(() => {
    loopback = new LoopbackNamespace();
  });
  afterAll(() => loopback[Symbol.dispose]());

  function udpPair(): { near: NativeSocket; far: NativeSocket } {
    const { openSocket } = loadNative();
    const bind = { host: '127.0.0.1', port: 0 };
    const far = openSocket({ protocol: 'udp', family: 4, namespace: loopback.fd, bind });
    const connect = { host: '127.0.0.1', port: far.localAddress().port };
    const near = openSocket({ protocol: 'udp', family: 4, namespace: loopback.fd, connect });
    far.connectTo(near.localAddress());
    return { near, far };
  }

  // Loopback hands a datagram up on the core that sent it.
  it.each([0, 1])('the receive core is that of a pinned sender of datagrams: core %d', async (core) => {
    const { near, far } = udpPair();
    const udp = { protocol: 'udp', lengthBytes: 1000, rateBitsPerSecond: 8_000_000 } as const;
    const { snapshots, end } = await play(
      specificationFor({} as never, {
        streams: [
          streamOf(near, { ...udp, cores: [core] }),
          streamOf(far, { ...udp, sending: false, cores: [1 - core] }),
        ],
      }),
    );
    near.close();
    far.close();
    expect(end.streams[1]).toMatchObject({ receiveCore: core, bytesByCore: [{ core: 1 - core }] });
    expect('receiveCore' in end.streams[0]!).toBe(false);
    for (const { streams } of snapshots.slice(0, -1)) {
      expect(streams.some((stream) => 'receiveCore' in stream)).toBe(false);
    }
  });

  it('the receive core is absent where nothing came', async () => {
    const { near, far } = udpPair();
    const silent = { protocol: 'udp', lengthBytes: 1000, sending: false } as const;
    const { end } = await play(
      specificationFor({} as never, { streams: [streamOf(far, silent)], durationSeconds: 0.1 }),
    );
    near.close();
    far.close();
    expect('receiveCore' in end.streams[0]!).toBe(false);
  });

  it('the receive core is one of the machine’s over a TCP connection', async () => {
    const pair = await tcpPair(loopback.fd);
    const { end } = await play(specificationFor(pair));
    closeAll(pair);
    expect(end.streams[1]!.receiveCore).toBeTypeOf('number');
    expect(end.cores[end.streams[1]!.receiveCore!]).not.toBeNull();
  });

  async function streamsOf(...options: string[]): Promise<{ client: StreamFacts; server: StreamFacts }> {
    const { stdout } = await run('vnetperf', loopback.fd, ['run', 'veth', '-t', '1', '-J', ...options]);
    const { vnetperf } = JSON.parse(stdout);
    return { client: vnetperf.streams[0], server: vnetperf.peer.streams[0] };
  }

  it('the facts tell the receive core, and how long a TCP sender was held up, at both ends', async () => {
    const { client, server } = await streamsOf();
    expect(server.receiveCore).toBeTypeOf('number');
    expect(client).not.toHaveProperty('receiveCore');
    expect(server).not.toHaveProperty('tcpLimits');
    const { busySeconds, receiveWindowLimitedSeconds, sendBufferLimitedSeconds } = client.tcpLimits!;
    expect(busySeconds).toBeGreaterThan(0.5);
    // The kernel rounds to its own ticks, 10 ms at most; the end of the run is known a little later than its time.
    expect(busySeconds).toBeLessThan(1.5);
    expect(receiveWindowLimitedSeconds + sendBufferLimitedSeconds).toBeLessThanOrEqual(busySeconds + 0.02);
  });

  it('the facts tell what small buffers cost', async () => {
    const { client, server } = await streamsOf('-w', '4K', '-R');
    expect(client).not.toHaveProperty('tcpLimits');
    expect(server.tcpLimits!.receiveWindowLimitedSeconds + server.tcpLimits!.sendBufferLimitedSeconds).toBeGreaterThan(
      0.3,
    );
  });

  it('the facts have no limits of TCP for datagrams', async () => {
    const { client, server } = await streamsOf('-u', '-b', '10M');
    expect(client).not.toHaveProperty('tcpLimits');
    expect(server).not.toHaveProperty('tcpLimits');
    expect(server.receiveCore).toBeTypeOf('number');
  });
});
