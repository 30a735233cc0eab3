import { streamId } from '../../traffic/stream-numbers.js';
import type { StreamMeasurement, TcpSenderMeasurement } from '../measurement.js';
import { type DocumentFields, documentError } from './document-fields.js';

/** 128 each way. */
export const MOST_STREAMS = 256;

/** One stream of an iperf3 report, as far as the side that wrote it knew its two ends. */
export interface ReportedStream {
  id: number;
  /** iperf3's name of it in the same report. */
  socket: number | undefined;
  from: 'client' | 'server';
  /** undefined: the report says nothing of that end. */
  sent?: ReportedHalf | undefined;
  received?: ReportedHalf | undefined;
  retransmits?: number | undefined;
  tcp?: TcpSenderMeasurement | undefined;
  udp?: ReportedDatagrams | undefined;
}

interface ReportedHalf {
  bytes: number;
  seconds: number;
}

interface ReportedDatagrams {
  /** As the sender counted them where it is known. */
  datagrams: number;
  lost: number;
  outOfOrder: number | undefined;
  jitterMs: number | undefined;
}

/** Throws VnetperfError ERR_IPERF3_DOCUMENT. */
export function reportedStreams(
  end: DocumentFields,
  role: 'client' | 'server',
  sendsUnlessSaid: boolean,
): ReportedStream[] {
  const streams = end.list('streams', MOST_STREAMS).map((stream, index) => {
    const udp = stream.object('udp');
    const fields = udp ?? stream.neededObject('sender');
    const sends = fields.boolean('sender') ?? sendsUnlessSaid;
    const from: 'client' | 'server' = (role === 'client') === sends ? 'client' : 'server';
    const common = { id: streamId(index), socket: fields.number('socket'), from };
    // A server writes its report before its client has told it anything: the other half is zeros.
    const knowsSent = sends || role === 'client';
    const knowsReceived = !sends || role === 'client';
    if (udp !== undefined) {
      // Bytes and time are the sender's, loss and jitter the receiver's.
      return {
        ...common,
        ...(knowsSent ? { sent: half(udp) } : {}),
        ...(knowsReceived ? { udp: datagrams(udp) } : {}),
      };
    }
    return {
      ...common,
      ...(knowsSent ? { sent: half(fields), retransmits: fields.number('retransmits'), tcp: tcpSender(fields) } : {}),
      ...(knowsReceived ? { received: half(stream.neededObject('receiver')) } : {}),
    };
  });
  if (streams.length === 0) throw documentError('"end.streams" has none', 'The test never began: see what it printed.');
  return streams;
}

/** The ends of which the report tells the bytes. */
export function streamMeasurements({ id, from, sent, received, tcp }: ReportedStream): StreamMeasurement[] {
  const to = from === 'client' ? 'server' : 'client';
  const sender: StreamMeasurement[] =
    sent === undefined
      ? []
      : [{ id, end: from, role: 'sender', bytes: sent.bytes, bytesByCore: [], ...(tcp === undefined ? {} : { tcp }) }];
  const receiver: StreamMeasurement[] =
    received === undefined ? [] : [{ id, end: to, role: 'receiver', bytes: received.bytes, bytesByCore: [] }];
  return [...sender, ...receiver];
}

/** The `end` of a receiver is its own time; its `seconds` is that of the side that wrote the report. */
function half(fields: DocumentFields): ReportedHalf {
  return { bytes: fields.neededNumber('bytes'), seconds: fields.number('end') ?? fields.neededNumber('seconds') };
}

function datagrams(udp: DocumentFields): ReportedDatagrams {
  return {
    datagrams: udp.number('packets') ?? 0,
    lost: udp.number('lost_packets') ?? 0,
    outOfOrder: udp.number('out_of_order'),
    jitterMs: udp.number('jitter_ms'),
  };
}

/** A side that received knows no more of the sender than its retransmits, and writes zeros for the rest. */
function tcpSender(sender: DocumentFields): TcpSenderMeasurement | undefined {
  const [retransmits, window, rtt] = ['retransmits', 'max_snd_cwnd', 'mean_rtt'].map((name) => sender.number(name));
  if (retransmits === undefined || !window || rtt === undefined) return undefined;
  const minimum = sender.number('min_rtt');
  return {
    retransmits,
    maxCongestionWindowBytes: window,
    meanRttMicroseconds: rtt,
    ...(minimum === undefined ? {} : { minRttMicroseconds: minimum }),
    reorderSeen: sender.number('reorder') ?? 0,
  };
}
