import type { TestSettings } from '../configuration/settings.js';
import type { EndRecord, StreamEnd, StreamIdentity, StreamTotals } from './events.js';

/** Client to server, or server to client; both in a bidirectional test. */
export interface DirectionEnd {
  /** Server to client. */
  reverse: boolean;
  /** Whether this side sends. */
  sending: boolean;
  streams: StreamHalves[];
}

/** One stream as its two ends counted it. */
export interface StreamHalves {
  stream: StreamIdentity;
  record: StreamEnd;
  /** undefined: not known here. A server reports before its client has told it anything. */
  sender: StreamTotals | undefined;
  receiver: StreamTotals | undefined;
  /** The receiver's losses include those of the omit period, because it did not say how many those were. */
  lossUnknown: boolean;
}

/** The directions of a finished test, client to server first, as iperf3 prints them on both sides. */
export function directionsOf(end: EndRecord): DirectionEnd[] {
  const halves = end.streams.map((record) => streamHalves(record, end.settings));
  return [false, true].flatMap((reverse) => {
    const sending = (end.role === 'client') !== reverse;
    const streams = halves.filter(({ stream }) => stream.sender === sending);
    return streams.length === 0 ? [] : [{ reverse, sending, streams }];
  });
}

function streamHalves(record: StreamEnd, settings: TestSettings): StreamHalves {
  const { stream, local, remote } = record;
  const unknown = remote !== undefined && !remote.omittedKnown && settings.protocol === 'udp';
  if (stream.sender) {
    // How many the peer should have received after the omit period is what was sent after it.
    const receiver = unknown ? { ...remote, datagrams: local.datagrams } : remote;
    return { stream, record, sender: local, receiver, lossUnknown: unknown };
  }
  // The sender's bytes are net of the omit period even where its datagrams are not, and all are of one size.
  const datagrams = unknown ? Math.round(remote.bytes / settings.lengthBytes) : 0;
  const sender = unknown ? { ...remote, datagrams } : remote;
  return { stream, record, sender, receiver: local, lossUnknown: false };
}

/** Totals of one half over the streams of a direction; a half that is not known counts as nothing. */
export interface HalfSum {
  bytes: number;
  /** -1: no stream knows. */
  retransmits: number;
  /** Mean over the streams. */
  jitterMs: number;
  lost: number;
  datagrams: number;
  /** The longest of the streams. */
  endSeconds: number;
}

export function sumHalves(direction: DirectionEnd, half: 'sender' | 'receiver'): HalfSum {
  const sum: HalfSum = { bytes: 0, retransmits: -1, jitterMs: 0, lost: 0, datagrams: 0, endSeconds: 0 };
  for (const stream of direction.streams) {
    const totals = stream[half];
    // A half that is not known lasted as long as the one that is.
    sum.endSeconds = Math.max(sum.endSeconds, (totals ?? stream.record.local).endSeconds);
    if (totals === undefined) continue;
    sum.bytes += totals.bytes;
    sum.lost += totals.lost;
    sum.datagrams += totals.datagrams;
    sum.jitterMs += totals.jitterMs;
    if (totals.retransmits >= 0) sum.retransmits = Math.max(0, sum.retransmits) + totals.retransmits;
  }
  sum.jitterMs /= direction.streams.length;
  return sum;
}

/** The congestion control of both ends of one direction, where known. */
export function congestionOf(
  direction: Pick<DirectionEnd, 'sending'>,
  { congestion }: EndRecord,
): { sender: string | undefined; receiver: string | undefined } {
  return direction.sending
    ? { sender: congestion.local, receiver: congestion.remote }
    : { sender: congestion.remote, receiver: congestion.local };
}

/** iperf3's clock counts microseconds; ours has more digits than mean anything. */
export function roundToMicroseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}

/** Percent; 0 where there was nothing to lose. */
export function lostPercent(lost: number, datagrams: number): number {
  return datagrams > 0 ? (100 * lost) / datagrams : 0;
}
