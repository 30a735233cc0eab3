import type { GapStatistics } from '../platform/native.js';
import type { Hop } from '../topology/read-hops.js';
import type { CarrierFacts, CarrierPercent, CorePercent, LatencyMeasurement } from '../traffic/events.js';

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
  intervals: IntervalMeasurement[];
  /** With --latency. */
  latency?: LatencyMeasurement | undefined;
  /** Absent in what was read from another program's report. */
  path?: MeasuredPath | undefined;
  /** What kept it from being faster, the strongest first; empty where nothing in the figures says so. */
  limits: Limit[];
  /** What a reader should know before believing the figures. */
  warnings: string[];
}

export interface DirectionMeasurement {
  from: 'client' | 'server';
  /** undefined where the sending end did not tell. */
  sentBytes?: number | undefined;
  receivedBytes: number;
  bitsPerSecond: number;
  /** TCP. */
  retransmits?: number | undefined;
  /** UDP, counted at the receiver. */
  datagrams?: number | undefined;
  lost?: number | undefined;
  lostPercent?: number | undefined;
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
  systemCallsPerGigabyte?: number | undefined;
  bytesPerCall?: number | undefined;
  /** User and system time of its stream threads; of another program, of its process. */
  cpuSecondsPerGigabyte?: number | undefined;
  userPercent?: number | undefined;
}

export interface StreamMeasurement {
  /** The protocol's number of the stream: the same at both ends. */
  id: number;
  end: 'client' | 'server';
  role: 'sender' | 'receiver';
  /**
   * Of the whole run, the omit period included; in what another program reported, of the measured time. Equals the sum
   * of bytesByCore where that is known.
   */
  bytes: number;
  /** Empty where the program that measured does not know it. */
  bytesByCore: { core: number; bytes: number }[];
  migrations?: number | undefined;
  /** Cores asked for (empty = not pinned) and the cores the kernel then allowed. */
  pin?: { asked: number[]; got: number[] } | undefined;
  /** TCP receiver or UDP receiver: the core on which the kernel last put a packet of this socket up the stack (SO_INCOMING_CPU). */
  receiveCore?: number | undefined;
  /** How the bytes were moved: copy, sendfile, splice, zerocopy; copy, discard, mmap. */
  path?: string | undefined;
  pathReason?: string | undefined;
  calls?: number | undefined;
  packets?: number | undefined;
  zeroCopy?: { zeroCopiedBytes: number; copiedBytes: number } | undefined;
  firstByteSeconds?: number | undefined;
  gaps?: GapStatistics | undefined;
  congestion?: string | undefined;
  paced?: boolean | undefined;
  cpu?: { userSeconds: number; systemSeconds: number } | undefined;
  mssBytes?: number | undefined;
  socketBufferDrops?: number | undefined;
  duplicates?: number | undefined;
  /** TCP sender. */
  tcp?: TcpSenderMeasurement | undefined;
}

export interface TcpSenderMeasurement {
  retransmits: number;
  maxCongestionWindowBytes: number;
  meanRttMicroseconds: number;
  minRttMicroseconds?: number | undefined;
  reorderSeen: number;
  /** How long the connection had something to send, and what held it up: tcpi_busy_time and its two parts. Whole run. */
  busySeconds?: number | undefined;
  receiveWindowLimitedSeconds?: number | undefined;
  sendBufferLimitedSeconds?: number | undefined;
}

export interface IntervalMeasurement {
  startSeconds: number;
  endSeconds: number;
  omitted: boolean;
  /** As the client counted it, all streams and directions together: what it sent, or received. */
  bitsPerSecond: number;
  retransmits?: number | undefined;
  datagrams?: number | undefined;
  lost?: number | undefined;
  jitterMs?: number | undefined;
  /** The client's end of each stream. */
  streams: StreamIntervalMeasurement[];
  cores: CorePercent[];
  /** CPU of each end's stream threads, percent of one core. */
  ends: { client?: number | undefined; server?: number | undefined };
  /** All cores together, percent of one core. */
  softirq?: number | undefined;
  carriers?: CarrierPercent[] | undefined;
}

export interface StreamIntervalMeasurement {
  id: number;
  bytes: number;
  /** The core its thread was on at the end of the interval; undefined where that is not known. */
  core?: number | undefined;
  migrations?: number | undefined;
  congestionWindowBytes?: number | undefined;
  rttMicroseconds?: number | undefined;
}

/** The network as it was verified before the measurement. */
export interface MeasuredPath {
  kind: string;
  /** One line: addresses, cores, MTU. */
  description: string;
  pathMtuBytes: number;
  hops: Hop[];
  remarks: string[];
}

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
  kind: LimitKind;
  /** For a table: `core 0 saturated (66 % system, 32 % softirq)`. */
  text: string;
  /** The figures behind it, by name with unit: `{ core: 0, systemPercent: 66.1, softirqPercent: 32.0 }`. */
  evidence: Record<string, number>;
}
