import type { OutputConfiguration } from '../configuration/configuration.js';
import type { CoreSeconds, TcpSnapshot } from '../platform/native.js';
import type { CarrierPercent, IntervalRecord, StreamInterval } from './events.js';

/** Only a whole JSON document holds them in the end; elsewhere memory would grow with the test for nothing. */
export function documentHoldsIntervals({
  mode,
  jsonStreamFullOutput,
}: Pick<OutputConfiguration, 'mode' | 'jsonStreamFullOutput'>): boolean {
  return mode === 'json' || jsonStreamFullOutput;
}

/** What is remembered of the intervals that a test told of. */
export interface KeptIntervals {
  add(interval: IntervalRecord): void;
  readonly records: IntervalRecord[];
}

export class AllIntervals implements KeptIntervals {
  readonly records: IntervalRecord[] = [];

  add(interval: IntervalRecord): void {
    this.records.push(interval);
  }
}

/**
 * One interval for the omit period and one for the test, whatever number they came in: a day of them takes no more
 * memory than a second. Counts are sums; the congestion window and the round trip of a stream are the means over its
 * samples, all else of TCP_INFO is the last word.
 */
export class MergedIntervals implements KeptIntervals {
  readonly records: IntervalRecord[] = [];
  /** Of the last record: how many intervals are in it. */
  #merged = 0;

  add(interval: IntervalRecord): void {
    const last = this.records.at(-1);
    if (last === undefined || last.omitted !== interval.omitted) {
      this.records.push(interval);
      this.#merged = 1;
      return;
    }
    this.records[this.records.length - 1] = joined(last, this.#merged, interval);
    this.#merged++;
  }
}

function joined(before: IntervalRecord, merged: number, next: IntervalRecord): IntervalRecord {
  const seconds = before.endSeconds - before.startSeconds;
  const more = next.endSeconds - next.startSeconds;
  const overTime = (from: number, to: number) =>
    seconds + more > 0 ? (from * seconds + to * more) / (seconds + more) : to;
  return {
    ...next,
    startSeconds: before.startSeconds,
    streams: next.streams.map((stream, index) => {
      const earlier = before.streams[index];
      return earlier === undefined ? stream : joinedStream(earlier, merged, stream);
    }),
    cores: next.cores.map((core, index) => coreSum(before.cores[index] ?? null, core)),
    cpuPercent: overTime(before.cpuPercent, next.cpuPercent),
    carriers: next.carriers.map((carrier, index): CarrierPercent => {
      const from = before.carriers[index]?.cpuPercent;
      const { cpuPercent: to } = carrier;
      return from === undefined || to === undefined ? carrier : { ...carrier, cpuPercent: overTime(from, to) };
    }),
  };
}

function joinedStream(before: StreamInterval, merged: number, next: StreamInterval): StreamInterval {
  return {
    ...next,
    startSeconds: before.startSeconds,
    ...sums(before, next, ['bytes', 'datagrams', 'lost', 'outOfOrder', 'retransmits', 'migrations']),
    tcp: joinedTcp(before.tcp, merged, next.tcp),
  };
}

function joinedTcp(
  before: TcpSnapshot | undefined,
  merged: number,
  next: TcpSnapshot | undefined,
): TcpSnapshot | undefined {
  if (before === undefined || next === undefined) return next ?? before;
  const mean = (from: number, to: number) => from + (to - from) / (merged + 1);
  return {
    ...next,
    congestionWindowBytes: mean(before.congestionWindowBytes, next.congestionWindowBytes),
    rttMicroseconds: mean(before.rttMicroseconds, next.rttMicroseconds),
  };
}

function coreSum(before: CoreSeconds | null, next: CoreSeconds | null): CoreSeconds | null {
  if (before === null || next === null) return null;
  return sums(before, next, ['user', 'system', 'irq', 'softirq', 'steal', 'idle']);
}

function sums<Key extends string>(
  before: Record<Key, number>,
  next: Record<Key, number>,
  keys: readonly Key[],
): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, before[key] + next[key]])) as Record<Key, number>;
}
