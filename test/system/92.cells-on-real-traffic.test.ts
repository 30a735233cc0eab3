import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../lib/compare/measurement.js';
import { executeCell } from '../../lib/compare/measuring/execute-cell.js';
import { measureOnNetwork } from '../../lib/compare/measuring/measure-on-network.js';
import { MachineWatch } from '../../lib/topology/diagnosis/machine-facts.js';
import { topology } from '../../lib/topology/topology.js';
import { aCell } from '../support/a-cell.js';
import { inside, interfaceCounters, payload } from '../support/interface-counters.js';
import { kernelCounters } from '../support/kernel-counters.js';
import { leftBehind, machineState } from '../support/machine-state.js';
import { isMeasurementByAjv } from '../support/result-documents.js';

const root = process.getuid?.() === 0;
const signal = new AbortController().signal;
const MEBIBYTE = 1_048_576;
/** Control connection, handshakes, address resolution. */
const CONTROL_BYTES = 16 * 1024;
/** With the header that a packet of its own has on the path. */
const SEGMENT_BYTES = 1448;

/** Of the streams that this end received, or sent. */
function bytesAt({ streams }: Measurement, end: 'client' | 'server', role: 'sender' | 'receiver'): number {
  return streams.filter((one) => one.end === end && one.role === role).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** What must be true of every measurement of ours. */
function expectSound(measured: Measurement): void {
  const { streams, directions, cores, intervals } = measured;
  for (const { bytes, bytesByCore } of streams) {
    expect(bytesByCore.reduce((sum, part) => sum + part.bytes, 0)).toBe(bytes);
  }
  for (const { from, receivedBytes } of directions) {
    expect(receivedBytes).toBeGreaterThan(0);
    const receivers = streams.filter(({ end, role }) => end !== from && role === 'receiver');
    expect(receivers.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThanOrEqual(receivedBytes);
  }
  for (const { user, system, irq, softirq, steal, idle } of [cores, ...intervals.map((one) => one.cores)].flat()) {
    expect(user + system + irq + softirq + steal + idle).toBeCloseTo(100, 6);
  }
  const ofIntervals = intervals.flatMap((interval) => interval.streams).reduce((sum, { bytes }) => sum + bytes, 0);
  const ofClient = streams.filter(({ end }) => end === 'client').reduce((sum, { bytes }) => sum + bytes, 0);
  expect(ofIntervals).toBe(ofClient);
  const written: unknown = JSON.parse(JSON.stringify(measured));
  expect(written).toEqual(measured);
  expect(isMeasurementByAjv(written), JSON.stringify(isMeasurementByAjv.errors)).toBe(true);
}

describe.runIf(root)('bytes are those that the kernel counted', () => {
  const TESTS = [
    { name: 'TCP', settings: { bytes: 64 * MEBIBYTE } },
    { name: 'TCP -R', settings: { bytes: 64 * MEBIBYTE, direction: 'reverse' as const } },
    { name: 'TCP -P 3', settings: { bytes: 96 * MEBIBYTE, parallel: 3 } },
    {
      name: 'TCP --bidir',
      settings: { durationSeconds: 1, rateBitsPerSecond: 200_000_000, direction: 'bidirectional' as const },
    },
    { name: 'TCP over IPv6', settings: { bytes: 64 * MEBIBYTE }, family: 6 as const },
  ];

  it.each(TESTS)('$name', async ({ settings, family }) => {
    const { request } = aCell({ settings, ...(family === undefined ? {} : { family }) });
    const watch = new MachineWatch();
    await using network = await topology('bridge');
    const ends = [network.client, network.server];
    const before = await Promise.all(ends.map(interfaceCounters));
    const measured = await measureOnNetwork(network, request, watch, signal);
    const after = await Promise.all(ends.map(interfaceCounters));
    const kernels = (await Promise.all(ends.map((end) => inside(end, 'cat', '/proc/net/snmp')))).map(kernelCounters);
    const resent = kernels.reduce((sum, { tcpRetransmittedSegments }) => sum + tcpRetransmittedSegments, 0);

    expectSound(measured);
    expect(measured.path!.description).toContain(family === 6 ? 'fd00:198:18::' : '198.18.');
    const told = measured.directions.reduce((sum, { retransmits = 0 }) => sum + retransmits, 0);
    // A stream's last reading comes before its socket is closed.
    expect(told).toBeLessThanOrEqual(resent);
    const slack = CONTROL_BYTES + resent * SEGMENT_BYTES;
    for (const [index, end] of (['client', 'server'] as const).entries()) {
      for (const [way, role] of [
        ['tx', 'sender'],
        ['rx', 'receiver'],
      ] as const) {
        const carried = payload(after[index], before[index], way, family === 6 ? 'ipv6' : 'ipv4');
        const more = carried - bytesAt(measured, end, role);
        expect(more).toBeGreaterThanOrEqual(0);
        // Who decides the end by the clock leaves unread what is then under way: at a rate, one block.
        const unread = settings.durationSeconds === undefined ? 0 : settings.rateBitsPerSecond! / 8 / 100;
        expect(more).toBeLessThan(slack + unread);
      }
    }
  });

  it.each(['forward', 'reverse'] as const)('UDP %s: as many datagrams', async (direction) => {
    const settings = { protocol: 'udp' as const, rateBitsPerSecond: 20_000_000, parallel: 2, direction };
    const { request } = aCell({ settings });
    const watch = new MachineWatch();
    await using network = await topology('veth');
    const counters = async () =>
      kernelCounters(await inside(direction === 'forward' ? network.server : network.client, 'cat', '/proc/net/snmp'));
    const before = await counters();
    const measured = await measureOnNetwork(network, request, watch, signal);
    const after = await counters();
    expectSound(measured);
    const [only] = measured.directions;
    expect(only).toMatchObject({ from: direction === 'forward' ? 'client' : 'server', lost: 0, outOfOrder: 0 });
    expect(only!.jitterMs).toBeGreaterThan(0);
    const arrived = after.udpIn - before.udpIn;
    expect(arrived).toBeGreaterThanOrEqual(only!.datagrams!);
    // A greeting for each stream.
    expect(arrived).toBeLessThanOrEqual(only!.datagrams! + 8);
    const inIntervals = measured.intervals.reduce((sum, { datagrams = 0 }) => sum + datagrams, 0);
    expect(Math.abs(inIntervals - only!.datagrams!)).toBeLessThanOrEqual(0.02 * only!.datagrams!);
    expect(measured.intervals.every(({ lost }) => lost === 0)).toBe(true);
  });
});

describe.runIf(root)('a cell', () => {
  it.each(['loopback', 'veth', 'bridge'])('on %s builds its network, measures, and leaves nothing', async (kind) => {
    const before = machineState();
    const measured = await executeCell(
      aCell({ topologyKind: kind, pin: { client: [0], server: [1] }, intervalSeconds: 0.5 }),
      signal,
    );
    expectSound(measured);
    expect(leftBehind(before)).toEqual([]);
    expect(measured.bitsPerSecond).toBeGreaterThan(1e8);
    expect(measured.durationSeconds).toBeGreaterThan(0.95);
    expect(measured.intervals.length).toBeGreaterThanOrEqual(2);
    expect(measured.path).toMatchObject({ kind, pathMtuBytes: kind === 'loopback' ? 65_535 : 1500 });
    expect(measured.path!.description).toMatch(/\(core 0\).*\(core 1\)/);
    expect(measured.path!.hops.length).toBeGreaterThanOrEqual(kind === 'bridge' ? 4 : 1);
    expect(measured.streams.map(({ end, role, pin, migrations }) => [end, role, pin!.got, migrations])).toEqual([
      ['client', 'sender', [0], 0],
      ['server', 'receiver', [1], 0],
    ]);
    const tcp = measured.streams[0]!.tcp!;
    expect(tcp.busySeconds).toBeGreaterThan(0);
    expect(tcp.maxCongestionWindowBytes).toBeGreaterThan(0);
    for (const { ends } of measured.intervals) expect(Object.keys(ends).sort()).toEqual(['client', 'server']);
  });

  it('tells what the server’s own kernel knew of what it sent', async () => {
    const { streams, intervals } = await executeCell(
      aCell({ settings: { direction: 'bidirectional', parallel: 2 }, intervalSeconds: 0.5 }),
      signal,
    );
    expect(streams).toHaveLength(8);
    const senders = streams.filter(({ role }) => role === 'sender');
    expect(senders.map(({ end }) => end)).toEqual(['client', 'client', 'server', 'server']);
    for (const { tcp } of senders) {
      expect(tcp!.meanRttMicroseconds).toBeGreaterThan(0);
      expect(tcp!.busySeconds).toBeGreaterThan(0);
    }
    expect(intervals[0]!.streams.every(({ congestionWindowBytes = 0 }) => congestionWindowBytes > 0)).toBe(true);
  });

  it('across a switch in a process tells what that used', async () => {
    const { carriers, intervals } = await executeCell(aCell({ topologyKind: 'ovs-netdev' }), signal);
    expect(carriers).toMatchObject([{ name: 'ovs-vswitchd' }]);
    expect(carriers[0]!.cpuPercent).toBeGreaterThan(1);
    expect(intervals[0]!.carriers![0]!.cpuPercent).toBeGreaterThan(1);
  });

  it('counts apart what belongs to the omit period', async () => {
    const measured = await executeCell(
      aCell({ settings: { omitSeconds: 1 }, topologyOptions: { mtuBytes: 1400 } }),
      signal,
    );
    expect(measured.path!.pathMtuBytes).toBe(1400);
    expect(measured.intervals.map(({ omitted }) => omitted)).toEqual([true, false]);
    const receiver = measured.streams.find(({ role }) => role === 'receiver')!;
    expect(receiver.bytes).toBeGreaterThan(measured.directions[0]!.receivedBytes);
  });
});
