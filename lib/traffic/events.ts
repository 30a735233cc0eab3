import type { TestSettings } from '../configuration/settings.js';
import type { VnetperfError } from '../errors.js';
import type { CoreSeconds, GapStatistics, SocketAddress, TcpSnapshot } from '../platform/native.js';

/**
 * What a session (one test, or a server between tests) tells, in the order in which it happens. Reporters consume
 * these and ask nothing back. All times are seconds since the start, or since the end of the omit period.
 */
export type SessionEvent =
  /**
   * Server: ready for a client. Once per test, not after an idle restart; where it serves several clients at once
   * (`maxClients`, absent = 1), once.
   */
  | { type: 'listening'; port: number; testNumber: number; maxClients?: number | undefined }
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
  /** Lines for -d, on stdout; beside JSON on stderr. `document`: what went over the control connection. */
  | { type: 'debug'; message: string; document?: Readonly<Record<string, unknown>> | undefined }
  /**
   * The test failed or was cut short. The last event of its test; an EndRecord may have come before. `fromServer`: the
   * server named this error over the wire, it was not found here.
   */
  | { type: 'error'; error: VnetperfError; fromServer?: true }
  /** The test is over in good order. The last event of its test. */
  | { type: 'done' };

/** Both ends have agreed on the parameters. */
export interface ConnectEvent {
  /** Which event this is. */
  type: 'connect';
  /** Which end tells it. */
  role: 'client' | 'server';
  /** The other end: on a client as the user named it. */
  peer: { host: string; port: number };
  /** Server side of this control connection: peer is the client. */
  cookie: string;
  /** When, milliseconds since 1970. */
  timestampMs: number;
  /** uname: sysname nodename release version machine. */
  systemInfo: string;
  /** TCP_MAXSEG of the control connection on a client; 0 on a server, as iperf3 has it. */
  controlMssBytes: number;
  /** What both ends agreed on. */
  settings: TestSettings;
}

/** Which data stream. */
export interface StreamIdentity {
  /** The protocol's number: 1, 3, 4, 5 ... */
  id: number;
  /** iperf3's column: the descriptor iperf3 would have. */
  socket: number;
  /** Whether this side sends on it. */
  sender: boolean;
  /** This end’s address and port. */
  local: SocketAddress;
  /** The peer’s address and port. */
  remote: SocketAddress;
}

/** All streams stand, and what the sockets have. */
export interface StartEvent {
  /** Which event this is. */
  type: 'start';
  /** Which end tells it. */
  role: 'client' | 'server';
  /** What both ends agreed on. */
  settings: TestSettings;
  /** Time between interval records; 0 = none come. */
  intervalSeconds: number;
  /** Every data stream, in the order in which they were opened. */
  streams: StreamIdentity[];
  /** -w as asked, and what the first data socket has. */
  socketBufferBytes: number;
  /** SO_SNDBUF of the first data socket, as the kernel has it. */
  sendBufferActualBytes: number;
  /** SO_RCVBUF of the first data socket, as the kernel has it. */
  receiveBufferActualBytes: number;
  /** Of the first data socket; absent for UDP. */
  congestion?: string | undefined;
  /** What was told when the parameters were agreed on. */
  connect: ConnectEvent;
}

/** The figures of one interval, as this end counted. */
export interface IntervalRecord {
  /** Which event this is. */
  type: 'interval';
  /** Its beginning, since the start or the end of the omit period. */
  startSeconds: number;
  /** Its end, counted likewise. */
  endSeconds: number;
  /** Part of the omit period: in no total. */
  omitted: boolean;
  /** In the order in which iperf3 prints them. */
  streams: StreamInterval[];
  /** Per core, fractions of this interval in seconds; index = core; null = offline. */
  cores: (CoreSeconds | null)[];
  /** CPU of this side's stream threads, percent of one core. */
  cpuPercent: number;
  /** What switches and proxies between the ends used in it. */
  carriers: CarrierPercent[];
}

/** A process between the ends, a switch or a proxy. */
export interface CarrierIdentity {
  /** `ovs-vswitchd`, `docker-proxy`. */
  name: string;
  /** Its process id on its host. */
  pid: number;
  /** Across two hosts: whose end's host it runs on. */
  host?: 'client' | 'server' | undefined;
}

/** What a process between the ends used in an interval. */
export interface CarrierPercent extends CarrierIdentity {
  /** All its threads, percent of one core; absent when it has ended or cannot be seen. */
  cpuPercent?: number | undefined;
}

/** One data stream in one interval, as this end counted. */
export interface StreamInterval {
  /** Which one. */
  stream: StreamIdentity;
  /** As of the interval. */
  startSeconds: number;
  /** As of the interval. */
  endSeconds: number;
  /** Sent or received, headers not counted. */
  bytes: number;
  /** UDP: datagrams sent, or expected (highest sequence's advance) on a receiver. */
  datagrams: number;
  /** UDP receiver: datagrams that did not come. */
  lost: number;
  /** UDP receiver: datagrams that came behind later ones. */
  outOfOrder: number;
  /** UDP receiver: RFC 3550’s jitter at its end. */
  jitterMs: number;
  /** TCP sender: in this interval. */
  retransmits: number;
  /** TCP sender: the sample at the end of the interval. */
  tcp: TcpSnapshot | undefined;
  /** The core of its thread at its end. */
  core: number;
  /** How often its thread changed the core in it. */
  migrations: number;
}

/** The final figures, after the results exchange on a client, before it on a server. */
export interface EndRecord {
  /** Which event this is. */
  type: 'end';
  /** Which end tells it. */
  role: 'client' | 'server';
  /** What both ends agreed on. */
  settings: TestSettings;
  /** A record for each data stream, in the order in which they were opened. */
  streams: StreamEnd[];
  /** CPU of both ends; the remote one is undefined where the peer has not told. */
  cpu: { local: CpuPercent; remote: CpuPercent | undefined };
  /** Congestion control in use. iperf3's server knows only its own. */
  congestion: { local: string | undefined; remote: string | undefined };
  /** The server’s own report, where the client asked for it. */
  serverOutput?: { json: unknown } | { text: string } | undefined;
  /** What iperf3 has no word for. */
  facts: VnetperfFacts;
  /** true when the peer's results are missing for good (interrupted, died). */
  incomplete: boolean;
}

/** CPU time over the time of the test, percent of one core. */
export interface CpuPercent {
  /** User and system together, in percent. */
  total: number;
  /** In the program, in percent. */
  user: number;
  /** In the kernel, in percent. */
  system: number;
}

/** One data stream, when the test is over. */
export interface StreamEnd {
  /** Which one. */
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
  /** The measured time, to the last byte. */
  endSeconds: number;
  /** Sent or received, headers not counted. */
  bytes: number;
  /** TCP sender; -1 = unknown. */
  retransmits: number;
  /** UDP. On a sender only `datagrams` is known. */
  jitterMs: number;
  /** UDP: datagrams that did not come. */
  lost: number;
  /** UDP: datagrams sent, or expected. */
  datagrams: number;
  /** false: the peer (iperf3 up to 3.13) did not tell how much of its counts was omitted. */
  omittedKnown: boolean;
  /** UDP: datagrams that came behind later ones. */
  outOfOrder: number;
}

/** A TCP sender’s samples over the test, as iperf3 sums them up. */
export interface TcpStreamSummary {
  /** tcpi_reord_seen: how often packets were found reordered. */
  reorderSeen: number;
  /** The largest congestion window. */
  maxCongestionWindowBytes: number;
  /** The largest window that the receiver gave. */
  maxSendWindowBytes: number;
  /** The longest smoothed round-trip time. */
  maxRttMicroseconds: number;
  /** The shortest smoothed round-trip time. */
  minRttMicroseconds: number;
  /** The mean of the smoothed round-trip times. */
  meanRttMicroseconds: number;
}

/** Everything iperf3 has no word for: the value of the one extra key `vnetperf`. Also sent to the peer with the results. */
export interface VnetperfFacts {
  /** Of the vnetperf that tells it. */
  version: string;
  /** Of each stream’s end on this side. */
  streams: StreamFacts[];
  /** Share of the measured time per core of this machine, percent; sums to 100 a core. */
  cores: CorePercent[];
  /** What carried the traffic between the ends, over the measured time. Local only. */
  carriers?: CarrierFacts[] | undefined;
  /** Local only. */
  intervals?: IntervalFacts[] | undefined;
  /** Where round trips were asked for and both ends are in this process: local only. */
  latency?: LatencyMeasurement | undefined;
  /** Interval boundaries that came too late for a record of their own and are in the next one. */
  mergedTicks: number;
  /** The same facts as the peer counted them, where the peer is a vnetperf. */
  peer?: Omit<VnetperfFacts, 'peer' | 'intervals' | 'carriers' | 'placement' | 'latency'> | undefined;
  /** With --pin auto: the cores it chose for the ends, this one and the other, and why. Local only. */
  placement?: { client: number[]; server: number[]; why: string } | undefined;
  /** Filled by `vnetperf run`: what was built and verified. */
  topology?: unknown;
}

/** The costs of one interval. */
export interface IntervalFacts {
  /** Its beginning, since the start or the end of the omit period. */
  startSeconds: number;
  /** Its end, counted likewise. */
  endSeconds: number;
  /** Which core each stream was on. */
  streamCores: number[];
  /** Shares of each core’s time in it. */
  cores: CorePercent[];
  /** CPU of each end's stream threads, percent of one core. The other end's only where both are in this process. */
  ends: { client?: number | undefined; server?: number | undefined };
  /** Summed over the cores, percent of one core; absent where the cores were watched for too short a time. */
  softirq?: number | undefined;
  /** What switches and proxies used in it. */
  carriers?: CarrierPercent[] | undefined;
}

/** What a process between the ends used over the measured time. */
export interface CarrierFacts extends CarrierPercent {
  /** The thread that ran most, where the kernel tells (schedstat). */
  busiestThread?: { name: string; cpuPercent: number } | undefined;
}

/** What iperf3 has no word for, of one stream’s end. */
export interface StreamFacts {
  /** The protocol’s number of the stream. */
  id: number;
  /** iperf3’s column: the descriptor iperf3 would have. */
  socket: number;
  /** Which way its bytes went at this end. */
  role: 'sender' | 'receiver';
  /** Cores asked for (empty = not pinned) and the cores the kernel then allowed. */
  pin: { asked: number[]; got: number[] };
  /** Sums to the bytes of the whole run, omit period included. */
  bytesByCore: { core: number; bytes: number }[];
  /** How often its thread changed the core. Whole run. */
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
  /** TCP congestion control in use; undefined for UDP. */
  congestion: string | undefined;
  /** TCP sender paced by the kernel (BBR, fq-rate). */
  paced: boolean;
  /** As the kernel counts: with receive offload (--gro) a packet of coalesced datagrams is one. */
  socketBufferDrops: number;
  /** UDP receiver: datagrams that came again. */
  duplicates: number;
  /** CPU time of its thread. Whole run. */
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

/** What held a TCP sender up: tcpi_busy_time and its two parts. */
export interface TcpLimits {
  /** It had something to send. */
  busySeconds: number;
  /** Of that: the receiver’s window was full. */
  receiveWindowLimitedSeconds: number;
  /** Of that: the send buffer was too small. */
  sendBufferLimitedSeconds: number;
}

/** Shares of a core’s time, percent. */
export interface CorePercent {
  /** Its number. */
  core: number;
  /** Programs, in percent. */
  user: number;
  /** The kernel for programs, in percent. */
  system: number;
  /** Interrupts, in percent. */
  irq: number;
  /** Packets and timers after their interrupts, in percent. */
  softirq: number;
  /** What the hypervisor gave to others, in percent. */
  steal: number;
  /** Nothing to do, in percent. */
  idle: number;
}

/** Round trips of a ping-pong stream. */
export interface LatencyMeasurement {
  /** UDP echo between threads of the two ends. */
  protocol: 'udp';
  /** Of each ping’s datagram, without headers. */
  payloadBytes: number;
  /** Before the load. */
  idle: LatencyDistribution;
  /** While the load ran. */
  loaded?: LatencyDistribution | undefined;
}

/** Round-trip times, as a histogram. */
export interface LatencyDistribution {
  /** Round trips that came back. */
  samples: number;
  /** Pings whose answer did not come in time. */
  lost: number;
  /** The shortest. */
  minMicroseconds: number;
  /** Their mean. */
  meanMicroseconds: number;
  /** The longest. */
  maxMicroseconds: number;
  /** 50, 90, 99 and 99.9; each within `relativeError` of the exact value. */
  percentiles: { percentile: number; microseconds: number }[];
  /** Bound of the histogram's own error, for example 0.01. */
  relativeError: number;
}
