import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Topology, topology } from '../../lib/topology/topology.js';
import type { StreamFacts, VnetperfFacts } from '../../lib/traffic/events.js';
import { inside } from '../support/interface-counters.js';
import { IperfProcess, type Program, startServer } from '../support/iperf-process.js';
import { kernelCounters } from '../support/kernel-counters.js';

interface Report {
  end: {
    streams: { udp: { packets: number; lost_packets: number; out_of_order: number } }[];
    sum_sent: { packets: number; bytes: number };
    sum_received: { packets: number; lost_packets: number; bytes: number };
  };
  vnetperf?: VnetperfFacts;
}

const SWITCHES: string[][] = [[], ['--batch', '1'], ['--gso'], ['--gro'], ['--gsro'], ['--gsro', '--batch', '4']];
const SIZES = [16, 64, 1000, 1448, 1472, 1473, 9000, 40_000, 65_507];
/** Of what fits into one packet of the bridge: an IPv4 header and a UDP header before it. */
const LARGEST_UNFRAGMENTED_BYTES = 1472;
const FRAGMENTATION_WARNING = /^warning: UDP block size \d+ exceeds TCP MSS \d+, may result in fragmentation.*\n/;
const COUNT = 300;

/**
 * How long all of them take. The receive buffer holds 4 MiB, doubled by the kernel, of what a datagram occupies: some
 * 2 KiB one that fits into a packet, but more than 100 KiB a large one, whose fragments keep a buffer each. Of these 80
 * fit in, so that a receiver may wait half a second for its core and lose none.
 */
function secondsFor(bytes: number): number {
  return bytes < 9000 ? 0.2 : 2;
}

/** What is cut into fragments is the kernel's work, whichever way it was handed over. */
function switchesFor(bytes: number): string[][] {
  return bytes < 9000 ? SWITCHES : SWITCHES.filter((switches) => switches.length !== 1);
}

describe.runIf(process.getuid?.() === 0)('datagrams on a bridge, against the counters of the kernel', () => {
  let lab: Topology;
  beforeAll(async () => {
    lab = await topology('bridge');
  });
  afterAll(async () => await lab.close());

  const counters = async (end: Topology['client']) => kernelCounters(await inside(end, 'cat', '/proc/net/snmp'));

  async function measured(client: Program, server: Program, options: readonly string[]) {
    const before = { client: await counters(lab.client), server: await counters(lab.server) };
    await using serving = await startServer(server, lab.server.namespace.fd, ['-1']);
    await using asking = new IperfProcess(client, lab.client.namespace.fd, [
      '-c',
      lab.server.ipv4 as string,
      '-J',
      '-u',
      ...options,
    ]);
    const asked = await asking.finished();
    expect({ ...asked, stderr: asked.stderr.replace(FRAGMENTATION_WARNING, '') }).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(await serving.finished()).toMatchObject({ status: 0, stderr: '' });
    const after = { client: await counters(lab.client), server: await counters(lab.server) };
    const report: Report = JSON.parse(asked.stdout);
    return { report, before, after };
  }

  function endsOf(facts: VnetperfFacts | undefined): { sender: StreamFacts; receiver: StreamFacts } {
    const all = [...(facts?.streams ?? []), ...(facts?.peer?.streams ?? [])];
    const one = (role: StreamFacts['role']) => {
      const found = all.filter((stream) => stream.role === role);
      expect(found).toHaveLength(1);
      return found[0] as StreamFacts;
    };
    return { sender: one('sender'), receiver: one('receiver') };
  }

  describe.each(SIZES)('%d bytes', (bytes) => {
    it.each(switchesFor(bytes).map((switches) => ({ name: switches.join(' ') || 'no switch', switches })))(
      '$name',
      async ({ switches }) => {
        // In bursts that fill a batch.
        const rate = `${Math.round((bytes * 8 * COUNT) / secondsFor(bytes))}/20`;
        const options = ['-l', `${bytes}`, '-k', `${COUNT}`, '-b', rate, ...switches];
        const { report, before, after } = await measured('vnetperf', 'vnetperf', options);
        expect(report.end.sum_sent).toMatchObject({ packets: COUNT, bytes: COUNT * bytes });
        expect(report.end.sum_received).toMatchObject({ packets: COUNT, lost_packets: 0, bytes: COUNT * bytes });
        const { sender, receiver } = endsOf(report.vnetperf);
        expect(receiver).toMatchObject({ duplicates: 0, socketBufferDrops: 0 });

        const asksFor = (...options: string[]) => switches.some((option) => options.includes(option));
        const segmented = asksFor('--gso', '--gsro') && bytes <= LARGEST_UNFRAGMENTED_BYTES;
        // To the kernel a segmented send is one datagram, and so is what it hands up at once. A greeting and its answer
        // are one more each way.
        expect(after.client.udpOut - before.client.udpOut).toBe((sender.packets as number) + 1);
        expect(after.server.udpIn - before.server.udpIn).toBe((receiver.packets as number) + 1);
        expect(after.server.udpReceiveBufferErrors).toBe(before.server.udpReceiveBufferErrors);
        if (segmented) expect(sender.packets).toBeLessThanOrEqual(COUNT / 20);
        else expect(sender.packets).toBe(COUNT);
        expect(receiver.packets).toBe(asksFor('--gro', '--gsro') ? sender.packets : COUNT);
        expect(sender.segmentationRefused ?? false).toBe(asksFor('--gso', '--gsro') && !segmented);
        expect(receiver.segmentationRefused).toBeUndefined();
        if (asksFor('1')) expect(sender.calls).toBe(COUNT);
      },
    );
  });

  // It ignores that segmentation was asked for, and sends and receives datagram by datagram.
  describe('with an iperf3 that knows no segmentation', () => {
    it.each(['forward', '-R', '--bidir'])('%s', async (direction) => {
      // So few that the socket's buffer holds a third of a second of them: a receiver that waits for a core loses none.
      const traffic = ['-l', '1000', '-b', '2M/20', '-t', '1'];
      const options = [...traffic, '--gsro', ...(direction === 'forward' ? [] : [direction])];
      const { report, before, after } = await measured('vnetperf', 'iperf3', options);
      expect(report.end.sum_received.packets).toBeGreaterThan(125);
      expect(report.end.sum_received.lost_packets).toBe(0);
      for (const { role, packets, bytesByCore, segmentationRefused } of report.vnetperf?.streams ?? []) {
        const datagrams = bytesByCore.reduce((sum, { bytes }) => sum + bytes, 0) / 1000;
        expect(segmentationRefused).toBeUndefined();
        if (role === 'receiver') {
          expect(packets).toBe(datagrams);
          expect(after.client.udpIn - before.client.udpIn).toBe(datagrams + (direction === '--bidir' ? 2 : 1));
        } else {
          expect(packets).toBeLessThanOrEqual(datagrams / 20 + 1);
        }
      }
    });

    it('its own tests of ours go as ever', async () => {
      for (const direction of [[], ['-R']]) {
        const { report } = await measured('iperf3', 'vnetperf', ['-l', '1000', '-b', '2M', '-t', '1', ...direction]);
        expect(report.end.streams[0]?.udp).toMatchObject({ lost_packets: 0, out_of_order: 0 });
        expect(report.end.streams[0]?.udp.packets).toBeGreaterThan(125);
      }
    });
  });
});
