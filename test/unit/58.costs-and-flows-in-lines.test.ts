import { describe, expect, it } from 'vitest';
import type { DirectionMeasurement, StreamMeasurement } from '../../lib/compare/measurement.js';
import { defaultSettings, type TestSettings } from '../../lib/configuration/settings.js';
import { costLines } from '../../lib/report/cost-lines.js';
import { flowLines } from '../../lib/report/flow-lines.js';

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
  ) =>
    flowLines(
      { directions, streams, durationSeconds: 1 },
      { ...defaultSettings(), protocol: 'udp', lengthBytes: 1000, ...settings },
    );

  it('tells datagrams from packets only where they are not the same', () => {
    const same = direction({ packetsSent: 1_000_000, packetsReceived: 1_000_000 });
    expect(lines([same], [sender(), receiver()])).toEqual([]);
    const coalesced = direction({ packetsSent: 15_625, packetsReceived: 16_000 });
    expect(lines([coalesced], [sender(), receiver({ bytes: 999_999_000 })])).toEqual([
      'datagrams: 1.00 M/s sent in 15.6 k/s packets, 1000 k/s received in 16.0 k/s packets',
    ]);
    const received = direction({ packetsSent: 1_000_000, packetsReceived: 20_000 });
    expect(lines([received], [sender(), receiver()], { omitSeconds: 1 })).toEqual([
      'datagrams: 500 k/s received in 10.0 k/s packets',
    ]);
  });

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
