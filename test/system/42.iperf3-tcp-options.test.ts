import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IperfProcess } from '../support/iperf-process.js';
import { forwardAmount, type IperfReport, reverseAmount } from '../support/iperf-report.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { type OneTestOptions, oneTest, pairings } from '../support/one-test.js';
import { connectedSockets, flowingDataSockets, type SocketRow } from '../support/socket-table.js';
import { twoReports } from '../support/two-reports.js';

/** What an option does is read from the kernel's socket table while data flows, not from what the programs say. */
describe.runIf(process.getuid?.() === 0).each(pairings)('TCP options, $client to $server', (pairing) => {
  let loopback: LoopbackNamespace;
  beforeAll(() => {
    loopback = new LoopbackNamespace();
  });
  afterAll(() => loopback[Symbol.dispose]());

  async function watched(
    clientArguments: readonly string[],
    observe: OneTestOptions<SocketRow[]>['observe'] = flowingDataSockets(loopback),
  ): Promise<{ client: IperfReport; server: IperfReport; ours: IperfReport; sockets: SocketRow[] }> {
    const { seen, ...reports } = await twoReports(loopback.fd, pairing, {
      clientArguments: ['-n', '1M', '-b', '20M', '-l', '16K', ...clientArguments],
      observe,
    });
    const ours = pairing.client === 'vnetperf' ? reports.client : reports.server;
    const { sent, received } = clientArguments.includes('-R')
      ? reverseAmount(reports.client, reports.server)
      : forwardAmount(reports.client, reports.server);
    expect(sent).toBeGreaterThan(0);
    if (clientArguments.includes('-R')) expect(received).toBeLessThanOrEqual(sent);
    else expect(received).toBe(sent);
    return { ...reports, ours, sockets: seen };
  }

  describe.each([
    { name: 'forward', direction: [] as string[] },
    { name: 'reverse', direction: ['-R'] },
  ])('$name', ({ direction }) => {
    it('-w 100K sets the buffers of both ends', async () => {
      const { client, server, sockets } = await watched(['-w', '100K', ...direction]);
      // Linux doubles what it is asked for.
      const doubled = { sendBufferBytes: 204_800, receiveBufferBytes: 204_800 };
      expect(sockets).toMatchObject([doubled, doubled]);
      for (const { start } of [client, server]) {
        expect(start).toMatchObject({ sock_bufsize: 102_400, sndbuf_actual: 204_800, rcvbuf_actual: 204_800 });
      }
    });

    it('-M 1000 bounds the segments of both ends', async () => {
      const { client, sockets } = await watched(['-M', '1000', ...direction]);
      expect(sockets).toHaveLength(2);
      // Less twelve bytes for the time stamp in each segment.
      for (const { sendMssBytes } of sockets) expect(sendMssBytes).toBe(988);
      expect(client.start.tcp_mss).toBe(1000);
    });

    it('-C reno is the congestion control of both ends', async () => {
      const { client, sockets } = await watched(['-C', 'reno', ...direction]);
      expect(sockets.map(({ congestion }) => congestion)).toEqual(['reno', 'reno']);
      expect(client.end).toMatchObject({ sender_tcp_congestion: 'reno', receiver_tcp_congestion: 'reno' });
    });

    it('-N sends each small block at once; without it they wait for the last one to be acknowledged', async () => {
      // While the receiving program stands still, the kernel acknowledges for it, every 40 ms. Eight blocks come in
      // that time, fewer than the congestion window holds.
      // Two seconds, so that it still flows when the quarter of one that is looked at begins late.
      const options = ['-l', '100', '-n', '40K', '-b', '160K', ...direction];
      const flowing = flowingDataSockets(loopback, { afterBytes: 2_000 });
      const perSegment = async (more: string[]) => {
        const { sockets } = await watched([...options, ...more], (running) => {
          if (flowing() === undefined) return undefined;
          return whileStopped(direction.length === 0 ? running.server : running.client, async () => {
            const before = connectedSockets(loopback, 'tcp');
            await sleep(250);
            return differences(before, connectedSockets(loopback, 'tcp'));
          });
        });
        const { bytesSent, dataSegmentsSent } = sockets.find((row) => row.bytesSent > 2_000) as SocketRow;
        return bytesSent / dataSegmentsSent;
      };
      expect(await perSegment(['-N'])).toBeLessThan(200);
      expect(await perSegment([])).toBeGreaterThan(300);
    });

    it('--fq-rate 40M is the maximum pacing rate of our end, and of an iperf3 client', async () => {
      const { ours, sockets } = await watched(['--fq-rate', '40M', ...direction]);
      // iperf3's server paces what it sends only since 3.17.
      const paced = sockets.filter(({ localPort }) => pairing.server === 'vnetperf' || localPort !== 5201);
      expect(paced.map((row) => row.maxPacingBitsPerSecond)).toEqual(paced.map(() => 40_000_000));
      expect(paced).not.toHaveLength(0);
      expect(ours.start.fq_rate).toBe(40_000_000);
    });

    it('-Z sends without copying in the program', async () => {
      const { ours } = await watched(['-Z', ...direction]);
      const weSend = (pairing.client === 'vnetperf') === (direction.length === 0);
      expect(ours.vnetperf?.streams.map(({ path }) => path)).toEqual([weSend ? 'sendfile' : 'copy']);
    });
  });

  it('-C of an algorithm that no kernel has ends with status 1 and says so', async () => {
    const { client, server } = await oneTest(loopback.fd, pairing, { clientArguments: ['-C', 'nosuch', '-t', '1'] });
    expect([client.status, server.status]).toEqual([1, 0]);
    expect(client.stderr).toContain('unable to set TCP_CONGESTION');
  });

  it('-w beyond what the kernel grants ends with status 1 and says so', async () => {
    const { client, server } = await oneTest(loopback.fd, pairing, { clientArguments: ['-w', '500M', '-t', '1'] });
    expect([client.status, server.status]).toEqual([1, 0]);
    expect(client.stderr).toContain('socket buffer size not set correctly');
  });
});

async function whileStopped<Result>(process: IperfProcess, work: () => Promise<Result>): Promise<Result> {
  process.signal('SIGSTOP');
  try {
    return await work();
  } finally {
    process.signal('SIGCONT');
  }
}

/** The same sockets with what they sent in between. */
function differences(before: SocketRow[], after: SocketRow[]): SocketRow[] {
  return after.flatMap((row) => {
    const same = before.find((old) => old.localPort === row.localPort && old.remotePort === row.remotePort);
    if (same === undefined) return [];
    const bytesSent = row.bytesSent - same.bytesSent;
    return [{ ...row, bytesSent, dataSegmentsSent: row.dataSegmentsSent - same.dataSegmentsSent }];
  });
}
