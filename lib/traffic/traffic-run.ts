import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import type { CommonConfiguration } from '../configuration/configuration.js';
import type { TestSettings } from '../configuration/settings.js';
import type { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import { loadNative } from '../platform/load-native.js';
import type { NativeRun, RunEvent, RunSnapshot, RunSpecification, SocketFacts } from '../platform/native.js';
import type { PeerResults } from '../protocol/results.js';
import { type ChosenPaths, choosePaths } from './choose-paths.js';
import type { DataStream } from './client-streams.js';
import type { CarrierIdentity, EndRecord, IntervalRecord, StreamEnd, VnetperfFacts } from './events.js';
import { collectFacts } from './facts.js';
import { IntervalTracker } from './interval-tracker.js';
import { documentHoldsIntervals } from './kept-intervals.js';
import { unusedPathWarnings } from './path-warnings.js';
import { peerFacts } from './peer-facts.js';
import { runSpecification } from './run-specification.js';
import { checkStreamIds, cpuPercent, type FinishedRun, resultsOf, streamEnds } from './totals.js';

export interface TrafficListener {
  /** Every worker stands at the gate. */
  ready(): void;
  interval(record: IntervalRecord): void;
  omitFinished(): void;
  ended(reason: NonNullable<RunSnapshot['reason']>): void;
  streamEnded(stream: DataStream, failure: { errno: number; code: string; syscall: string }): void;
  failed(error: VnetperfError): void;
}

/**
 * One test's traffic on this side: the streams, the engine's run over them, and what became of it. It owns the data
 * sockets and closes them.
 */
export class TrafficRun {
  readonly #role: 'client' | 'server';
  readonly #settings: TestSettings;
  readonly #streams: DataStream[];
  readonly #paths: ChosenPaths;
  readonly #specification: RunSpecification;
  readonly #files: number[] = [];
  readonly #fileBytes: number;
  readonly #filePath: string | undefined;
  readonly #keepsIntervals: boolean;
  readonly #tracker: IntervalTracker;
  readonly #intervals: IntervalRecord[] = [];
  readonly #listener: TrafficListener;
  readonly #run: NativeRun;
  #sockets: (SocketFacts | undefined)[] = [];
  #end: RunSnapshot | undefined;
  #facts: VnetperfFacts | undefined;

  /**
   * Prepares everything: workers stand pinned at the gate with their buffers filled.
   * @throws VnetperfError when a file or a core cannot be had; the streams' sockets are closed then.
   */
  constructor(
    role: 'client' | 'server',
    settings: TestSettings,
    configuration: CommonConfiguration,
    streams: DataStream[],
    listener: TrafficListener,
    carriers: readonly CarrierIdentity[] = [],
  ) {
    this.#role = role;
    this.#settings = settings;
    this.#streams = streams;
    this.#listener = listener;
    this.#filePath = configuration.filePath;
    this.#keepsIntervals = documentHoldsIntervals(configuration.output);
    try {
      this.#fileBytes = this.#openFiles();
      const [file] = this.#files;
      const fileKind = file === undefined ? undefined : fstatSync(file).isFile() ? 'regular' : 'stream';
      this.#paths = choosePaths(settings, fileKind);
      const files = this.#files;
      this.#specification = runSpecification(role, settings, configuration, streams, this.#paths, files, carriers);
      this.#tracker = new IntervalTracker(
        streams.map(({ identity }) => identity),
        configuration.intervalSeconds,
        settings.omitSeconds,
        carriers,
      );
      this.#run = new (loadNative().Run)(this.#specification, (event) => this.#onEvent(event));
    } catch (error) {
      this.#closeDescriptors();
      throw error;
    }
  }

  /** What was asked of this side and cannot be, a sentence each. */
  get warnings(): string[] {
    return unusedPathWarnings(
      this.#settings,
      this.#paths,
      this.#streams.map(({ identity }) => identity),
    );
  }

  get streams(): readonly DataStream[] {
    return this.#streams;
  }

  open(): void {
    this.#run.open();
  }

  stop(): void {
    this.#run.stop();
  }

  progress(): { sentBytes: number; receivedBytes: number } {
    return this.#run.progress();
  }

  /**
   * What this side has written on its TCP streams and no peer has acknowledged. `mayBeHeldBack`: no stream has more
   * than a receiver leaves unacknowledged of its own will (RFC 1122: less than two full segments).
   */
  unacknowledged(): { bytes: number; mayBeHeldBack: boolean } {
    let bytes = 0;
    let mayBeHeldBack = true;
    if (this.#settings.protocol === 'udp') return { bytes, mayBeHeldBack };
    for (const { socket, identity } of this.#streams) {
      const facts = identity.sender ? socketFacts(socket) : undefined;
      if (facts === undefined) continue;
      bytes += facts.unacknowledgedBytes;
      if (facts.unacknowledgedBytes > 2 * facts.mssBytes) mayBeHeldBack = false;
    }
    return { bytes, mayBeHeldBack };
  }

  /** Closes the data sockets, after reading from them what is known only while they live. */
  closeStreams(): void {
    this.#readSockets();
    this.#closeDescriptors();
  }

  /** Ends everything, also in mid-flow. Idempotent. */
  close(): void {
    this.#run.close();
    this.#closeDescriptors();
  }

  get congestion(): string | undefined {
    this.#readSockets();
    return this.#sockets[0]?.congestion;
  }

  get facts(): VnetperfFacts {
    this.#readSockets();
    this.#facts ??= collectFacts({
      role: this.#role,
      paths: this.#paths,
      specification: this.#specification,
      end: this.#finished().end,
      streams: this.#streams.map(({ identity }) => identity),
      sockets: this.#sockets,
      cores: this.#tracker.coresSinceBase(),
      carriers: this.#tracker.carriersSinceBase(),
      intervals: this.#intervals,
    });
    return this.#facts;
  }

  results(serverOutput: PeerResults['serverOutput']): PeerResults {
    return resultsOf(this.#finished(), {
      settings: this.#settings,
      congestion: this.congestion,
      serverOutput,
      facts: this.facts,
    });
  }

  /**
   * The final record.
   * @param remote the peer's results, where they are in.
   * @throws VnetperfError 208 when they do not fit the streams.
   */
  endRecord(remote: PeerResults | undefined, incomplete: boolean): EndRecord {
    const run = this.#finished();
    if (remote !== undefined) checkStreamIds(run.streams, remote);
    const peer = peerFacts(remote?.vnetperf, run.streams);
    return {
      type: 'end',
      role: this.#role,
      settings: this.#settings,
      streams: streamEnds(run, this.#settings, remote, (index) => this.#tracker.tcpSummary(index), this.#file()),
      cpu: { local: cpuPercent(run), remote: remote?.cpu },
      congestion: { local: this.congestion, remote: remote?.congestionUsed },
      serverOutput: remote?.serverOutput,
      facts: peer === undefined ? this.facts : { ...this.facts, peer },
      incomplete,
    };
  }

  /** false until the 'end' snapshot has come: there is nothing to report before. */
  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** A received file is as large as it has become. */
  #file(): StreamEnd['file'] {
    const path = this.#filePath;
    if (path === undefined) return undefined;
    const sending = this.#streams.some(({ identity }) => identity.sender);
    const sizeBytes = sending ? this.#fileBytes : (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
    return { name: path, sizeBytes, transferredBytes: 0 };
  }

  #finished(): FinishedRun {
    if (this.#end === undefined) throw new Error('the run has not ended');
    return { streams: this.#streams.map(({ identity }) => identity), base: this.#tracker.base, end: this.#end };
  }

  #onEvent(event: RunEvent): void {
    switch (event.type) {
      case 'snapshot': {
        const interval = this.#tracker.next(event);
        if (interval !== undefined) {
          if (this.#keepsIntervals) this.#intervals.push(interval);
          this.#listener.interval(interval);
        }
        if (event.kind === 'omit-end') this.#listener.omitFinished();
        if (event.kind === 'end') {
          this.#end = event;
          this.#listener.ended(event.reason ?? 'stopped');
        }
        return;
      }
      case 'ready':
        this.#listener.ready();
        return;
      case 'stream-ended': {
        const stream = this.#streams[event.stream];
        const { errno, code, syscall } = event;
        if (stream !== undefined) this.#listener.streamEnded(stream, { errno, code, syscall });
        return;
      }
      case 'worker-failed': {
        const cores = this.#specification.streams[event.stream]?.cores ?? [];
        this.#listener.failed(
          event.syscall === 'sched_setaffinity'
            ? iperf3Error(132, {
                errno: event.errno,
                context: `core ${cores.join(',')}`,
                remedy: 'Choose a core this process may use: see Cpus_allowed_list in /proc/self/status.',
              })
            : iperf3Error(150, {
                errno: event.errno,
                context: event.syscall,
                remedy:
                  event.code === 'ENOPROTOOPT'
                    ? 'This kernel, or what stands in for it, does not know that path: leave out --send-path and --receive-path.'
                    : undefined,
              }),
        );
      }
    }
  }

  /** -F: a descriptor for each stream. A sender's tells how much there is to send. */
  #openFiles(): number {
    const path = this.#filePath;
    if (path === undefined) return 0;
    let bytes = 0;
    try {
      for (const { identity } of this.#streams) {
        const fd = identity.sender ? openSync(path, 'r') : openSync(path, 'w', 0o600);
        this.#files.push(fd);
        if (identity.sender) bytes = fstatSync(fd).size;
      }
    } catch (cause) {
      throw iperf3Error(14, { errno: Math.abs((cause as NodeJS.ErrnoException).errno ?? 0), context: path, cause });
    }
    return bytes;
  }

  #readSockets(): void {
    if (this.#sockets.length > 0) return;
    this.#sockets = this.#streams.map(({ socket }) => socketFacts(socket));
  }

  #closeDescriptors(): void {
    for (const { socket } of this.#streams) socket.close();
    for (const fd of this.#files.splice(0)) closeSync(fd);
  }
}

function socketFacts(socket: DataStream['socket']): SocketFacts | undefined {
  try {
    return socket.facts();
  } catch {
    // Closed already, or reset by the peer: there is nothing left to read.
    return undefined;
  }
}
