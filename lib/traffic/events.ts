import type { TestSettings } from '../configuration/settings.js';
import type { VnetperfError } from '../errors.js';
import type { CoreSeconds, GapStatistics, SocketAddress, TcpSnapshot } from '../platform/native.js';

/**
 * What a session (one test, or a server between tests) tells, in the order in which it happens. Reporters consume
 * these and ask nothing back. All times are seconds since the start, or since the end of the omit period.
 */
export type SessionEvent =
  /** Server: ready for a client. Once per test, not after an idle restart. */
  | { type: 'listening'; port: number; testNumber: number }
  /** Client: the control connection stands, before the parameters are sent. */
  | { type: 'control-connected'; mssBytes: number; keepalive?: string | undefined }
  /** Parameters are exchanged. On a client `peer` is the server as named by the user, on a server the client. */
  | ConnectEvent
  /** One data stream stands. */
  | { type: 'stream-connected'; stream: StreamIdentity }
  /** All streams stand; traffic starts. */
  | StartEvent
  | IntervalRecord
  | { type: 'omit-finished' }
  | EndRecord
  /** Goes to stderr in text mode; never part of a JSON document. */
  | { type: 'warning'; message: string }
  /** Lines for -V that belong to no other event, on stdout. */
  | { type: 'verbose'; message: string }
  | { type: 'debug'; level: number; message: string }
  /** The test failed or was cut short. The last event of its test; an EndRecord may have come before. */
  /** `fromServer`: the server named this error over the wire, it was not found here. */
  | { type: 'error'; error: VnetperfError; fromServer?: true }
  /** The test is over in good order. The last event of its test. */
  | { type: 'done' };

export interface ConnectEvent {
  type: 'connect';
  role: 'client' | 'server';
  peer: { host: string; port: number };
  /** Server side of this control connection: peer is the client. */
  cookie: string;
  timestampMs: number;
  /** uname: sysname nodename release version machine. */
  systemInfo: string;
  /** TCP_MAXSEG of the control connection on a client; 0 on a server, as iperf3 has it. */
  controlMssBytes: number;
  settings: TestSettings;
}

export interface StreamIdentity {
  /** The protocol's number: 1, 3, 4, 5 ... */
  id: number;
  /** iperf3's column: the descriptor iperf3 would have. */
  socket: number;
  /** Whether this side sends on it. */
  sender: boolean;
  local: SocketAddress;
  remote: SocketAddress;
}

export interface StartEvent {
  type: 'start';
  role: 'client' | 'server';
  settings: TestSettings;
  intervalSeconds: number;
  streams: StreamIdentity[];
  /** -w as asked, and what the first data socket has. */
  socketBufferBytes: number;
  sendBufferActualBytes: number;
  receiveBufferActualBytes: number;
  connect: ConnectEvent;
}

export interface IntervalRecord {
  type: 'interval';
  startSeconds: number;
  endSeconds: number;
  omitted: boolean;
  /** In the order in which iperf3 prints them. */
  streams: StreamInterval[];
  /** Per core, fractions of this interval in seconds; index = core; null = offline. */
  cores: (CoreSeconds | null)[];
  /** CPU of this side's stream threads, percent of one core. */
  cpuPercent: number;
  carriers: CarrierPercent[];
}

/** A process between the ends, a switch or a proxy. */
export interface CarrierIdentity {
  /** `ovs-vswitchd`, `docker-proxy`. */
  name: string;
  pid: number;
}

export interface CarrierPercent extends CarrierIdentity {
  /** All its threads, percent of one core; absent when it has ended or cannot be seen. */
  cpuPercent?: number | undefined;
}

export interface StreamInterval {
  stream: StreamIdentity;
  startSeconds: number;
  endSeconds: number;
  bytes: number;
  /** UDP: datagrams sent, or expected (highest sequence's advance) on a receiver. */
  datagrams: number;
  lost: number;
  outOfOrder: number;
  jitterMs: number;
  /** TCP sender: in this interval. */
  retransmits: number;
  /** TCP sender: the sample at the end of the interval. */
  tcp: TcpSnapshot | undefined;
  core: number;
  migrations: number;
}

/** The final figures, after the results exchange on a client, before it on a server. */
export interface EndRecord {
  type: 'end';
  role: 'client' | 'server';
  settings: TestSettings;
  streams: StreamEnd[];
  cpu: { local: CpuPercent; remote: CpuPercent | undefined };
  /** Congestion control in use. iperf3's server knows only its own. */
  congestion: { local: string | undefined; remote: string | undefined };
  serverOutput?: { json: unknown } | { text: string } | undefined;
  facts: VnetperfFacts;
  /** true when the peer's results are missing for good (interrupted, died). */
  incomplete: boolean;
}

export interface CpuPercent {
  total: number;
  user: number;
  system: number;
}

export interface StreamEnd {
  stream: StreamIdentity;
  /** What this side counted. */
  local: StreamTotals;
  /** What the peer said; undefined where it has not (a server prints before it knows). */
  remote: StreamTotals | undefined;
  /** Local TCP sender only. */
  tcp: TcpStreamSummary | undefined;
  /** -F on this side. */
  file?: { name: string; sizeBytes: number; transferredBytes: number } | undefined;
}

/** After the omit period. */
export interface StreamTotals {
  endSeconds: number;
  bytes: number;
  /** TCP sender; -1 = unknown. */
  retransmits: number;
  /** UDP. On a sender only `datagrams` is known. */
  jitterMs: number;
  lost: number;
  datagrams: number;
  /** false: the peer (iperf3 up to 3.13) did not tell how much of its counts was omitted. */
  omittedKnown: boolean;
  outOfOrder: number;
}

export interface TcpStreamSummary {
  reorderSeen: number;
  maxCongestionWindowBytes: number;
  maxSendWindowBytes: number;
  maxRttMicroseconds: number;
  minRttMicroseconds: number;
  meanRttMicroseconds: number;
}

/** Everything iperf3 has no word for: the value of the one extra key `vnetperf`. Also sent to the peer with the results. */
export interface VnetperfFacts {
  version: string;
  streams: StreamFacts[];
  /** Share of the measured time per core of this machine, percent; sums to 100 a core. */
  cores: CorePercent[];
  /** What carried the traffic between the ends, over the measured time. Local only. */
  carriers?: CarrierFacts[] | undefined;
  /** Local only. */
  intervals?: IntervalFacts[] | undefined;
  /** Where round trips were asked for and both ends are in this process: local only. */
  latency?: LatencyMeasurement | undefined;
  mergedTicks: number;
  /** The same facts as the peer counted them, where the peer is a vnetperf. */
  peer?: Omit<VnetperfFacts, 'peer' | 'intervals' | 'carriers' | 'placement' | 'latency'> | undefined;
  /** With --pin auto: the cores it chose for the ends, this one and the other, and why. Local only. */
  placement?: { client: number[]; server: number[]; why: string } | undefined;
  /** Filled by `vnetperf run`: what was built and verified. */
  topology?: unknown;
}

export interface IntervalFacts {
  startSeconds: number;
  endSeconds: number;
  /** Which core each stream was on. */
  streamCores: number[];
  cores: CorePercent[];
  /** CPU of each end's stream threads, percent of one core. The other end's only where both are in this process. */
  ends: { client?: number | undefined; server?: number | undefined };
  /** Summed over the cores, percent of one core; absent where the cores were watched for too short a time. */
  softirq?: number | undefined;
  carriers?: CarrierPercent[] | undefined;
}

export interface CarrierFacts extends CarrierPercent {
  /** The thread that ran most, where the kernel tells (schedstat). */
  busiestThread?: { name: string; cpuPercent: number } | undefined;
}

export interface StreamFacts {
  id: number;
  socket: number;
  role: 'sender' | 'receiver';
  /** Cores asked for (empty = not pinned) and the cores the kernel then allowed. */
  pin: { asked: number[]; got: number[] };
  /** Sums to the bytes of the whole run, omit period included. */
  bytesByCore: { core: number; bytes: number }[];
  migrations: number;
  /** How the bytes were moved: copy, sendfile, splice, zerocopy; copy, discard, mmap. */
  path: string;
  /** Why that path, where it was left to vnetperf (`auto`). */
  pathReason?: string | undefined;
  /** System calls of the thread on its way of moving bytes, those that moved none included. Whole run. */
  calls: number;
  /** UDP: packets on the path (sender: as sent; receiver: as they came up), each of which may hold many datagrams. */
  packets?: number | undefined;
  /** UDP: --gso (receiver: --gro) was asked for and is not used: the path, the kernel or the datagrams' size forbids it. */
  segmentationRefused?: boolean | undefined;
  /** Paths zerocopy and mmap: what the kernel says became of the bytes. It need not have told about all of them. */
  zeroCopy?: { zeroCopiedBytes: number; copiedBytes: number } | undefined;
  /** When the first byte moved, seconds since the start of the test; 0 = none did. */
  firstByteSeconds: number;
  /** UDP at a rate: how smooth the datagrams left, or came. */
  gaps?: GapStatistics | undefined;
  congestion: string | undefined;
  /** TCP sender paced by the kernel (BBR, fq-rate). */
  paced: boolean;
  /** As the kernel counts: with receive offload (--gro) a packet of coalesced datagrams is one. */
  socketBufferDrops: number;
  duplicates: number;
  cpu: { userSeconds: number; systemSeconds: number };
  /**
   * Receiver: the core on which the kernel brought the socket's last packet up the stack; absent where not known. Of TCP
   * it is a sample: what the sender's own thread sends comes up on its core, what an acknowledgement lets out on the core
   * that took the acknowledgement. It is one core for all where RPS or a card's queue decides.
   */
  receiveCore?: number | undefined;
  /** TCP sender, the whole run: how long it had something to send, and what of that it was held up by. */
  tcpLimits?: TcpLimits | undefined;
  /** -M as the kernel has it. */
  mssBytes: number;
}

export interface TcpLimits {
  busySeconds: number;
  receiveWindowLimitedSeconds: number;
  sendBufferLimitedSeconds: number;
}

export interface CorePercent {
  core: number;
  user: number;
  system: number;
  irq: number;
  softirq: number;
  steal: number;
  idle: number;
}

/** Round trips of a ping-pong stream. */
export interface LatencyMeasurement {
  /** UDP echo between threads of the two ends. */
  protocol: 'udp';
  payloadBytes: number;
  /** Before the load. */
  idle: LatencyDistribution;
  /** While the load ran. */
  loaded?: LatencyDistribution | undefined;
}

export interface LatencyDistribution {
  /** Round trips that came back. */
  samples: number;
  /** Pings whose answer did not come in time. */
  lost: number;
  minMicroseconds: number;
  meanMicroseconds: number;
  maxMicroseconds: number;
  /** 50, 90, 99 and 99.9; each within `relativeError` of the exact value. */
  percentiles: { percentile: number; microseconds: number }[];
  /** Bound of the histogram's own error, for example 0.01. */
  relativeError: number;
}
