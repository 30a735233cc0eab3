import { describe, expect, it } from 'vitest';
import type { CoreSeconds, ProcessSeconds, RunSnapshot } from '../../lib/platform/native.js';
import { coreRows } from '../../lib/traffic/core-shares.js';
import type { IntervalRecord } from '../../lib/traffic/events.js';
import { corePercents, softirqPercent } from '../../lib/traffic/facts.js';
import { IntervalCosts } from '../../lib/traffic/interval-costs.js';
import { IntervalTracker } from '../../lib/traffic/interval-tracker.js';
import { ATest } from '../support/a-test.js';

const seconds = (used: Partial<CoreSeconds>): CoreSeconds => ({
  user: 0,
  system: 0,
  irq: 0,
  softirq: 0,
  steal: 0,
  idle: 0,
  ...used,
});

describe("a core's shares", () => {
  it('sum to 100, whatever the ticks came to', () => {
    const [core] = corePercents([seconds({ user: 0.31, system: 0.2, softirq: 0.1, idle: 0.41 })]);
    const { user, system, irq, softirq, steal, idle } = core!;
    expect(user + system + irq + softirq + steal + idle).toBeCloseTo(100, 9);
    expect(user).toBeCloseTo((100 * 0.31) / 1.02, 9);
  });

  it('are not told of a core watched for a tick or two: a busy one would look idle', () => {
    expect(corePercents([seconds({ idle: 0.01 }), null, seconds({ idle: 0.04 }), seconds({ system: 0.1 })])).toEqual([
      { core: 3, user: 0, system: 100, irq: 0, softirq: 0, steal: 0, idle: 0 },
    ]);
  });
});

describe('what other programs took of a core', () => {
  const cores = [{ core: 0, user: 0, system: 66, irq: 0, softirq: 33, steal: 0, idle: 1 }];
  const moved = { end: 'client' as const, bytesByCore: [{ core: 0, bytes: 1000 }] };

  it('is what the workers there do not explain', () => {
    const cpu = { userSeconds: 0, systemSeconds: 0.26 };
    const [row] = coreRows({ cores, streams: [{ ...moved, cpu }], seconds: 1 });
    expect(row!.foreign).toBeCloseTo(40, 9);
    expect(row).toMatchObject({ ends: 'client', saturated: false });
  });

  it('is not claimed of streams that tell where they ran and not what they used', () => {
    const [row] = coreRows({ cores, streams: [moved, { ...moved, end: 'server' }], seconds: 1 });
    expect(row).toMatchObject({ ends: 'both', foreign: 0, saturated: true });
  });
});

describe('softirq', () => {
  it('is summed over the cores, as a share of one', () => {
    const cores = [seconds({ softirq: 0.3, idle: 0.7 }), null, seconds({ softirq: 0.5, system: 0.5 })];
    expect(softirqPercent(cores)).toBeCloseTo(80, 9);
  });

  it('is zero where there was none, and unknown where the cores were not watched for long enough', () => {
    expect(softirqPercent([seconds({ idle: 1 })])).toBe(0);
    expect(softirqPercent([seconds({ idle: 0.01 })])).toBeUndefined();
    expect(softirqPercent([])).toBeUndefined();
  });
});

const SWITCH = { name: 'ovs-vswitchd', pid: 71 };
const PROXY = { name: 'docker-proxy', pid: 72 };

function used(...threads: [id: number, name: string, cpuSeconds: number][]): ProcessSeconds {
  const cpuSeconds = threads.reduce((sum, [, , cpu]) => sum + cpu, 0);
  return { cpuSeconds, threads: threads.map(([id, name, cpu]) => ({ id, name, cpuSeconds: cpu })) };
}

/** A snapshot of one stream, its counters read `lateSeconds` before the CPU times. */
function snapshot(
  kind: RunSnapshot['kind'],
  timeSeconds: number,
  processes: RunSnapshot['processes'],
  { userSeconds = 0, lateSeconds = 0 } = {},
): RunSnapshot {
  const stream = {
    bytes: timeSeconds * 1000,
    blocks: 0,
    calls: 0,
    packets: 0,
    segmentationRefused: false,
    zeroCopiedBytes: 0,
    copiedBytes: 0,
    highestSequence: 0,
    lost: 0,
    outOfOrder: 0,
    duplicates: 0,
    jitterSeconds: 0,
    socketDrops: 0,
    tcp: undefined,
    core: 0,
    migrations: 0,
    userSeconds,
    systemSeconds: 0,
    firstByteSeconds: 0,
    lastByteSeconds: timeSeconds,
  };
  const readSeconds = timeSeconds + lateSeconds;
  return { type: 'snapshot', kind, timeSeconds, streams: [stream], cores: [], processes, readSeconds, mergedTicks: 0 };
}

function tracker(carriers = [SWITCH, PROXY], omitSeconds = 0): IntervalTracker {
  return new IntervalTracker(new ATest('client').streams, 1, omitSeconds, carriers);
}

describe('the CPU of an interval', () => {
  it('is what each carrier and the streams used between two readings, over the time between them', () => {
    const of = tracker();
    of.next(snapshot('start', 0, [used([71, 'main', 5]), used([72, 'main', 1])]));
    const first = of.next(snapshot('tick', 1, [used([71, 'main', 5.5]), used([72, 'main', 1])], { userSeconds: 0.25 }));
    expect(first?.cpuPercent).toBeCloseTo(25, 9);
    expect(first?.carriers).toEqual([
      { ...SWITCH, cpuPercent: 50 },
      { ...PROXY, cpuPercent: 0 },
    ]);
    // At the end the workers finish before CPU times are read: 0.9 s of CPU in 1.2 s.
    const late = { userSeconds: 0.25 + 0.9, lateSeconds: 0.2 };
    const last = of.next(snapshot('end', 2, [used([71, 'main', 6.7]), used([72, 'main', 1])], late));
    expect(last?.cpuPercent).toBeCloseTo(75, 9);
    expect(last?.carriers[0]?.cpuPercent).toBeCloseTo(100, 9);
  });

  it('is not told of a carrier that has ended, or could never be seen', () => {
    const of = tracker();
    of.next(snapshot('start', 0, [used([71, 'main', 5]), null]));
    expect(of.next(snapshot('tick', 1, [used([71, 'main', 6]), null]))?.carriers).toEqual([
      { ...SWITCH, cpuPercent: 100 },
      PROXY,
    ]);
    expect(of.next(snapshot('end', 2, [null, null]))?.carriers).toEqual([SWITCH, PROXY]);
    expect(of.carriersSinceBase()).toEqual([SWITCH, PROXY]);
  });
});

describe('the CPU of a carrier over a test', () => {
  it('is counted from the end of the omit period, and names the busiest thread of that time', () => {
    const of = tracker([SWITCH], 1);
    const threads = (main: number, handler: number) => used([71, 'ovs-vswitchd', main], [80, 'handler1', handler]);
    of.next(snapshot('start', 0, [threads(50, 1)]));
    of.next(snapshot('omit-end', 1, [threads(51, 1)]));
    // A thread that was born meanwhile counts from nothing.
    const end = used([71, 'ovs-vswitchd', 51.2], [80, 'handler1', 2.5], [81, 'handler2', 0.3]);
    of.next(snapshot('end', 3, [end]));
    const [carrier] = of.carriersSinceBase();
    expect(carrier).toMatchObject({ name: 'ovs-vswitchd', pid: 71, busiestThread: { name: 'handler1' } });
    expect(carrier?.cpuPercent).toBeCloseTo(100, 9);
    expect(carrier?.busiestThread?.cpuPercent).toBeCloseTo(75, 9);
  });

  it('has no busiest thread where the kernel keeps no account of threads', () => {
    const of = tracker([SWITCH]);
    of.next(snapshot('start', 0, [{ cpuSeconds: 1, threads: [] }]));
    of.next(snapshot('end', 1, [{ cpuSeconds: 1.5, threads: [] }]));
    expect(of.carriersSinceBase()).toEqual([{ ...SWITCH, cpuPercent: 50 }]);
  });
});

describe('both ends in one process', () => {
  const interval = (startSeconds: number, endSeconds: number, cpuPercent: number, omitted = false): IntervalRecord => ({
    ...new ATest('client').interval({}, omitted),
    startSeconds,
    endSeconds,
    cpuPercent,
  });

  it("find the server's share for each of the client's intervals, though the gates opened apart", () => {
    const costs = new IntervalCosts();
    for (const [start, percent] of [
      [0, 80],
      [1, 90],
    ] as const) {
      costs.addServer(interval(start + 0.002, start + 1.003, percent));
      costs.addClient(interval(start, start + 1, percent / 2));
    }
    expect(costs.all().map(({ client, server }) => [client, server && Math.round(server)])).toEqual([
      [40, 80],
      [45, 90],
    ]);
  });

  it('take the mean where the client merged ticks, and nothing where the server did', () => {
    const costs = new IntervalCosts();
    for (const [start, percent] of [
      [0, 20],
      [1, 40],
      [2, 50],
    ] as const) {
      costs.addServer(interval(start, start + 1, percent));
    }
    costs.addServer(interval(3, 5, 10));
    costs.addClient(interval(0, 2, 1));
    costs.addClient(interval(2, 3, 1));
    costs.addClient(interval(3, 3.9, 1));
    costs.addClient(interval(3.9, 5, 1));
    expect(costs.all().map(({ server }) => server)).toEqual([30, 50, undefined, 10]);
  });

  it('do not take the omit period for what follows it at the same time', () => {
    const costs = new IntervalCosts();
    costs.addServer(interval(0, 1, 99, true));
    costs.addServer(interval(0, 1, 33));
    costs.addClient(interval(0, 1, 1, true));
    costs.addClient(interval(0, 1, 1));
    expect(costs.all().map(({ server }) => server)).toEqual([99, 33]);
  });

  it("put the server's share beside the client's in the facts", () => {
    const costs = new IntervalCosts();
    costs.addServer(interval(0, 1, 33));
    costs.addClient(interval(0, 1, 44));
    const end = new ATest('client').end({});
    const intervals = [{ startSeconds: 0, endSeconds: 1, streamCores: [0], cores: [], ends: { client: 44 } }];
    const told = costs.withBothEnds({ ...end, facts: { ...end.facts, intervals } });
    expect(told.facts.intervals?.[0]?.ends).toEqual({ client: 44, server: 33 });
  });
});
