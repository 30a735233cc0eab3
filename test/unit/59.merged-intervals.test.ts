import { describe, expect, it } from 'vitest';
import type { CoreSeconds } from '../../lib/platform/native.js';
import type { IntervalRecord } from '../../lib/traffic/events.js';
import { MergedIntervals } from '../../lib/traffic/kept-intervals.js';
import { ATest } from '../support/a-test.js';

const test = new ATest('client', { parallel: 2 });
const sample = test.interval().streams[0]!.tcp!;

function core(user: number): CoreSeconds {
  return { user, system: 0.25, irq: 0, softirq: 0.125, steal: 0, idle: 0.5 };
}

function interval(second: number, change: Partial<IntervalRecord> = {}, omitted = false): IntervalRecord {
  const tcp = { ...sample, congestionWindowBytes: 1000 * second, rttMicroseconds: 10 * second, busySeconds: second };
  const streams = test.interval({
    bytes: 100,
    retransmits: 1,
    migrations: 2,
    jitterMs: second,
    core: second,
    tcp,
  }).streams;
  return { ...test.interval({}, omitted), startSeconds: second - 1, endSeconds: second, streams, ...change };
}

function merged(...intervals: IntervalRecord[]): IntervalRecord[] {
  const kept = new MergedIntervals();
  for (const one of intervals) kept.add(one);
  return kept.records;
}

describe('intervals that nobody will print again become one', () => {
  it('counts are sums, samples are means, the rest is the last word', () => {
    const records = merged(...[1, 2, 3, 4].map((second) => interval(second)));
    expect(records).toHaveLength(1);
    const [one] = records;
    expect(one).toMatchObject({ startSeconds: 0, endSeconds: 4, omitted: false });
    expect(one?.streams).toHaveLength(2);
    for (const stream of one?.streams ?? []) {
      expect(stream).toMatchObject({
        startSeconds: 0,
        bytes: 400,
        retransmits: 4,
        migrations: 8,
        jitterMs: 4,
        core: 4,
      });
      expect(stream.tcp).toMatchObject({ congestionWindowBytes: 2500, rttMicroseconds: 25, busySeconds: 4 });
    }
  });

  it('shares are weighted by time, core seconds are sums, a core that was offline has none', () => {
    const carrier = (cpuPercent: number) => [{ name: 'ovs-vswitchd', pid: 7, cpuPercent }];
    const records = merged(
      interval(1, { cpuPercent: 10, cores: [core(0.5), core(1)], carriers: carrier(40) }),
      interval(4, { startSeconds: 1, cpuPercent: 50, cores: [core(1), null], carriers: carrier(80) }),
    );
    expect(records).toMatchObject([{ cpuPercent: 40, carriers: carrier(70) }]);
    expect(records[0]?.cores).toEqual([{ user: 1.5, system: 0.5, irq: 0, softirq: 0.25, steal: 0, idle: 1 }, null]);
  });

  it('the omit period stays apart', () => {
    const records = merged(interval(1, {}, true), interval(2, {}, true), interval(1), interval(2), interval(3));
    expect(records.map(({ omitted, endSeconds }) => [omitted, endSeconds])).toEqual([
      [true, 2],
      [false, 3],
    ]);
    expect(records.map(({ streams }) => streams[0]?.tcp?.rttMicroseconds)).toEqual([15, 20]);
  });

  it('a stream whose kernel said nothing in one of them keeps what it said', () => {
    const silent = interval(2);
    for (const stream of silent.streams) stream.tcp = undefined;
    expect(merged(interval(1), silent)[0]?.streams[0]?.tcp?.rttMicroseconds).toBe(10);
  });
});
