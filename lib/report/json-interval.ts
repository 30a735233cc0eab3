import type { Protocol } from '../configuration/settings.js';
import { lostPercent } from '../traffic/direction-ends.js';
import type { IntervalRecord, StreamInterval } from '../traffic/events.js';
import { byDirection, bytesPerSecond, intervalTimes, sumStreams } from './interval-sum.js';

/**
 * One element of `intervals`. `sum` is the first direction printed, which is client to server in a bidirectional test;
 * as in iperf3, both sums stand over the first stream's time.
 */
export function jsonInterval(record: IntervalRecord, protocol: Protocol): Record<string, unknown> {
  const [forward, reverse] = byDirection(record);
  const first = record.streams[0];
  const times = intervalTimes(first ?? record);
  return {
    streams: record.streams.map((stream) => streamObject(stream, record.omitted, protocol)),
    sum: sumObject(forward ?? [], times, record.omitted, protocol),
    ...(reverse === undefined ? {} : { sum_bidir_reverse: sumObject(reverse, times, record.omitted, protocol) }),
  };
}

function streamObject(interval: StreamInterval, omitted: boolean, protocol: Protocol): object {
  const times = intervalTimes(interval);
  return {
    socket: interval.stream.socket,
    ...rate(times, interval.bytes),
    ...(protocol === 'udp'
      ? datagramFigures({ ...interval, sender: interval.stream.sender })
      : congestionFigures(interval)),
    omitted,
    sender: interval.stream.sender,
  };
}

function sumObject(
  streams: StreamInterval[],
  times: ReturnType<typeof intervalTimes>,
  omitted: boolean,
  protocol: Protocol,
): object {
  const sum = sumStreams(streams);
  return {
    ...rate(times, sum.bytes),
    ...(protocol === 'udp' ? datagramFigures(sum) : { retransmits: sum.retransmits }),
    omitted,
    sender: sum.sender,
  };
}

function rate(times: ReturnType<typeof intervalTimes>, bytes: number): object {
  return { ...times, bytes, bits_per_second: bytesPerSecond(bytes, times.seconds) * 8 };
}

function datagramFigures(figures: { sender: boolean; datagrams: number; lost: number; jitterMs: number }): object {
  if (figures.sender) return { packets: figures.datagrams };
  return {
    jitter_ms: figures.jitterMs,
    lost_packets: figures.lost,
    packets: figures.datagrams,
    lost_percent: lostPercent(figures.lost, figures.datagrams),
  };
}

/** Nothing on a receiver, or where TCP_INFO could not be had. */
function congestionFigures({ stream, retransmits, tcp }: StreamInterval): object {
  if (!stream.sender || tcp === undefined) return {};
  return {
    retransmits,
    snd_cwnd: tcp.congestionWindowBytes,
    snd_wnd: tcp.sendWindowBytes,
    rtt: tcp.rttMicroseconds,
    rttvar: tcp.rttVarianceMicroseconds,
    pmtu: tcp.pathMtuBytes,
    reorder: tcp.reorderSeen,
  };
}
