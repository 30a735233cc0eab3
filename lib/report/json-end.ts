import {
  congestionOf,
  type DirectionEnd,
  directionsOf,
  type HalfSum,
  lostPercent,
  roundToMicroseconds,
  type StreamHalves,
  sumHalves,
} from '../traffic/direction-ends.js';
import type { EndRecord, StreamEnd, StreamTotals } from '../traffic/events.js';
import { bytesPerSecond } from './interval-sum.js';

/** The `end` object. What the peer has not told is zero, as in iperf3. */
export function jsonEnd(end: EndRecord): Record<string, unknown> {
  const udp = end.settings.protocol === 'udp';
  const directions = directionsOf(end);
  const halvesOf = new Map(directions.flatMap(({ streams }) => streams).map((halves) => [halves.record, halves]));
  const inOrder = end.streams.map((record) => halvesOf.get(record) as StreamHalves);
  const [first, second] = directions;
  return {
    streams: inOrder.map((halves) => (udp ? udpStream(halves) : tcpStream(halves))),
    ...(first === undefined ? {} : sums(first, '', udp)),
    ...(second === undefined ? {} : sums(second, '_bidir_reverse', udp)),
    cpu_utilization_percent: {
      host_total: end.cpu.local.total,
      host_user: end.cpu.local.user,
      host_system: end.cpu.local.system,
      remote_total: end.cpu.remote?.total ?? 0,
      remote_user: end.cpu.remote?.user ?? 0,
      remote_system: end.cpu.remote?.system ?? 0,
    },
    ...congestion(end),
  };
}

function tcpStream({ stream, record, sender, receiver }: StreamHalves): object {
  return {
    sender: {
      socket: stream.socket,
      ...rate(sender, record.local),
      ...senderFigures(sender, record.tcp),
      sender: stream.sender,
    },
    ...diskFile(record),
    receiver: { socket: stream.socket, ...rate(receiver, record.local), sender: stream.sender },
  };
}

/** Only retransmits go over the wire; a receiver has zeros for what the sender's kernel alone knows. */
function senderFigures(sender: StreamTotals | undefined, tcp: StreamEnd['tcp']): object {
  if (sender === undefined || sender.retransmits < 0) return {};
  return {
    retransmits: sender.retransmits,
    reorder: tcp?.reorderSeen ?? 0,
    max_snd_cwnd: tcp?.maxCongestionWindowBytes ?? 0,
    max_snd_wnd: tcp?.maxSendWindowBytes ?? 0,
    max_rtt: tcp?.maxRttMicroseconds ?? 0,
    min_rtt: tcp?.minRttMicroseconds ?? 0,
    mean_rtt: tcp?.meanRttMicroseconds ?? 0,
  };
}

/** One object for both ends: bytes, time and count of the sender, jitter and loss of the receiver. */
function udpStream({ stream, record, sender, receiver }: StreamHalves): object {
  const packets = sender?.datagrams ?? receiver?.datagrams ?? 0;
  return {
    udp: {
      socket: stream.socket,
      ...rate(sender, record.local),
      jitter_ms: receiver?.jitterMs ?? 0,
      lost_packets: receiver?.lost ?? 0,
      packets,
      lost_percent: lostPercent(receiver?.lost ?? 0, packets),
      out_of_order: receiver?.outOfOrder ?? 0,
      sender: stream.sender,
    },
    ...diskFile(record),
  };
}

function diskFile({ file, stream, remote }: StreamEnd): object {
  if (file === undefined) return {};
  const peer = remote?.bytes ?? 0;
  const [sent, received] = stream.sender ? [file.transferredBytes, peer] : [peer, file.transferredBytes];
  const percent = (bytes: number) => (file.sizeBytes > 0 ? Math.trunc((100 * bytes) / file.sizeBytes) : 0);
  return {
    diskfile: {
      sent,
      received,
      size: file.sizeBytes,
      percent_sent: percent(sent),
      percent_received: percent(received),
      filename: file.name,
    },
  };
}

function sums(direction: DirectionEnd, suffix: string, udp: boolean): object {
  const sent = sumHalves(direction, 'sender');
  const received = sumHalves(direction, 'receiver');
  if (!udp) {
    return {
      [`sum_sent${suffix}`]: {
        ...sumRate(sent),
        ...(sent.retransmits < 0 ? {} : { retransmits: sent.retransmits }),
        sender: direction.sending,
      },
      [`sum_received${suffix}`]: { ...sumRate(received), sender: direction.sending },
    };
  }
  const sentFigures = { jitter_ms: 0, lost_packets: 0, packets: sent.datagrams, lost_percent: 0 };
  return {
    [`sum${suffix}`]: ambiguousSum(direction, sent, received),
    [`sum_sent${suffix}`]: { ...sumRate(sent), ...sentFigures, sender: true },
    [`sum_received${suffix}`]: {
      ...sumRate(received),
      ...lossFigures(received, received.datagrams),
      sender: false,
    },
  };
}

/**
 * What iperf3 had for UDP before there were sum_sent and sum_received: the sender's bytes and rate, the receiver's
 * time, jitter and loss.
 */
function ambiguousSum(direction: DirectionEnd, sent: HalfSum, received: HalfSum): object {
  const senderKnown = direction.streams.some(({ sender }) => sender !== undefined);
  const end = roundToMicroseconds(received.endSeconds);
  return {
    start: 0,
    end,
    seconds: end,
    bytes: sent.bytes,
    bits_per_second: bytesPerSecond(sent.bytes, roundToMicroseconds(sent.endSeconds)) * 8,
    ...lossFigures(received, senderKnown ? sent.datagrams : received.datagrams),
    sender: direction.sending,
  };
}

function lossFigures({ jitterMs, lost }: HalfSum, packets: number): object {
  return { jitter_ms: jitterMs, lost_packets: lost, packets, lost_percent: lostPercent(lost, packets) };
}

/**
 * iperf3 3.21 gives `receiver.seconds` as this side's time beside the receiver's `end` and rate. Here the three agree.
 */
function rate(half: StreamTotals | undefined, own: StreamTotals): object {
  return sumRate({ bytes: half?.bytes ?? 0, endSeconds: (half ?? own).endSeconds });
}

function sumRate({ bytes, endSeconds }: Pick<HalfSum, 'bytes' | 'endSeconds'>): object {
  const end = roundToMicroseconds(endSeconds);
  return { start: 0, end, seconds: end, bytes, bits_per_second: bytesPerSecond(bytes, end) * 8 };
}

function congestion(end: EndRecord): object {
  if (end.settings.protocol !== 'tcp') return {};
  const sending = end.streams.some(({ stream }) => stream.sender);
  const { sender, receiver } = congestionOf({ sending }, end);
  return { sender_tcp_congestion: sender, receiver_tcp_congestion: receiver };
}
