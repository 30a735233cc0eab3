import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, startServer } from '../support/iperf-process.js';
import { type IperfReport, reportOf } from '../support/iperf-report.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { oneTest, pairings } from '../support/one-test.js';
import { flowingDataSockets, type SocketRow } from '../support/socket-table.js';

const QUICK = ['-J', '-n', '40K', '-l', '1000', '-b', '8M'];

describe.runIf(process.getuid?.() === 0).each(pairings)('addresses and marks, $client to $server', (pairing) => {
  let loopback: LoopbackNamespace;
  beforeAll(() => {
    loopback = new LoopbackNamespace();
  });
  afterAll(() => loopback[Symbol.dispose]());

  async function reports(
    clientArguments: readonly string[],
    { host = '127.0.0.1', server = [] as readonly string[] } = {},
  ): Promise<{ client: IperfReport; server: IperfReport }> {
    const finished = await oneTest(loopback.fd, pairing, {
      host,
      clientArguments: [...QUICK, ...clientArguments],
      serverArguments: ['-J', ...server],
    });
    expect(finished.client.stderr + finished.server.stderr).toBe('');
    expect([finished.client.status, finished.server.status]).toEqual([0, 0]);
    const both = { client: reportOf(finished.client), server: reportOf(finished.server) };
    expect(both.client.end.sum_received.bytes).toBeGreaterThan(0);
    return both;
  }

  describe.each([
    { protocol: 'TCP', options: [] as string[] },
    { protocol: 'UDP', options: ['-u'] },
  ])('$protocol', ({ options }) => {
    it.each([
      { flag: '-4', host: 'localhost', address: '127.0.0.1' },
      { flag: '-6', host: '::1', address: '::1' },
    ])('$flag', async ({ flag, host, address }) => {
      for (const direction of [[], ['-R']]) {
        const { client, server } = await reports([...options, flag, ...direction], { host });
        for (const { start } of [client, server]) {
          expect(start.connected).toMatchObject([{ local_host: address, remote_host: address }]);
        }
      }
    });

    it('-B is where the client comes from', async () => {
      const { client, server } = await reports([...options, '-B', '127.0.0.2']);
      expect(client.start.connected).toMatchObject([{ local_host: '127.0.0.2', remote_host: '127.0.0.1' }]);
      expect(server.start.connected).toMatchObject([{ local_host: '127.0.0.1', remote_host: '127.0.0.2' }]);
      expect(server.start).toMatchObject({ accepted_connection: { host: '127.0.0.2' } });
    });

    it('-B is where the server listens', async () => {
      const { server } = await reports([...options, '-P', '2'], { host: '127.0.0.3', server: ['-B', '127.0.0.3'] });
      expect(server.start.connected.map((stream) => stream.local_host)).toEqual(['127.0.0.3', '127.0.0.3']);
    });

    it('--cport is the first of the source ports', async () => {
      const ports = [40_100, 40_101, 40_102, 40_103];
      const one = await reports([...options, '-P', '4', '--cport', '40100']);
      expect(one.client.start.connected.map((stream) => stream.local_port)).toEqual(ports);
      expect(one.server.start.connected.map((stream) => stream.remote_port)).toEqual(ports);
      // Again at once: the connections of the first test may still be in TIME_WAIT.
      const two = await reports([...options, '-P', '2', '--bidir', '--cport', '40100']);
      expect(two.client.start.connected.map((stream) => stream.local_port)).toEqual(ports);
    });

    it.each([
      { mark: ['-S', '32'], tos: 0x20, host: '127.0.0.1' },
      { mark: ['-S', '0x68'], tos: 0x68, host: '::1' },
      { mark: ['--dscp', 'ef'], tos: 0xb8, host: '127.0.0.1' },
      { mark: ['--dscp', '10'], tos: 0x28, host: '::1' },
    ])('$mark is in the header of both ends, to $host', async ({ mark, tos, host }) => {
      const { client, server, seen } = await oneTest(loopback.fd, pairing, {
        host,
        clientArguments: ['-J', '-n', '100K', '-b', '1600K', '-l', '1000', ...options, ...mark],
        serverArguments: ['-J'],
        observe: flowingDataSockets(loopback, { protocol: options.length === 0 ? 'tcp' : 'udp' }),
      });
      expect([client.status, server.status]).toEqual([0, 0]);
      expect([client, server].map((end) => reportOf(end).start.test_start.tos)).toEqual([tos, tos]);
      expect(seen).toHaveLength(2);
      for (const socket of seen) {
        // iperf3's server marks only IPv6 headers: its sockets are IPv6 sockets, whatever they carry.
        const marks = socket.localPort === 5201 && pairing.server === 'iperf3' ? [socket.trafficClass] : onWire(socket);
        expect(marks).toEqual([tos]);
      }
    });
  });

  it('the server listens for both families, with -4 or -6 for one', async () => {
    for (const [option, host, status] of [
      ['-4', '127.0.0.1', 0],
      ['-4', '::1', 1],
      ['-6', '::1', 0],
      ['-6', '127.0.0.1', 1],
    ] as const) {
      await using server = await startServer(pairing.server, loopback.fd, [option]);
      const client = await run(pairing.client, loopback.fd, ['-c', host, '-n', '40K']);
      expect({ option, host, status: client.status }).toEqual({ option, host, status });
      expect(server.running).toBe(true);
    }
  });

  // iperf3's server answers UDP from the address that the kernel likes best, and its client then hears nothing.
  if (pairing.server === 'vnetperf') {
    it('UDP answers come from the address that the client asked', async () => {
      const { server } = await reports(['-u', '-P', '2'], { host: '127.0.0.9' });
      expect(server.start.connected.map((stream) => stream.local_host)).toEqual(['127.0.0.9', '127.0.0.9']);
    });
  }
});

/** What stands in the packets of this socket: the field of the family that it speaks. */
function onWire({ localHost, tos, trafficClass }: SocketRow): (number | undefined)[] {
  return localHost.includes(':') ? [trafficClass] : [tos];
}
