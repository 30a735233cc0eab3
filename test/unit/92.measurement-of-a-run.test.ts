import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MeasuredPath } from '../../lib/compare/measurement.js';
import { measurementOf } from '../../lib/compare/measuring/measurement-of.js';
import type { TestSettings } from '../../lib/configuration/settings.js';
import type { CoreSeconds } from '../../lib/platform/native.js';
import type { EndRecord, IntervalRecord, StreamFacts, StreamIdentity } from '../../lib/traffic/events.js';
import { IntervalCosts } from '../../lib/traffic/interval-costs.js';
import type { BothEndsRun } from '../../lib/traffic/run-both-ends.js';
import { ATest } from '../support/a-test.js';
import { someFacts } from '../support/replay-json.js';

const path: MeasuredPath = { kind: 'veth', description: 'veth: ...', pathMtuBytes: 1500, hops: [], remarks: [] };

function streamFacts({ id, socket, sender }: StreamIdentity, change: Partial<StreamFacts> = {}): StreamFacts {
  return {
    id,
    socket,
    role: sender ? 'sender' : 'receiver',
    pin: { asked: [], got: [] },
    bytesByCore: [{ core: 0, bytes: 1_048_576 }],
    migrations: 0,
    path: 'copy',
    calls: 0,
    firstByteSeconds: 0,
    congestion: 'cubic',
    paced: false,
    socketBufferDrops: 0,
    duplicates: 0,
    cpu: { userSeconds: 0.1, systemSeconds: 0.4 },
    mssBytes: 1448,
    ...change,
  };
}

/** Both ends of an invented test of a second. */
class TwoEnds {
  readonly client: ATest;
  readonly server: ATest;
  clientFacts: Partial<StreamFacts> = {};
  serverFacts: Partial<StreamFacts> = {};
  intervals: IntervalRecord[];
  serverIntervals: IntervalRecord[];
  clientEnd: Partial<EndRecord> = {};
  serverEnd: Partial<EndRecord> = {};
  cores: EndRecord['facts']['cores'] = [];

  constructor(settings: Partial<TestSettings> = {}) {
    this.client = new ATest('client', settings);
    this.server = new ATest('server', settings);
    this.intervals = [this.client.interval()];
    this.serverIntervals = [this.server.interval()];
  }

  run(): BothEndsRun {
    const costs = new IntervalCosts();
    for (const interval of this.intervals) costs.addClient(interval);
    for (const interval of this.serverIntervals) costs.addServer(interval);
    const serverStreams = this.server.streams.map((stream) => streamFacts(stream, this.serverFacts));
    const clientStreams = this.client.streams.map((stream) => streamFacts(stream, this.clientFacts));
    const { cores } = this;
    return {
      end: this.client.end({ facts: { ...someFacts(), cores, streams: clientStreams }, ...this.clientEnd }),
      serverEnd: this.server.end({ facts: { ...someFacts(), streams: serverStreams }, ...this.serverEnd }),
      intervals: this.intervals,
      serverIntervals: this.serverIntervals,
      costs: costs.all(),
      costsLeftOut: 0,
    };
  }

  measured(warnings: string[] = []) {
    return measurementOf(this.run(), { path, warnings });
  }
}

const idle: CoreSeconds = { user: 0, system: 0, irq: 0, softirq: 0, steal: 0, idle: 1 };

describe('the rate is what arrived over the time in which it did', () => {
  it('at the server', () => {
    const ends = new TwoEnds();
    const [stream] = ends.client.streams;
    ends.clientEnd = {
      streams: [ends.client.streamEnd(stream!, { local: { bytes: 3e6 }, remote: { bytes: 2e6, endSeconds: 2 } })],
    };
    const measured = ends.measured();
    expect(measured.bitsPerSecond).toBe(8e6);
    expect(measured.durationSeconds).toBe(1);
    expect(measured.directions).toEqual([
      { from: 'client', sentBytes: 3e6, receivedBytes: 2e6, bitsPerSecond: 8e6, retransmits: 0 },
    ]);
  });

  it('at the client', () => {
    const ends = new TwoEnds({ direction: 'reverse', parallel: 2 });
    const streams = ends.client.streams.map((stream, index) =>
      ends.client.streamEnd(stream, { local: { bytes: 1e6 }, remote: { bytes: 1.5e6, retransmits: 3 + index } }),
    );
    ends.clientEnd = { streams };
    expect(ends.measured().directions).toEqual([
      { from: 'server', sentBytes: 3e6, receivedBytes: 2e6, bitsPerSecond: 16e6, retransmits: 7, fairness: 1 },
    ]);
  });

  it('at both', () => {
    const { directions, bitsPerSecond } = new TwoEnds({ direction: 'bidirectional' }).measured();
    expect(directions.map(({ from }) => from)).toEqual(['client', 'server']);
    expect(bitsPerSecond).toBe(2 * 8 * 1_048_576);
  });
});

describe('streams', () => {
  it('stand there once for each end, with the bytes of the whole run', () => {
    const cores = fc.array(fc.record({ core: fc.nat(7), bytes: fc.nat(1e12) }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(cores, cores, fc.constantFrom('forward', 'reverse', 'bidirectional'), (sent, received, direction) => {
        const ends = new TwoEnds({ direction, parallel: 2 });
        ends.clientFacts = { bytesByCore: sent };
        ends.serverFacts = { bytesByCore: received };
        const { streams } = ends.measured();
        expect(streams).toHaveLength(2 * ends.client.streams.length);
        expect(new Set(streams.map(({ id, end }) => `${id} ${end}`)).size).toBe(streams.length);
        for (const { bytes, bytesByCore } of streams) {
          expect(bytes).toBe(bytesByCore.reduce((sum, part) => sum + part.bytes, 0));
        }
      }),
    );
  });

  it('what a sender saw is told at the end that sent', () => {
    const ends = new TwoEnds({ direction: 'bidirectional' });
    const tcp = {
      reorderSeen: 2,
      maxCongestionWindowBytes: 100_000,
      maxSendWindowBytes: 0,
      maxRttMicroseconds: 90,
      minRttMicroseconds: 30,
      meanRttMicroseconds: 60,
    };
    const [own, other] = ends.server.streams;
    ends.serverEnd = {
      streams: [ends.server.streamEnd(own!), { ...ends.server.streamEnd(other!, { local: { retransmits: 5 } }), tcp }],
    };
    ends.serverFacts = {
      tcpLimits: { busySeconds: 1, receiveWindowLimitedSeconds: 0.25, sendBufferLimitedSeconds: 0.5 },
    };
    const { streams } = ends.measured();
    expect(streams.filter((stream) => stream.tcp !== undefined)).toHaveLength(1);
    expect(streams.find(({ end, role }) => end === 'server' && role === 'sender')!.tcp).toEqual({
      retransmits: 5,
      maxCongestionWindowBytes: 100_000,
      meanRttMicroseconds: 60,
      minRttMicroseconds: 30,
      reorderSeen: 2,
      busySeconds: 1,
      receiveWindowLimitedSeconds: 0.25,
      sendBufferLimitedSeconds: 0.5,
    });
  });
});

describe('loss and jitter', () => {
  const lossy = (test: ATest, startSeconds: number, lost: number, jitterMs: number): IntervalRecord => {
    const interval = test.interval({ lost, datagrams: 512, jitterMs });
    return { ...interval, startSeconds, endSeconds: startSeconds + 0.5 };
  };

  it('are those that the server counted in the same time, when it received', () => {
    const ends = new TwoEnds({ protocol: 'udp' });
    ends.serverIntervals = [lossy(ends.server, 0.003, 10, 0.2), lossy(ends.server, 0.503, 20, 0.4)];
    ends.intervals = [ends.client.interval()];
    const [interval] = ends.measured().intervals;
    expect(interval).toMatchObject({ datagrams: 1024, lost: 30, jitterMs: 0.4 });
    expect(interval).not.toHaveProperty('retransmits');
  });

  it('are those that the client counted, when it received', () => {
    const ends = new TwoEnds({ protocol: 'udp', direction: 'reverse' });
    ends.intervals = [lossy(ends.client, 0, 10, 0.2)];
    expect(ends.measured().intervals[0]).toMatchObject({ datagrams: 512, lost: 10, jitterMs: 0.2 });
  });

  it('are not made up where the server has not counted yet', () => {
    const ends = new TwoEnds({ protocol: 'udp' });
    ends.serverIntervals = [];
    const [interval] = ends.measured().intervals;
    expect(interval).not.toHaveProperty('lost');
    expect(interval!.ends).toEqual({ client: 0 });
  });

  it('of the whole test are the receiver’s', () => {
    const ends = new TwoEnds({ protocol: 'udp' });
    const [sender] = ends.client.streams;
    const [receiver] = ends.server.streams;
    const remote = { datagrams: 1000, lost: 50, jitterMs: 0.3, bytes: 950_000 };
    ends.clientEnd = { streams: [ends.client.streamEnd(sender!, { remote })] };
    ends.serverEnd = { streams: [ends.server.streamEnd(receiver!, { local: { outOfOrder: 4 } })] };
    expect(ends.measured().directions).toEqual([
      {
        from: 'client',
        sentBytes: 1_048_576,
        receivedBytes: 950_000,
        bitsPerSecond: 7_600_000,
        datagrams: 1000,
        lost: 50,
        lostPercent: 5,
        outOfOrder: 4,
        jitterMs: 0.3,
      },
    ]);
  });
});

describe('intervals', () => {
  it('have both ends and the cores of their time', () => {
    const ends = new TwoEnds();
    const cores = [{ ...idle, system: 3 }, null, { ...idle, softirq: 1 }];
    ends.intervals = [{ ...ends.client.interval({ core: 2, migrations: 3 }), cores, cpuPercent: 75 }];
    ends.serverIntervals = [{ ...ends.server.interval(), startSeconds: 0.002, endSeconds: 1.002, cpuPercent: 50 }];
    const [interval] = ends.measured().intervals;
    expect(interval).toMatchObject({
      startSeconds: 0,
      endSeconds: 1,
      omitted: false,
      bitsPerSecond: 8 * 1_048_576,
      retransmits: 0,
      ends: { client: 75, server: 50 },
      softirq: 50,
    });
    expect(interval!.cores.map(({ core }) => core)).toEqual([0, 2]);
    expect(interval!.streams).toMatchObject([{ id: 1, bytes: 1_048_576, core: 2, migrations: 3 }]);
  });

  it('tell the window of the end that sends', () => {
    const forward = new TwoEnds().measured().intervals[0]!.streams[0]!;
    const reverse = new TwoEnds({ direction: 'reverse' }).measured().intervals[0]!.streams[0]!;
    expect(forward.congestionWindowBytes).toBeGreaterThan(0);
    expect(reverse).toEqual(forward);
  });

  it('of the omit period stay apart', () => {
    const ends = new TwoEnds({ protocol: 'udp', omitSeconds: 1 });
    ends.intervals = [ends.client.interval({}, true), ends.client.interval()];
    ends.serverIntervals = [ends.server.interval({ lost: 7 }, true), ends.server.interval({ lost: 1 })];
    expect(ends.measured().intervals.map(({ omitted, lost }) => [omitted, lost])).toEqual([
      [true, 7],
      [false, 1],
    ]);
  });
});

describe('warnings', () => {
  it('say which end was refused the segmentation or coalescing that it was asked for', () => {
    const udp = { protocol: 'udp', lengthBytes: 9000, gso: true, gro: true } as const;
    const reverse = new TwoEnds({ ...udp, direction: 'reverse' });
    expect(reverse.measured().warnings).toEqual([]);
    const sent = 'the server sent without gso: the kernel segments no datagrams of 9000 bytes on this path';
    reverse.serverFacts = { segmentationRefused: true };
    expect(reverse.measured().warnings).toEqual([sent]);
    // Where only the results of the server came, they tell it.
    const run = reverse.run();
    const peer = { ...someFacts(), streams: run.serverEnd!.facts.streams };
    const end = { ...run.end, facts: { ...run.end.facts, peer } };
    expect(measurementOf({ ...run, end, serverEnd: undefined }, { path, warnings: [] }).warnings).toEqual([sent]);

    const forward = new TwoEnds(udp);
    forward.clientFacts = { segmentationRefused: true };
    forward.serverFacts = { segmentationRefused: true };
    expect(forward.measured().warnings).toEqual([
      'the client sent without gso: the kernel segments no datagrams of 9000 bytes on this path',
      'the server received without gro: its kernel does not know it',
    ]);
  });

  it('are those of the network, and what the figures themselves show', () => {
    const ends = new TwoEnds();
    ends.cores = [{ core: 0, user: 0, system: 90, irq: 0, softirq: 0, steal: 0, idle: 10 }];
    ends.clientFacts = { pin: { asked: [0], got: [0, 1] } };
    expect(ends.measured(['the governor is powersave']).warnings).toEqual([
      'the governor is powersave',
      "the client's sender of stream 1 was to run on core 0, but ran on 0,1",
    ]);
    // One worker of a second's fifth is left: the rest was somebody else.
    ends.clientFacts = { cpu: { userSeconds: 0, systemSeconds: 0.2 } };
    ends.serverFacts = { bytesByCore: [{ core: 1, bytes: 1 }] };
    expect(ends.measured().warnings).toEqual(['other processes used core 0 meanwhile']);
  });
});

it('a measurement is plain data: it is the same after a file', () => {
  for (const protocol of ['tcp', 'udp'] as const) {
    const measured = new TwoEnds({ protocol, direction: 'bidirectional', parallel: 2 }).measured();
    expect(JSON.parse(JSON.stringify(measured))).toEqual(measured);
  }
});
