import type { TestSettings } from '../../lib/configuration/settings.js';
import { defaultSettings } from '../../lib/configuration/settings.js';
import type { SocketAddress, TcpSnapshot } from '../../lib/platform/native.js';
import type {
  ConnectEvent,
  EndRecord,
  IntervalRecord,
  SessionEvent,
  StartEvent,
  StreamEnd,
  StreamIdentity,
  StreamInterval,
  StreamTotals,
  VnetperfFacts,
} from '../../lib/traffic/events.js';

/** The keys of iperf3's documents that a replay needs; every one that is read must be there. */
interface Captured {
  start: {
    connected: { socket: number; local_host: string; local_port: number; remote_host: string; remote_port: number }[];
    system_info: string;
    timestamp: { timemillisecs: number };
    connecting_to?: { host: string; port: number };
    accepted_connection?: { host: string; port: number };
    cookie: string;
    tcp_mss_default?: number;
    fq_rate: number;
    sock_bufsize: number;
    sndbuf_actual: number;
    rcvbuf_actual: number;
    test_start: Record<string, number> & { protocol: 'TCP' | 'UDP' };
  };
  intervals: { streams: CapturedInterval[] }[];
  end: {
    streams: { sender?: CapturedHalf; receiver?: CapturedHalf; udp?: CapturedHalf }[];
    cpu_utilization_percent: Record<string, number>;
    sender_tcp_congestion?: string;
    receiver_tcp_congestion?: string;
  } & Record<string, CapturedHalf>;
  server_output_json?: unknown;
}

interface CapturedInterval {
  socket: number;
  start: number;
  end: number;
  bytes: number;
  retransmits?: number;
  snd_cwnd?: number;
  snd_wnd?: number;
  rtt?: number;
  rttvar?: number;
  pmtu?: number;
  reorder?: number;
  jitter_ms?: number;
  lost_packets?: number;
  packets?: number;
  omitted: boolean;
  sender: boolean;
}

type CapturedHalf = CapturedInterval & { out_of_order?: number; [key: string]: unknown };

/** The events that a session would have told, had it measured what this document of iperf3's says. */
export function eventsFromJson(text: string): SessionEvent[] {
  const document = JSON.parse(text) as Captured;
  const start = startEvent(document);
  const { streams } = start;
  return [
    start.connect,
    ...streams.map((stream): SessionEvent => ({ type: 'stream-connected', stream })),
    start,
    ...document.intervals.map(({ streams: figures }) => intervalRecord(figures, streams)),
    endRecord(document, start),
    { type: 'done' },
  ];
}

function startEvent({ start, intervals }: Captured): StartEvent {
  const { test_start: test } = start;
  const settings: TestSettings = {
    ...defaultSettings(),
    protocol: test.protocol === 'UDP' ? 'udp' : 'tcp',
    direction: test.bidir === 1 ? 'bidirectional' : test.reverse === 1 ? 'reverse' : 'forward',
    omitSeconds: test.omit as number,
    durationSeconds: test.duration as number,
    bytes: test.bytes as number,
    blocks: test.blocks as number,
    parallel: test.num_streams as number,
    lengthBytes: test.blksize as number,
    rateBitsPerSecond: test.target_bitrate as number,
    fqRateBitsPerSecond: start.fq_rate,
    tos: test.tos as number,
    gso: test.gso === 1,
    gro: test.gro === 1,
  };
  const role = start.connecting_to === undefined ? 'server' : 'client';
  const connect: ConnectEvent = {
    type: 'connect',
    role,
    peer: start.connecting_to ?? (start.accepted_connection as { host: string; port: number }),
    cookie: start.cookie,
    timestampMs: start.timestamp.timemillisecs,
    systemInfo: start.system_info,
    controlMssBytes: start.tcp_mss_default ?? 0,
    settings,
  };
  return {
    type: 'start',
    role,
    settings,
    intervalSeconds: test.interval as number,
    streams: start.connected.map((connected, index) => ({
      id: index === 0 ? 1 : index + 2,
      socket: connected.socket,
      sender: intervals[0]?.streams[index]?.sender === true,
      local: address(connected.local_host, connected.local_port),
      remote: address(connected.remote_host, connected.remote_port),
    })),
    socketBufferBytes: start.sock_bufsize,
    sendBufferActualBytes: start.sndbuf_actual,
    receiveBufferActualBytes: start.rcvbuf_actual,
    connect,
  };
}

export function address(host: string, port: number): SocketAddress {
  return { host, port, family: host.includes(':') ? 6 : 4 };
}

function intervalRecord(figures: CapturedInterval[], streams: StreamIdentity[]): IntervalRecord {
  const intervals = figures.map(
    (figure, index): StreamInterval => ({
      stream: streams[index] as StreamIdentity,
      startSeconds: figure.start,
      endSeconds: figure.end,
      bytes: figure.bytes,
      datagrams: figure.packets ?? 0,
      lost: figure.lost_packets ?? 0,
      outOfOrder: 0,
      jitterMs: figure.jitter_ms ?? 0,
      retransmits: figure.retransmits ?? 0,
      tcp: tcpSnapshot(figure),
      core: 0,
      migrations: 0,
    }),
  );
  const first = intervals[0] as StreamInterval;
  return {
    type: 'interval',
    startSeconds: first.startSeconds,
    endSeconds: first.endSeconds,
    omitted: figures[0]?.omitted === true,
    streams: intervals,
    cores: [],
    cpuPercent: 0,
    carriers: [],
  };
}

function tcpSnapshot(figure: CapturedInterval): TcpSnapshot | undefined {
  if (figure.retransmits === undefined) return undefined;
  return {
    retransmits: figure.retransmits,
    congestionWindowBytes: figure.snd_cwnd as number,
    sendWindowBytes: figure.snd_wnd as number,
    rttMicroseconds: figure.rtt as number,
    rttVarianceMicroseconds: figure.rttvar as number,
    pathMtuBytes: figure.pmtu as number,
    reorderSeen: figure.reorder as number,
    dsackDuplicates: 0,
    busySeconds: 0,
    receiveWindowLimitedSeconds: 0,
    sendBufferLimitedSeconds: 0,
  };
}

function endRecord(document: Captured, start: StartEvent): EndRecord {
  const { end } = document;
  const { settings, role } = start;
  const sending = start.streams.some(({ sender }) => sender);
  const cpu = end.cpu_utilization_percent;
  const [local, remote] = sending
    ? [end.sender_tcp_congestion, end.receiver_tcp_congestion]
    : [end.receiver_tcp_congestion, end.sender_tcp_congestion];
  return {
    type: 'end',
    role,
    settings,
    streams: start.streams.map((stream, index) =>
      settings.protocol === 'udp' ? udpEnd(document, start, stream, index) : tcpEnd(document, start, stream, index),
    ),
    cpu: {
      local: { total: cpu.host_total as number, user: cpu.host_user as number, system: cpu.host_system as number },
      remote:
        role === 'server'
          ? undefined
          : { total: cpu.remote_total as number, user: cpu.remote_user as number, system: cpu.remote_system as number },
    },
    congestion: { local, remote },
    ...(document.server_output_json === undefined ? {} : { serverOutput: { json: document.server_output_json } }),
    facts: someFacts(),
    incomplete: false,
  };
}

function tcpEnd({ end }: Captured, { role }: StartEvent, stream: StreamIdentity, index: number): StreamEnd {
  const { sender, receiver } = end.streams[index] as { sender: CapturedHalf; receiver: CapturedHalf };
  const sent = totals({ endSeconds: sender.end, bytes: sender.bytes, retransmits: sender.retransmits ?? -1 });
  const received = totals({ endSeconds: receiver.end, bytes: receiver.bytes });
  const [local, remote] = stream.sender ? [sent, received] : [received, sent];
  return {
    stream,
    local,
    remote: role === 'server' ? undefined : remote,
    tcp: !stream.sender
      ? undefined
      : {
          reorderSeen: sender.reorder as number,
          maxCongestionWindowBytes: sender.max_snd_cwnd as number,
          maxSendWindowBytes: sender.max_snd_wnd as number,
          maxRttMicroseconds: sender.max_rtt as number,
          minRttMicroseconds: sender.min_rtt as number,
          meanRttMicroseconds: sender.mean_rtt as number,
        },
  };
}

function udpEnd(document: Captured, start: StartEvent, stream: StreamIdentity, index: number): StreamEnd {
  const udp = document.end.streams[index]?.udp as CapturedHalf;
  const reverse = (start.role === 'client') !== stream.sender;
  const received =
    document.end[`sum_received${reverse && start.settings.direction === 'bidirectional' ? '_bidir_reverse' : ''}`];
  const share = (received as CapturedHalf).bytes / start.settings.parallel;
  // A receiver's own bytes of one stream stand nowhere in the document; with no loss they follow from its datagrams.
  const receivedBytes = udp.lost_packets === 0 ? (udp.packets as number) * start.settings.lengthBytes : share;
  const sent = totals({ endSeconds: udp.end, bytes: udp.bytes, datagrams: udp.packets as number });
  const heard = totals({
    endSeconds: (received as CapturedHalf).end,
    bytes: receivedBytes,
    datagrams: udp.packets as number,
    lost: udp.lost_packets as number,
    jitterMs: udp.jitter_ms as number,
    outOfOrder: udp.out_of_order as number,
  });
  const [local, remote] = stream.sender ? [sent, heard] : [heard, sent];
  return { stream, local, remote: start.role === 'server' ? undefined : remote, tcp: undefined };
}

export function totals(known: Partial<StreamTotals>): StreamTotals {
  return {
    endSeconds: 0,
    bytes: 0,
    retransmits: -1,
    jitterMs: 0,
    lost: 0,
    datagrams: 0,
    omittedKnown: true,
    outOfOrder: 0,
    ...known,
  };
}

export function someFacts(): VnetperfFacts {
  return { version: '0.0.0', streams: [], cores: [], mergedTicks: 0 };
}
