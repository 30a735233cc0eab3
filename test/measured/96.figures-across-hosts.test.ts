import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LinkMeasurement } from '../../lib/compare/link-measurement.js';
import type { ComparisonResult } from '../../lib/compare/result.js';
import { LabCommands } from '../support/lab-command.js';
import { bestOf } from '../support/rates-across-hosts.js';
import { isValidByAjv } from '../support/result-documents.js';

const root = process.getuid?.() === 0;
/** Three runs of two seconds on a busy machine. */
const TIMEOUT_MS = 120_000;
const PAIR = ['--link-rate', '1gbit', '--pin', '0:1', '-C', 'cubic'];

describe.runIf(root)('figures of a test across two hosts', () => {
  let vnetperf: LabCommands;
  beforeAll(() => {
    vnetperf = new LabCommands();
  });
  afterAll(async () => {
    const left = vnetperf.left();
    await vnetperf.dispose();
    expect(left).toEqual([]);
  });

  const linkOf = async (...words: string[]): Promise<LinkMeasurement> => {
    const { status, stdout, stderr } = await vnetperf.run('run', ...words, '-J');
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout).vnetperf.topology.link;
  };

  it('stand below the report: what the link carries, what was measured, what it cost', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const sent = /^host client {2}[\d.]+ CPU s\/GB \(softirq [\d.]+\) {2}\d+ k packets\/GB of 15\d\d bytes/m;
    const { status, stdout } = await bestOf(
      () => vnetperf.run('run', 'vxlan', ...PAIR, '-t', '2'),
      (run) => run.status !== 0 || sent.test(run.stdout),
    );
    expect(status).toBe(0);
    const [, rate] = /measured ([\d.]+) Mbit\/s/.exec(stdout)!;
    expect(stdout).toContain(
      'link 1 Gbit/s: 1398 payload of 1538 bytes a packet (outer IPv4 20, UDP 8, VXLAN 8, inner Ethernet 14; ' +
        `IP and TCP 52; Ethernet 38) carries 909 Mbit/s; measured ${rate} Mbit/s (`,
    );
    expect(stdout).toContain("price: the tunnel's headers 50 of 1538 bytes (3.3 %)");
    expect(stdout).toMatch(sent);
    expect(stdout).toMatch(/^host server {2}[\d.]+ CPU s\/GB/m);
  });

  it('are in the document, with packets that add up to the payload', { timeout: TIMEOUT_MS }, async () => {
    const link = await bestOf(
      () => linkOf('vxlan', ...PAIR, '-t', '2'),
      ({ directions: [{ segmentsPerPacket = 0, meanPacketBytes = 0 } = {}] }) =>
        segmentsPerPacket > 0.95 && segmentsPerPacket <= 1.03 && meanPacketBytes > 1400,
    );
    expect(link).toMatchObject({ rateBitsPerSecond: 1e9, mtuBytes: 1500, packetsTakenApart: true });
    expect(link.packet).toMatchObject({ payloadBytes: 1398, lineBytes: 1538, packets: 1 });
    const [direction] = link.directions;
    // Segments of data, and a few packets that hold none of it. What the send buffer still holds at the end was sent by
    // the program and counted by no card.
    expect(direction!.segmentsPerPacket).toBeGreaterThan(0.95);
    expect(direction!.segmentsPerPacket).toBeLessThanOrEqual(1.03);
    expect(direction!.meanPacketBytes).toBeGreaterThan(1400);
    expect(direction!.meanPacketBytes).toBeLessThanOrEqual(1514);
    expect(link.hosts!.client.cpuSecondsPerGigabyte).toBeGreaterThan(0);
    expect(link.hosts!.server.softirqSecondsPerGigabyte).toBeGreaterThan(0);
  });

  it('tell segments that went over the link together', { timeout: TIMEOUT_MS }, async () => {
    const link = await bestOf(
      () => linkOf('hosts', '--pin', '0:1', '-t', '2'),
      ({ directions }) => (directions[0]?.segmentsPerPacket ?? 0) > 4,
    );
    expect(link.packetsTakenApart).toBe(false);
    expect(link.directions[0]!.segmentsPerPacket).toBeGreaterThan(4);
    expect(link.carriesBitsPerSecond).toBeUndefined();
  });

  it('of datagrams count their fragments', { timeout: TIMEOUT_MS }, async () => {
    const payloadBytes = (100e6 / 8) * 2;
    const share = ({ directions: [direction] }: LinkMeasurement) => direction!.packets! / ((payloadBytes / 8192) * 6);
    const link = await bestOf(
      () => linkOf('hosts', ...PAIR, '-u', '-b', '100M', '-l', '8192', '-t', '2'),
      (run) => Math.abs(share(run) - 1) < 0.05,
    );
    expect(link.packet).toMatchObject({ payloadBytes: 8192, packets: 6 });
    expect(share(link)).toBeCloseTo(1, 1);
  });

  it('of both ends on one core are told of both hosts together', { timeout: TIMEOUT_MS }, async () => {
    const link = await linkOf('hosts', '--pin', '0:0', '-t', '1');
    expect(link.hosts).toBeUndefined();
    expect(link.machine!.cpuSecondsPerGigabyte).toBeGreaterThan(0);
  });

  it(
    'are in the file of a comparison, which says what each network takes of the bare link',
    async () => {
      const words = ['hosts', 'vxlan', '--pin', '0:1', '--runs', '1', '-t', '1'];
      const compared = await vnetperf.run('compare', ...words, '-J');
      const result = JSON.parse(compared.stdout) as ComparisonResult;
      expect(isValidByAjv(result), JSON.stringify(isValidByAjv.errors?.slice(0, 3))).toBe(true);
      for (const run of result.runs) {
        if (run.outcome !== 'measured') throw new Error(run.failure.message);
        const isTunnelled = run.measurement.path!.kind === 'vxlan';
        expect(run.measurement.link!.headers.length > 0).toBe(isTunnelled);
        expect(run.measurement.link!.packet!.payloadBytes).toBe(isTunnelled ? 1398 : 1448);
      }
    },
    TIMEOUT_MS,
  );
});
