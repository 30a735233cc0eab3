import { describe, expect, it } from 'vitest';
import type { DirectionMeasurement, StreamMeasurement } from '../../lib/compare/measurement.js';
import { defaultSettings, type TestSettings } from '../../lib/configuration/settings.js';
import { costLines } from '../../lib/report/cost-lines.js';
import { flowLines } from '../../lib/report/flow-lines.js';
import { packetLines } from '../../lib/report/packet-lines.js';
import { ATest } from '../support/a-test.js';
import { facts, streamFacts } from '../support/run-facts.js';

describe('what moving the bytes cost, in a line for each end', () => {
  it('stands in columns', () => {
    const client = {
      systemCallsPerGigabyte: 7629.4,
      bytesPerCall: 131_072,
      cpuSecondsPerGigabyte: 0.1123,
      userPercent: 2.4,
    };
    const server = {
      systemCallsPerGigabyte: 953,
      bytesPerCall: 1_048_576,
      cpuSecondsPerGigabyte: 12.34,
      userPercent: 100,
    };
    expect(costLines({ costs: { client, server } })).toEqual([
      'cost client  7629 calls/GB  131 kB/call   0.112 CPU s/GB  user 2 %',
      'cost server  953 calls/GB   1.05 MB/call  12.3 CPU s/GB   user 100 %',
    ]);
  });

  it('has what is known', () => {
    expect(costLines({})).toEqual([]);
    expect(costLines({ costs: { server: { cpuSecondsPerGigabyte: 0.5 } } })).toEqual(['cost server  0.500 CPU s/GB']);
    expect(costLines({ costs: { client: { systemCallsPerGigabyte: 15_625_000, bytesPerCall: 64 } } })).toEqual([
      'cost client  15625000 calls/GB  64.0 B/call',
    ]);
  });
});

describe('how the data flowed', () => {
  const direction = (change: Partial<DirectionMeasurement>): DirectionMeasurement => ({
    from: 'client',
    receivedBytes: 0,
    bitsPerSecond: 0,
    ...change,
  });
  const sender = (change: Partial<StreamMeasurement> = {}): StreamMeasurement => ({
    id: 1,
    end: 'client',
    role: 'sender',
    bytes: 1_000_000_000,
    bytesByCore: [],
    ...change,
  });
  const receiver = (change: Partial<StreamMeasurement> = {}) => sender({ end: 'server', role: 'receiver', ...change });
  const gaps = (median: number, p99: number) => ({
    count: 100,
    minMicroseconds: 1,
    meanMicroseconds: median,
    standardDeviationMicroseconds: 1,
    medianMicroseconds: median,
    p99Microseconds: p99,
    maxMicroseconds: 2600,
  });
  const lines = (
    directions: DirectionMeasurement[],
    streams: StreamMeasurement[],
    settings: Partial<TestSettings> = {},
  ) => flowLines({ directions, streams }, { ...defaultSettings(), protocol: 'udp', lengthBytes: 1000, ...settings });

  it('tells the gaps at both ends, of several streams the widest', () => {
    expect(lines([direction({})], [sender({ gaps: gaps(100, 143) }), receiver({ gaps: gaps(101.2, 1450) })])).toEqual([
      'gaps between datagrams: sent median 100 us, p99 143 us, max 2.60 ms; ' +
        'received median 101 us, p99 1.45 ms, max 2.60 ms',
    ]);
    const two = [sender({ gaps: gaps(100, 143) }), sender({ id: 3, gaps: gaps(90, 200) })];
    expect(lines([direction({})], two)).toEqual([
      'gaps between datagrams: sent median 90.0 us, p99 200 us, max 2.60 ms (widest of 2 streams)',
    ]);
  });

  it('tells how evenly streams shared the path, and directions apart', () => {
    const both = [direction({ fairness: 0.9984 }), direction({ from: 'server', fairness: 0.25 })];
    expect(lines(both, [], { parallel: 4 })).toEqual([
      'client to server: fairness 0.998 (Jain) over 4 streams',
      'server to client: fairness 0.250 (Jain) over 4 streams',
    ]);
  });
});

describe('datagrams and packets', () => {
  const line = (sent: number, received: number, settings: Partial<TestSettings> = {}) => {
    const client = [{ ...streamFacts('sender', [[0, 1_000_000_000]]), packets: sent }];
    const server = [{ ...streamFacts('receiver', [[1, 999_999_000]]), packets: received }];
    const test = new ATest('client', { protocol: 'udp', lengthBytes: 1000, ...settings });
    const end = test.end({ facts: facts({ client, server }) });
    return packetLines({
      ...end,
      streams: end.streams.map((one) => ({ ...one, local: { ...one.local, endSeconds: 1 } })),
    });
  };

  it('are told apart only where they are not the same', () => {
    expect(line(1_000_000, 999_999)).toEqual([]);
    expect(line(0, 0)).toEqual([]);
    expect(line(15_625, 16_000)).toEqual([
      'datagrams: 1.00 M/s sent in 15.6 k/s packets, 1.00 M/s received in 16.0 k/s packets',
    ]);
    expect(line(1_000_000, 20_000, { omitSeconds: 1 })).toEqual(['datagrams: 500 k/s received in 10.0 k/s packets']);
    expect(line(100, 100, { protocol: 'tcp' })).toEqual([]);
  });

  it('stand in a line for each direction', () => {
    const both = [
      { ...streamFacts('sender', [[0, 1_000_000]]), packets: 100 },
      { ...streamFacts('receiver', [[0, 500_000]]), packets: 50 },
    ];
    const end = new ATest('client', { protocol: 'udp', lengthBytes: 1000, direction: 'bidirectional' }).end({
      facts: facts({ client: both, server: both }),
    });
    expect(packetLines(end)).toEqual([
      expect.stringMatching(/^client to server: datagrams: .* sent in .* received in /),
      expect.stringMatching(/^server to client: datagrams: .* sent in .* received in /),
    ]);
  });
});
