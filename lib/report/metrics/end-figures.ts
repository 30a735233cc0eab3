import {
  type DirectionEnd,
  directionsOf,
  type HalfSum,
  roundToMicroseconds,
  sumHalves,
} from '../../traffic/direction-ends.js';
import type { EndRecord } from '../../traffic/events.js';

/** One direction of a finished test, all streams together: the figures of the -J report. */
export interface DirectionFigures {
  from: 'client' | 'server';
  /** As its sender counted; undefined where it has not told. */
  sent: HalfFigures | undefined;
  /** As its receiver counted. */
  received: HalfFigures | undefined;
}

export interface HalfFigures {
  bytes: number;
  seconds: number;
  bitsPerSecond: number;
  /** TCP sender. */
  retransmits: number | undefined;
  /** UDP. */
  datagrams: number | undefined;
  /** UDP receiver. */
  lost: number | undefined;
  jitterMs: number | undefined;
}

/** Of a test that was cut short, what is known. */
export function endFigures(end: EndRecord): DirectionFigures[] {
  const udp = end.settings.protocol === 'udp';
  return directionsOf(end).map((direction) => ({
    from: direction.reverse ? 'server' : 'client',
    sent: half(direction, 'sender', udp),
    received: half(direction, 'receiver', udp),
  }));
}

function half(direction: DirectionEnd, name: 'sender' | 'receiver', udp: boolean): HalfFigures | undefined {
  if (direction.streams.some((stream) => stream[name] === undefined)) return undefined;
  const sum: HalfSum = sumHalves(direction, name);
  const seconds = roundToMicroseconds(sum.endSeconds);
  const receiver = name === 'receiver';
  return {
    bytes: sum.bytes,
    seconds,
    bitsPerSecond: seconds > 0 ? (sum.bytes / seconds) * 8 : 0,
    retransmits: receiver || sum.retransmits < 0 ? undefined : sum.retransmits,
    datagrams: udp ? sum.datagrams : undefined,
    lost: udp && receiver ? sum.lost : undefined,
    jitterMs: udp && receiver ? sum.jitterMs : undefined,
  };
}
