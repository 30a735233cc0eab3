import { coreDifference } from '../platform/core-seconds.js';
import type { CoreSeconds, RunSnapshot, StreamSnapshot, TcpSnapshot } from '../platform/native.js';
import { carrierFacts, carrierPercents, percentOfCore } from './carrier-cpu.js';
import type {
  CarrierFacts,
  CarrierIdentity,
  IntervalRecord,
  StreamIdentity,
  StreamInterval,
  TcpStreamSummary,
} from './events.js';

/**
 * Turns the engine's cumulative snapshots into intervals. Counters stay cumulative until here, so a tick that was
 * merged away makes a longer interval and loses nothing.
 */
export class IntervalTracker {
  readonly #streams: StreamIdentity[];
  readonly #carriers: readonly CarrierIdentity[];
  readonly #intervalSeconds: number;
  readonly #omitSeconds: number;
  readonly #lostCarried: number[];
  readonly #tcp: TcpAccumulator[];
  #last: RunSnapshot;
  #atOmitEnd: RunSnapshot;

  constructor(
    streams: StreamIdentity[],
    intervalSeconds: number,
    omitSeconds: number,
    carriers: readonly CarrierIdentity[] = [],
  ) {
    this.#streams = streams;
    this.#carriers = carriers;
    this.#intervalSeconds = intervalSeconds;
    this.#omitSeconds = omitSeconds;
    this.#lostCarried = streams.map(() => 0);
    this.#tcp = streams.map(() => new TcpAccumulator());
    this.#last = emptySnapshot(streams.length);
    this.#atOmitEnd = this.#last;
  }

  /** Counters when the omit period ended (all zero where there is none): what the totals are counted from. */
  get base(): RunSnapshot {
    return this.#atOmitEnd;
  }

  /** TCP_INFO over all samples of a stream, those of the omit period included, as iperf3 has it. */
  tcpSummary(index: number): TcpStreamSummary | undefined {
    return this.#tcp[index]?.summary();
  }

  /** The interval that this snapshot closes; undefined where iperf3 would not show one. */
  next(snapshot: RunSnapshot): IntervalRecord | undefined {
    if (snapshot.kind === 'start') {
      this.#last = snapshot;
      this.#atOmitEnd = snapshot;
      return undefined;
    }
    const last = this.#last;
    const omitted = this.#omitSeconds > 0 && this.#atOmitEnd.timeSeconds === 0;
    const origin = this.#atOmitEnd.timeSeconds;
    this.#last = snapshot;
    for (const [index, stream] of snapshot.streams.entries()) {
      if (this.#streams[index]?.sender && stream.tcp !== undefined) this.#tcp[index]?.add(stream.tcp);
    }
    if (snapshot.kind === 'omit-end') this.#atOmitEnd = snapshot;
    // Without intervals iperf3 shows one, over the whole test.
    if (this.#intervalSeconds === 0 && snapshot.kind !== 'end') return undefined;

    const startSeconds = last.timeSeconds - origin;
    const endSeconds = snapshot.timeSeconds - origin;
    const streams = snapshot.streams.map((now, index) =>
      this.#streamInterval(index, last, now, startSeconds, endSeconds),
    );
    const moved = streams.some(({ bytes }) => bytes > 0);
    if (!moved && endSeconds - startSeconds < this.#intervalSeconds * 0.1) return undefined;
    return {
      type: 'interval',
      startSeconds,
      endSeconds,
      omitted,
      streams,
      cores: coreDifference(last.cores, snapshot.cores),
      cpuPercent: streamThreadsPercent(last, snapshot),
      carriers: carrierPercents(this.#carriers, last, snapshot),
    };
  }

  #streamInterval(
    index: number,
    lastSnapshot: RunSnapshot,
    now: StreamSnapshot,
    startSeconds: number,
    endSeconds: number,
  ): StreamInterval {
    const stream = this.#streams[index] as StreamIdentity;
    const last = lastSnapshot.streams[index] as StreamSnapshot;
    // A datagram that comes late fills a hole counted in an earlier interval. That interval is printed; the credit
    // is set against losses still to come instead of showing a negative loss.
    const lostNet = now.lost - last.lost + (this.#lostCarried[index] ?? 0);
    this.#lostCarried[index] = Math.min(0, lostNet);
    return {
      stream,
      startSeconds,
      endSeconds,
      bytes: now.bytes - last.bytes,
      datagrams: stream.sender ? now.blocks - last.blocks : now.highestSequence - last.highestSequence,
      lost: Math.max(0, lostNet),
      outOfOrder: now.outOfOrder - last.outOfOrder,
      jitterMs: now.jitterSeconds * 1000,
      retransmits: now.tcp === undefined ? 0 : now.tcp.retransmits - (last.tcp?.retransmits ?? 0),
      tcp: now.tcp,
      core: now.core,
      migrations: now.migrations - last.migrations,
    };
  }

  /** Core time since the end of the omit period, up to the last snapshot. */
  coresSinceBase(): (CoreSeconds | null)[] {
    return coreDifference(this.#atOmitEnd.cores, this.#last.cores);
  }

  /** What carried the traffic, over the same time. */
  carriersSinceBase(): CarrierFacts[] {
    return carrierFacts(this.#carriers, this.#atOmitEnd, this.#last);
  }
}

function streamThreadsPercent(from: RunSnapshot, to: RunSnapshot): number {
  const used = ({ streams }: RunSnapshot) =>
    streams.reduce((sum, { userSeconds, systemSeconds }) => sum + userSeconds + systemSeconds, 0);
  return percentOfCore(used(to) - used(from), from, to) ?? 0;
}

class TcpAccumulator {
  #count = 0;
  #rttSum = 0;
  #rttMin = Number.POSITIVE_INFINITY;
  #rttMax = 0;
  #cwndMax = 0;
  #windowMax = 0;
  #reorder = 0;

  add(sample: TcpSnapshot): void {
    this.#count++;
    this.#rttSum += sample.rttMicroseconds;
    this.#rttMin = Math.min(this.#rttMin, sample.rttMicroseconds);
    this.#rttMax = Math.max(this.#rttMax, sample.rttMicroseconds);
    this.#cwndMax = Math.max(this.#cwndMax, sample.congestionWindowBytes);
    this.#windowMax = Math.max(this.#windowMax, sample.sendWindowBytes);
    this.#reorder = sample.reorderSeen;
  }

  summary(): TcpStreamSummary | undefined {
    if (this.#count === 0) return undefined;
    return {
      reorderSeen: this.#reorder,
      maxCongestionWindowBytes: this.#cwndMax,
      maxSendWindowBytes: this.#windowMax,
      maxRttMicroseconds: this.#rttMax,
      minRttMicroseconds: this.#rttMin,
      // iperf3 divides integers here.
      meanRttMicroseconds: Math.floor(this.#rttSum / this.#count),
    };
  }
}

function emptySnapshot(streams: number): RunSnapshot {
  return {
    type: 'snapshot',
    kind: 'tick',
    timeSeconds: 0,
    streams: Array.from({ length: streams }, () => ({
      bytes: 0,
      blocks: 0,
      calls: 0,
      packets: 0,
      segmentationRefused: false,
      zeroCopiedBytes: 0,
      copiedBytes: 0,
      highestSequence: 0,
      lost: 0,
      outOfOrder: 0,
      duplicates: 0,
      jitterSeconds: 0,
      socketDrops: 0,
      tcp: undefined,
      core: -1,
      migrations: 0,
      userSeconds: 0,
      systemSeconds: 0,
      firstByteSeconds: 0,
      lastByteSeconds: 0,
    })),
    cores: [],
    processes: [],
    readSeconds: 0,
    mergedTicks: 0,
  };
}
