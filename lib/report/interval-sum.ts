import { roundToMicroseconds } from '../traffic/direction-ends.js';
import type { IntervalRecord, StreamInterval } from '../traffic/events.js';

/** Start, end and length of an interval. iperf3 keeps the length as a 32-bit float, and rates are computed from that. */
export function intervalTimes({ startSeconds, endSeconds }: { startSeconds: number; endSeconds: number }): {
  start: number;
  end: number;
  seconds: number;
} {
  const start = roundToMicroseconds(startSeconds);
  const end = roundToMicroseconds(endSeconds);
  return { start, end, seconds: Math.fround(end - start) };
}

/** 0 for an interval of no length. */
export function bytesPerSecond(bytes: number, seconds: number): number {
  return seconds > 0 ? bytes / seconds : 0;
}

/** The streams of one direction in one interval, added up. */
export interface IntervalSum {
  sender: boolean;
  bytes: number;
  /** undefined where no stream knows its retransmits. */
  retransmits: number | undefined;
  datagrams: number;
  lost: number;
  /** Mean over the streams. */
  jitterMs: number;
}

export function sumStreams(streams: StreamInterval[]): IntervalSum {
  const sum: IntervalSum = {
    sender: streams[0]?.stream.sender ?? false,
    bytes: 0,
    retransmits: undefined,
    datagrams: 0,
    lost: 0,
    jitterMs: 0,
  };
  for (const stream of streams) {
    sum.bytes += stream.bytes;
    sum.datagrams += stream.datagrams;
    sum.lost += stream.lost;
    sum.jitterMs += stream.jitterMs;
    if (stream.stream.sender && stream.tcp !== undefined) sum.retransmits = (sum.retransmits ?? 0) + stream.retransmits;
  }
  sum.jitterMs /= Math.max(1, streams.length);
  return sum;
}

/** The streams of an interval by direction, in the order in which the record has them. */
export function byDirection(record: IntervalRecord): StreamInterval[][] {
  const first = record.streams[0]?.stream.sender;
  return [first, !first]
    .map((sender) => record.streams.filter(({ stream }) => stream.sender === sender))
    .filter((streams) => streams.length > 0);
}
