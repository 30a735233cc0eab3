import type { GapStatistics } from '../platform/native.js';
import type { Hop } from '../topology/read-hops.js';
import type { CarrierFacts, CarrierPercent, CorePercent, LatencyMeasurement } from '../traffic/events.js';
import type { LinkMeasurement } from './link-measurement.js';

export type { LatencyDistribution, LatencyMeasurement } from '../traffic/events.js';

/**
 * What one test between two ends of this machine came to: everything that a comparison, a report or a person who doubts
 * a figure needs, as plain data. Part of the result file: a change here is a change of its format (result.ts).
 */
export interface Measurement {
  /** Measured time, the omit period excluded. */
  durationSeconds: number;
  /** Goodput: what the receiving ends counted, all streams and directions together. What a comparison compares. */
  bitsPerSecond: number;
  /** One, or two for a bidirectional test. */
  directions: DirectionMeasurement[];
  /** Each stream once for each end. */
  streams: StreamMeasurement[];
  /** Share of the measured time per core, percent; sums to 100 a core. */
  cores: CorePercent[];
  /** Switches and proxies between the ends. */
  carriers: CarrierFacts[];
  /** What moving the bytes cost each end; absent where the program that measured does not tell. */
  costs?: { client?: EndCost | undefined; server?: EndCost | undefined } | undefined;
  /** In order, those of the omit period first. */
  intervals: IntervalMeasurement[];
  /** With --latency. */
  latency?: LatencyMeasurement | undefined;
  /** Absent in what was read from another program's report. */
  path?: MeasuredPath | undefined;
  /** Across two hosts. */
  link?: LinkMeasurement | undefined;
  /** What kept it from being faster, the strongest first; empty where nothing in the figures says so. */
  limits: Limit[];
  /** What a reader should know before believing the figures. */
  warnings: string[];
}

/** What went one way, all streams together. */
export interface DirectionMeasurement {
  /** The end that sent. */
  from: 'client' | 'server';
  /** undefined where the sending end did not tell. */
  sentBytes?: number | undefined;
  /** In the measured time, as the receiver counted. */
  receivedBytes: number;
  /** What was received over the receiver’s own time. */
  bitsPerSecond: number;
  /** TCP. */
  retransmits?: number | undefined;
  /** UDP, counted at the receiver. */
  datagrams?: number | undefined;
  /** UDP: datagrams that did not come. */
  lost?: number | undefined;
  /** UDP: of the datagrams that were expected. */
  lostPercent?: number | undefined;
  /** UDP: datagrams that came behind later ones. */
  outOfOrder?: number | undefined;
  /** RFC 3550, mean of the streams. */
  jitterMs?: number | undefined;
  /**
   * UDP: packets on the path as the senders put them there; with --gso a packet holds many datagrams. Over the whole run,
   * the omit period included.
   */
  packetsSent?: number | undefined;
  /** UDP: packets as the receivers' kernel handed them up; with --gro a packet holds many datagrams. Over the whole run. */
  packetsReceived?: number | undefined;
  /** Several streams: Jain's index of what each received, 1 = all the same, 1/n = one had it all (RFC 5166, 2.3.2). */
  fairness?: number | undefined;
}

/** Over the whole run, the omit period included. A gigabyte is 10^9 bytes; what the end sent and received together. */
export interface EndCost {
  /** Of its stream threads, on their way of moving bytes. */
  systemCallsPerGigabyte?: number | undefined;
  /** How much a call moved in the mean. */
  bytesPerCall?: number | undefined;
  /** User and system time of its stream threads; of another program, of its process. */
  cpuSecondsPerGigabyte?: number | undefined;
  /** Of its CPU time, what went to the program and not to the kernel. */
  userPercent?: number | undefined;
}

/** One end of one stream. */
export interface StreamMeasurement {
  /** The protocol's number of the stream: the same at both ends. */
  id: number;
  /** Which end. */
  end: 'client' | 'server';
  /** Which way its bytes went. */
  role: 'sender' | 'receiver';
  /**
   * Of the whole run, the omit period included; in what another program reported, of the measured time. Equals the sum
   * of bytesByCore where that is known.
   */
  bytes: number;
  /** Empty where the program that measured does not know it. */
  bytesByCore: { core: number; bytes: number }[];
  /** How often its thread changed the core. */
  migrations?: number | undefined;
  /** Cores asked for (empty = not pinned) and the cores the kernel then allowed. */
  pin?: { asked: number[]; got: number[] } | undefined;
  /** TCP receiver or UDP receiver: the core on which the kernel last put a packet of this socket up the stack (SO_INCOMING_CPU). */
  receiveCore?: number | undefined;
  /** How the bytes were moved: copy, sendfile, splice, zerocopy; copy, discard, mmap. */
  path?: string | undefined;
  /** Why that path, where it was left to vnetperf. */
  pathReason?: string | undefined;
  /** System calls of its thread on its way of moving bytes. */
  calls?: number | undefined;
  /** UDP: packets on the path, each of which may hold many datagrams. */
  packets?: number | undefined;
  /** Paths zerocopy and mmap: what the kernel says became of the bytes. */
  zeroCopy?: { zeroCopiedBytes: number; copiedBytes: number } | undefined;
  /** When its first byte moved, since the start; 0 = none did. */
  firstByteSeconds?: number | undefined;
  /** UDP at a rate: how smooth the datagrams left, or came. */
  gaps?: GapStatistics | undefined;
  /** TCP congestion control in use. */
  congestion?: string | undefined;
  /** TCP sender: paced by the kernel (BBR, --fq-rate). */
  paced?: boolean | undefined;
  /** CPU time of its thread. */
  cpu?: { userSeconds: number; systemSeconds: number } | undefined;
  /** Largest segment, as the kernel has it. */
  mssBytes?: number | undefined;
  /** UDP receiver: what its full socket buffer lost, as the kernel counts. */
  socketBufferDrops?: number | undefined;
  /** UDP receiver: datagrams that came again. */
  duplicates?: number | undefined;
  /** TCP sender. */
  tcp?: TcpSenderMeasurement | undefined;
}

/** What the kernel told of a TCP sender. */
export interface TcpSenderMeasurement {
  /** Segments sent again. */
  retransmits: number;
  /** The largest congestion window. */
  maxCongestionWindowBytes: number;
  /** The mean of the smoothed round-trip times. */
  meanRttMicroseconds: number;
  /** The shortest smoothed round-trip time. */
  minRttMicroseconds?: number | undefined;
  /** tcpi_reord_seen: how often packets were found reordered. */
  reorderSeen: number;
  /** How long the connection had something to send, and what held it up: tcpi_busy_time and its two parts. Whole run. */
  busySeconds?: number | undefined;
  /** Of that: the receiver’s window was full. */
  receiveWindowLimitedSeconds?: number | undefined;
  /** Of that: the send buffer was too small. */
  sendBufferLimitedSeconds?: number | undefined;
}

/** One interval, from both ends. */
export interface IntervalMeasurement {
  /** Its beginning, since the start or the end of the omit period. */
  startSeconds: number;
  /** Its end, counted likewise. */
  endSeconds: number;
  /** Part of the omit period: in no total. */
  omitted: boolean;
  /** As the client counted it, all streams and directions together: what it sent, or received. */
  bitsPerSecond: number;
  /** TCP segments sent again in it. */
  retransmits?: number | undefined;
  /** UDP: sent, or expected. */
  datagrams?: number | undefined;
  /** UDP: datagrams that did not come. */
  lost?: number | undefined;
  /** UDP: RFC 3550’s, mean of the streams. */
  jitterMs?: number | undefined;
  /** The client's end of each stream. */
  streams: StreamIntervalMeasurement[];
  /** Shares of each core’s time in it. */
  cores: CorePercent[];
  /** CPU of each end's stream threads, percent of one core. */
  ends: { client?: number | undefined; server?: number | undefined };
  /** All cores together, percent of one core. */
  softirq?: number | undefined;
  /** What switches and proxies used in it. */
  carriers?: CarrierPercent[] | undefined;
}

/** The client’s end of one stream in one interval. */
export interface StreamIntervalMeasurement {
  /** The protocol’s number of the stream. */
  id: number;
  /** Sent or received, headers not counted. */
  bytes: number;
  /** The core its thread was on at the end of the interval; undefined where that is not known. */
  core?: number | undefined;
  /** How often its thread changed the core in it. */
  migrations?: number | undefined;
  /** TCP sender: at its end. */
  congestionWindowBytes?: number | undefined;
  /** TCP sender: the smoothed round-trip time at its end. */
  rttMicroseconds?: number | undefined;
}

/** The network as it was verified before the measurement. */
export interface MeasuredPath {
  /** Name of the network: `veth`, `bridge`. */
  kind: string;
  /** One line: addresses, cores, MTU. */
  description: string;
  /** The largest packet that crosses whole. */
  pathMtuBytes: number;
  /** Every interface on the way from client to server. */
  hops: Hop[];
  /** What is peculiar about it, in words. */
  remarks: string[];
}

/** What can keep a test from being faster. */
export type LimitKind =
  | 'core-saturated'
  | 'receive-window'
  | 'congestion-window'
  | 'send-buffer'
  | 'retransmits'
  | 'reordering'
  | 'pacing'
  | 'asked-rate'
  | 'carrier-thread'
  | 'socket-buffer'
  | 'link';

/** One thing that kept a test from being faster, from figures that stand in the same measurement. */
export interface Limit {
  /** What it is. */
  kind: LimitKind;
  /** For a table: `core 0 saturated (66 % system, 32 % softirq)`. */
  text: string;
  /** The figures behind it, by name with unit: `{ core: 0, systemPercent: 66.1, softirqPercent: 32.0 }`. */
  evidence: Record<string, number>;
}
