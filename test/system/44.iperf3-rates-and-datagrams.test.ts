import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forwardAmount, type IperfReport, reportOf, reverseAmount } from '../support/iperf-report.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { oneTest, pairings } from '../support/one-test.js';
import { twoReports } from '../support/two-reports.js';

const DIRECTIONS = [
  { name: 'forward', direction: [] as string[] },
  { name: 'reverse', direction: ['-R'] },
];

describe.runIf(process.getuid?.() === 0).each(pairings)('rates and datagrams, $client to $server', (pairing) => {
  let loopback: LoopbackNamespace;
  let directory: string;
  beforeAll(() => {
    loopback = new LoopbackNamespace();
    directory = mkdtempSync(join(tmpdir(), 'vnetperf-test-'));
  });
  afterAll(() => {
    loopback[Symbol.dispose]();
    rmSync(directory, { recursive: true });
  });

  const reports = (clientArguments: readonly string[], serverArguments: readonly string[] = []) =>
    twoReports(loopback.fd, pairing, { clientArguments, serverArguments });

  describe.each(DIRECTIONS)('$name', ({ direction }) => {
    const amountOf = direction.length === 0 ? forwardAmount : reverseAmount;
    const receiverOf = ({ client, server }: { client: IperfReport; server: IperfReport }) =>
      direction.length === 0 ? server : client;

    describe.each([
      { protocol: 'TCP', options: ['-l', '1000'] },
      { protocol: 'UDP', options: ['-u', '-l', '1000'] },
    ])('$protocol', ({ options }) => {
      const rate = 800_000;
      /** In how many tenths of the second half of what is due in it arrived: an interval may cut a few off a burst. */
      async function busyTenths(bitrate: string): Promise<number> {
        const both = await reports([...options, ...direction, '-t', '1', '-i', '0.1', '-b', bitrate], ['-i', '0.1']);
        const { sent } = amountOf(both.client, both.server);
        expect(sent).toBeGreaterThan((0.5 * rate) / 8);
        // One burst is sent before any time has passed.
        expect(sent).toBeLessThan((1.2 * rate) / 8 + 20 * 1000);
        return receiverOf(both).intervals.filter(({ sum }) => sum.bytes >= rate / 8 / 10 / 2).length;
      }

      it('-b spreads the blocks evenly; with a burst they come in lumps', async () => {
        expect(await busyTenths('800K')).toBeGreaterThanOrEqual(8);
        // Twenty blocks of 10 ms each: one burst in 200 ms.
        expect(await busyTenths('800K/20')).toBeLessThanOrEqual(7);
      });
    });

    it('--udp-counters-64bit', async () => {
      const options = ['-u', '--udp-counters-64bit', '-l', '200', '-b', '2M', '-k', '200', ...direction];
      const { client, server } = await reports(options);
      const { sent, received } = amountOf(client, server);
      if (direction.length === 0) expect({ sent, received }).toEqual({ sent: 40_000, received: 40_000 });
      expect(client.end.streams[0]?.udp).toMatchObject({ lost_packets: 0, out_of_order: 0 });
      expect(server.end.streams[0]?.udp).toMatchObject({ lost_packets: 0, out_of_order: 0 });
    });

    it('--repeating-payload fills the blocks with digits', async () => {
      const path = join(directory, 'payload');
      const toFile = ['-F', path];
      const options = ['--repeating-payload', '-l', '1000', '-n', '50K', ...direction];
      if (direction.length === 0) await reports(options, toFile);
      else await reports([...options, ...toFile]);
      const payload = readFileSync(path, 'latin1');
      // iperf3 sends whole blocks.
      expect(payload.length).toBeGreaterThanOrEqual(51_200);
      expect(payload).toBe('0123456789'.repeat(payload.length / 10));
    });

    it('without it they are random', async () => {
      const path = join(directory, 'payload');
      const toFile = ['-F', path];
      const options = ['-l', '1000', '-n', '50K', ...direction];
      if (direction.length === 0) await reports(options, toFile);
      else await reports([...options, ...toFile]);
      expect(new Set(readFileSync(path)).size).toBeGreaterThan(200);
    });

    describe('--dont-fragment on a path of 1500 bytes', () => {
      beforeAll(() => {
        loopback.run('ip', 'link', 'set', 'lo', 'mtu', '1500');
      });
      afterAll(() => {
        loopback.run('ip', 'link', 'set', 'lo', 'mtu', '65536');
      });
      const options = ['-u', '-b', '2M', '-k', '20', ...direction];

      it('lets datagrams through that fit', async () => {
        const before = fragmentsMade(loopback);
        const { client } = await reports([...options, '-l', '1448', '--dont-fragment']);
        expect(client.end.streams[0]?.udp).toMatchObject({ lost_packets: 0 });
        expect(fragmentsMade(loopback)).toBe(before);
      });

      // iperf3's server forbids it on IPv6 sockets only, and its sockets are IPv6 sockets whatever they carry.
      if (pairing.server === 'vnetperf' || direction.length === 0) {
        it('ends the test where they do not', async () => {
          const before = fragmentsMade(loopback);
          const { client } = await oneTest(loopback.fd, pairing, {
            clientArguments: [...options, '-l', '2000', '--dont-fragment'],
          });
          expect(client.status).toBe(1);
          expect(client.stderr).toContain('unable to write to stream socket: Message too long');
          expect(fragmentsMade(loopback)).toBe(before);
        });
      }

      it('without it they are cut up', async () => {
        const before = fragmentsMade(loopback);
        const { client } = await oneTest(loopback.fd, pairing, {
          clientArguments: ['-J', ...options, '-l', '2000'],
        });
        expect(client.status).toBe(0);
        expect(reportOf(client).end.sum_received.bytes).toBeGreaterThanOrEqual(40_000);
        expect(fragmentsMade(loopback)).toBeGreaterThan(before);
      });
    });
  });

  if (pairing.server === 'iperf3') {
    it('datagrams carry number and time where iperf3 looks for them', async () => {
      const path = join(directory, 'datagrams');
      const count = 20;
      for (const [option, numberBytes] of [
        [[], 4],
        [['--udp-counters-64bit'], 8],
      ] as const) {
        await reports(
          ['-u', '-l', '100', '-b', '800K', '-k', String(count), '--repeating-payload', ...option],
          ['-F', path],
        );
        const written = readFileSync(path);
        expect(written).toHaveLength(100 * count);
        for (let index = 0; index < count; index++) {
          const datagram = written.subarray(100 * index, 100 * (index + 1));
          const number = numberBytes === 4 ? datagram.readUInt32BE(8) : Number(datagram.readBigUInt64BE(8));
          expect(number).toBe(index + 1);
          expect(datagram.readUInt32BE(4)).toBeLessThan(1_000_000);
          expect(datagram.toString('latin1', 8 + numberBytes)).toMatch(/^\d+$/);
        }
      }
    });
  }
});

/** How many fragments the namespace's IPv4 has made. */
function fragmentsMade(loopback: LoopbackNamespace): number {
  const [names = '', values = ''] = loopback
    .run('cat', '/proc/self/net/snmp')
    .split('\n')
    .filter((line) => line.startsWith('Ip:'));
  return Number(values.split(' ')[names.split(' ').indexOf('FragCreates')]);
}
