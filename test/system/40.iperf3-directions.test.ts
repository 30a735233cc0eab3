import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forwardAmount, type IperfReport, reverseAmount } from '../support/iperf-report.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { type Pairing, pairings } from '../support/one-test.js';
import { type TwoReports, twoReports } from '../support/two-reports.js';

/**
 * Both roles against Debian's iperf3, at rates that leave nothing queued when the client ends. Forward, the client
 * waits for what is under way, so both sides count the same to the byte.
 */
const RATE_BITS_PER_SECOND = 8_000_000;
const BLOCK_BYTES = { tcp: 16_384, udp: 1_000 };

/**
 * In reverse the server sends on until the client's word reaches it. On an idle loopback that is less than a
 * millisecond; half a second covers a busy machine.
 */
const WORD_TAKES_SECONDS = 0.5;

describe.runIf(process.getuid?.() === 0)('TCP and UDP in every direction', () => {
  let loopback: LoopbackNamespace;
  beforeAll(() => {
    loopback = new LoopbackNamespace();
  });
  afterAll(() => loopback[Symbol.dispose]());

  const cases = pairings.flatMap((pairing) =>
    (['tcp', 'udp'] as const).flatMap((protocol) =>
      (['forward', 'reverse', 'bidirectional'] as const).flatMap((direction) =>
        [1, 4].map((parallel) => ({ ...pairing, protocol, direction, parallel })),
      ),
    ),
  );

  it.each(cases.map((test) => [title(test), test] as const))('%s', async (_, test) => {
    const { client, server } = await reports(loopback, test);
    const streams = test.parallel * (test.direction === 'bidirectional' ? 2 : 1);
    const weAreTheClient = test.client === 'vnetperf';
    const ours = weAreTheClient ? client : server;
    for (const report of [client, server]) {
      expect(report.error).toBeUndefined();
      expect(report.start.connected).toHaveLength(streams);
      expect(report.end.streams).toHaveLength(streams);
    }

    if (test.direction !== 'reverse') {
      const { sent, received, told } = forwardAmount(client, server);
      expect(received).toBe(sent);
      expect(told.client).toBe(told.server);
      expect(intervalBytes(ours, weAreTheClient)).toBe(sent);
      expect(sent).toBeGreaterThan((0.5 * test.parallel * RATE_BITS_PER_SECOND) / 8);
    }
    if (test.direction !== 'forward') {
      const { sent, received, told } = reverseAmount(client, server);
      const underWay = ((WORD_TAKES_SECONDS * RATE_BITS_PER_SECOND) / 8 + BLOCK_BYTES[test.protocol]) * test.parallel;
      expect(received).toBeLessThanOrEqual(sent);
      expect(sent - received).toBeLessThanOrEqual(underWay);
      expect(told.client).toBe(told.server);
      expect(intervalBytes(ours, !weAreTheClient)).toBe(weAreTheClient ? received : sent);
      expect(received).toBeGreaterThan((0.5 * test.parallel * RATE_BITS_PER_SECOND) / 8);
    }
    if (test.protocol === 'udp') expect(lostDatagrams(client)).toEqual(lostDatagrams(server).map(() => 0));
  });

  describe.each(pairings)('as fast as it goes, $client to $server', (pairing) => {
    const unlimited = (...options: string[]) =>
      twoReports(loopback.fd, pairing, { clientArguments: ['-P', '4', ...options] });

    it('TCP forward: both count the same', async () => {
      const { client, server } = await unlimited('-t', '1');
      const { sent, received } = forwardAmount(client, server);
      expect(received).toBe(sent);
    });

    it('TCP reverse: what the client has not counted is in the buffers of the streams', async () => {
      const { client, server } = await unlimited('-t', '1', '-R');
      const { sent, received } = reverseAmount(client, server);
      expect(received).toBeLessThanOrEqual(sent);
      expect(sent - received).toBeLessThanOrEqual(4 * bufferBytes());
    });

    it('UDP forward: what is not received is lost', async () => {
      const { client, server } = await unlimited('-u', '-b', '0', '-l', '1400', '-k', '100000');
      const { sum_sent: sent } = client.end;
      const { sum_received: received } = server.end;
      const lost = server.end.streams.reduce((sum, { udp }) => sum + (udp?.lost_packets ?? 0), 0);
      expect(received.bytes).toBe(1400 * ((received.packets ?? 0) - lost));
      expect(received.packets).toBeLessThanOrEqual(sent.packets ?? 0);
      expect(sent.bytes).toBe(1400 * (sent.packets ?? 0));
    });
  });

  /** The most that one TCP stream holds between the two programs. */
  function bufferBytes(): number {
    const largest = (name: string) => Number(loopback.run('cat', `/proc/sys/net/ipv4/${name}`).split('\t')[2]);
    return largest('tcp_rmem') + largest('tcp_wmem');
  }

  function reports(
    { fd }: LoopbackNamespace,
    { client, server, protocol, direction, parallel }: Pairing & (typeof cases)[number],
  ): Promise<TwoReports<undefined>> {
    const clientArguments = [
      ...['-t', '1', '-i', '0.5', '-P', String(parallel), '-b', String(RATE_BITS_PER_SECOND)],
      ...['-l', String(BLOCK_BYTES[protocol])],
      ...(protocol === 'udp' ? ['-u'] : []),
      ...{ forward: [], reverse: ['-R'], bidirectional: ['--bidir'] }[direction],
    ];
    return twoReports(fd, { client, server }, { clientArguments, serverArguments: ['-i', '0.5'] });
  }
});

function title({ client, server, protocol, direction, parallel }: Pairing & Record<string, unknown>): string {
  return `${client} to ${server}: ${protocol} ${direction} -P ${parallel}`;
}

function lostDatagrams(report: IperfReport): number[] {
  return report.end.streams.map(({ udp }) => udp?.lost_packets ?? Number.NaN);
}

/** Over all intervals, of the streams on which the reporting side sends, or receives. */
function intervalBytes({ intervals }: IperfReport, sender: boolean): number {
  const counted = intervals.flatMap(({ streams }) => streams).filter((stream) => stream.sender === sender);
  return counted.reduce((sum, { bytes }) => sum + bytes, 0);
}
