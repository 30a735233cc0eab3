import { describe, expect, it } from 'vitest';
import {
  acrossFault,
  type Counted,
  DATAGRAM_BYTES,
  DIRECTIONS,
  measured,
  type Reports,
  SERVER_PORT,
} from '../support/datagrams-across-faults.js';
import { kernelCounters } from '../support/kernel-counters.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';

const root = process.getuid?.() === 0;

function counters(network: LoopbackNamespace) {
  return kernelCounters(network.run('cat', '/proc/net/snmp'));
}

describe.runIf(root).each(DIRECTIONS)('$direction, across a path with known faults', ({ direction, option, way }) => {
  const ONE_SECOND = ['-b', '10M', '-t', '1', '-i', '0.2', ...option];
  const receiver = ({ client, server }: Reports) => (direction === 'forward' ? server : client);

  it('every 100th datagram dropped is that loss and no other', async () => {
    const reports = await acrossFault({ kind: 'drop', every: 100 }, [...ONE_SECOND, '-P', '2']);
    const { intervals, vnetperf, end } = receiver(reports);
    let lostOfAll = 0;
    for (const [index, { [way]: relayed }] of reports.relayed.entries()) {
      const counted = (figure: keyof Counted) =>
        intervals.reduce((sum, { streams }) => sum + (streams[index]?.[figure] ?? 0), 0);
      // Up to the last one that came; which are missing behind it only the sender can know.
      const highest = counted('packets');
      expect(highest).toBeGreaterThan(600);
      // A quarter of a second's.
      expect(relayed.came - highest).toBeLessThan(312);
      expect(counted('lost_packets')).toBe(Math.floor(highest / 100));
      expect(end.streams[index]?.udp).toMatchObject({ lost_packets: Math.floor(highest / 100), out_of_order: 0 });
      expect(vnetperf.streams[index]).toMatchObject({ socketBufferDrops: 0, duplicates: 0 });
      lostOfAll += counted('lost_packets');
    }
    const { packets, lost_packets: lost, lost_percent: lostPercent } = reports.client.end.sum_received;
    expect(lost).toBe(lostOfAll);
    expect(lostPercent).toBeCloseTo((100 * lostOfAll) / packets, 6);
  });

  it('reordered datagrams are out of order and not lost', async () => {
    const reports = await acrossFault({ kind: 'swap', every: 10 }, ONE_SECOND);
    const { intervals, end, vnetperf } = receiver(reports);
    const outOfOrder = end.streams[0]?.udp.out_of_order ?? 0;
    expect(Math.abs(outOfOrder - (reports.relayed[0]?.[way].faults ?? 0))).toBeLessThanOrEqual(5);
    expect(outOfOrder).toBeGreaterThan(100);
    // Where the end came between the two of a pair, the first of them is missing.
    expect(reports.client.end.sum_received.lost_packets).toBeLessThanOrEqual(1);
    for (const { sum } of intervals) expect(sum.lost_packets).toBeGreaterThanOrEqual(0);
    expect(vnetperf.streams[0]).toMatchObject({ socketBufferDrops: 0, duplicates: 0 });
  });

  it('duplicates are told apart: neither datagrams more nor losses less', async () => {
    const reports = await acrossFault({ kind: 'duplicate', every: 10 }, ONE_SECOND);
    const { end, vnetperf } = receiver(reports);
    const highest = reports.client.end.sum_received.packets;
    expect(highest).toBeLessThanOrEqual(reports.client.end.sum_sent.packets);
    expect(end.streams[0]?.udp).toMatchObject({ lost_packets: 0, out_of_order: 0 });
    const duplicates = vnetperf.streams[0]?.duplicates ?? Number.NaN;
    expect(duplicates).toBeLessThanOrEqual(Math.floor(highest / 10));
    // The end may have come between the two.
    expect(duplicates).toBeGreaterThanOrEqual(Math.floor((highest - 1) / 10));
    // They came across the network all the same: bytes are what was received.
    expect(end.sum_received.bytes).toBe((highest + duplicates) * DATAGRAM_BYTES);
  });
});

describe.runIf(root)('the kernel counted the same datagrams', () => {
  it.each(['-P 1', '-R', '-P 3', '-R -P 3', '--bidir', '-O 1'])('%s', async (options) => {
    using network = new LoopbackNamespace();
    const before = counters(network);
    const { client, server } = await measured(network, SERVER_PORT, ['-b', '20M', '-t', '1', ...options.split(' ')]);
    const after = counters(network);
    const streams = client.vnetperf.streams.length;
    const all = [client, server].flatMap(({ vnetperf }) => vnetperf.streams);
    const datagrams = (role: 'sender' | 'receiver') =>
      all
        .filter((stream) => stream.role === role)
        .flatMap(({ bytesByCore }) => bytesByCore)
        .reduce((sum, { bytes }) => sum + bytes / DATAGRAM_BYTES, 0);
    // Each stream was greeted and answered.
    expect(after.udpOut - before.udpOut).toBe(datagrams('sender') + 2 * streams);
    expect(after.udpIn - before.udpIn).toBe(datagrams('receiver') + 2 * streams);
    expect(client.end.sum_sent.packets * DATAGRAM_BYTES).toBe(client.end.sum_sent.bytes);
  });

  it('those that a small socket buffer dropped are lost, and told apart from what the network loses', async () => {
    using network = new LoopbackNamespace();
    const before = counters(network);
    const reports = await measured(network, SERVER_PORT, ['-b', '0', '-k', '50000', '-w', '8K']);
    const dropped = counters(network).udpReceiveBufferErrors - before.udpReceiveBufferErrors;
    expect(dropped).toBeGreaterThan(0);
    expect(reports.server.vnetperf.streams).toMatchObject([{ socketBufferDrops: dropped }]);
    // What was dropped behind the last datagram that came only the sender can know.
    const { sum_sent: sent, sum_received: received } = reports.client.end;
    const unseen = sent.packets - received.packets;
    expect(received.lost_packets).toBe(dropped - unseen);
  });
});
