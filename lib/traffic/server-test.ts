import type { ServerConfiguration } from '../configuration/configuration.js';
import type { TestSettings } from '../configuration/settings.js';
import { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import type { NativeSocket, SocketAddress } from '../platform/native.js';
import { systemInfo } from '../platform/system-info.js';
import type { ServerEvent, ServerMachine } from '../protocol/server-machine.js';
import type { DataStream } from './client-streams.js';
import { ControlChannel } from './control-channel.js';
import type { ConnectEvent } from './events.js';
import { Inbox } from './inbox.js';
import { directionsOf, ProgressWatch } from './progress-watch.js';
import { RateLimitWatch } from './rate-limit-watch.js';
import { refusal } from './server-admission.js';
import type { ServerListener } from './server-listener.js';
import {
  type ArrivedStream,
  acceptUdpStreams,
  configureAccepted,
  dataStream,
  expectedStreams,
  inOrder,
  openUdpSocket,
  prepareListeners,
  type ServerStreamsContext,
  STREAM_TIMEOUT_MS,
} from './server-streams.js';
import { interruptedError, type SessionOptions } from './session.js';
import { socketError } from './socket-errors.js';
import { startEvent } from './start-event.js';
import { peerMayKnowWhy, streamFailure } from './stream-failure.js';
import { TrafficRun } from './traffic-run.js';

/** A client sends its parameters at once. One that does not holds up all others. */
const PARAMETERS_TIMEOUT_MS = 10_000;
/** Behind a slow path that the test has filled, the results take seconds. */
const RESULTS_TIMEOUT_MS = 20_000;
const GOODBYE_TIMEOUT_MS = 10_000;
/** What iperf3's server grants beyond the agreed time before it gives a client up. */
const OVERTIME_SECONDS = 40;
/** After all data streams died, the control connection usually tells why. */
const REASON_TIMEOUT_MS = 2_000;
const READY_TIMEOUT_MS = 15_000;
const QUIESCE_TIMEOUT_MS = 7_000;

type Happening =
  | { type: 'protocol'; event: ServerEvent }
  | { type: 'stream' }
  | { type: 'udp-streams'; streams: DataStream[] }
  | { type: 'ready' }
  | { type: 'ended' }
  | { type: 'stream-ended'; stream: DataStream; errno: number; syscall: string }
  | { type: 'failed'; error: VnetperfError }
  | { type: 'aborted' };

/** What became of a test: `turned-away` for its credentials, `interrupted` by this server's own signal. */
export type TestOutcome = 'over' | 'turned-away' | 'interrupted';

/** One client's test on a server, from its parameters to its goodbye. */
export class ServerTest {
  readonly cookie: string;
  readonly #configuration: ServerConfiguration;
  readonly #options: SessionOptions;
  readonly #listeners: readonly ServerListener[];
  readonly #machine: ServerMachine;
  readonly #channel: ControlChannel;
  /** Of the control connection. */
  readonly #addresses: { local: SocketAddress; remote: SocketAddress };
  readonly #inbox = new Inbox<Happening>();
  readonly #arrived: ArrivedStream[] = [];
  #streamsWanted = 0;
  #mayHaveStragglers = false;
  #traffic: TrafficRun | undefined;
  #watches: { stop(): void }[] = [];
  #reported = false;
  #accepted = false;

  /** @param control the connection whose cookie has been read; it moves into this test. */
  constructor(
    cookie: string,
    control: NativeSocket,
    machine: ServerMachine,
    listeners: readonly ServerListener[],
    configuration: ServerConfiguration,
    options: SessionOptions,
  ) {
    this.cookie = cookie;
    this.#configuration = configuration;
    this.#options = options;
    this.#listeners = listeners;
    this.#machine = machine;
    const deliver = (events: ServerEvent[]) => {
      for (const event of events) this.#inbox.push({ type: 'protocol', event });
    };
    this.#addresses = { local: control.localAddress(), remote: control.remoteAddress() };
    this.#channel = new ControlChannel(control, {
      data: (chunk) => deliver(machine.receive(chunk)),
      end: () => deliver(machine.end()),
      // A reset is an end like any other; which of the two comes is the client's kernel's business.
      error: (cause) => {
        deliver(machine.end());
        const errno = Math.abs(cause.errno ?? 0);
        this.#inbox.push({
          type: 'failed',
          error: iperf3Error(108, { errno, context: `while ${machine.phase}`, cause }),
        });
      },
    });
  }

  /** Whether a connection that shows this test's cookie is one of its data streams. One too many is not. */
  get wantsStreams(): boolean {
    return this.#arrived.length < this.#streamsWanted;
  }

  /** The test ended while it was waiting for streams: those that still come are not clients of their own. */
  get mayHaveStragglers(): boolean {
    return this.#mayHaveStragglers;
  }

  addStream(stream: ArrivedStream): void {
    this.#arrived.push(stream);
    this.#inbox.push({ type: 'stream' });
  }

  abort(): void {
    this.#inbox.push({ type: 'aborted' });
  }

  /** Runs the test. Failures are told by events, not thrown. */
  async run(): Promise<TestOutcome> {
    try {
      await this.#converse();
      this.#options.onEvent({ type: 'done' });
      await this.#channel.finish(GOODBYE_TIMEOUT_MS / 10);
      return 'over';
    } catch (cause) {
      // A client may reset its connections between any two calls; what is then thrown is the kernel's word.
      const error = socketError(cause, 101);
      await this.#fail(error);
      if (error.code === 'ERR_INTERRUPTED') return 'interrupted';
      return error.iperf3Number === 142 ? 'turned-away' : 'over';
    } finally {
      this.#streamsWanted = 0;
      for (const watch of this.#watches) watch.stop();
      this.#traffic?.close();
      for (const { socket } of this.#arrived) socket.close();
      this.#channel.close();
    }
  }

  async #converse(): Promise<void> {
    this.#channel.send(this.#machine.paramExchange());
    const offered = await this.#expect('parameters', PARAMETERS_TIMEOUT_MS);
    if (offered.type !== 'parameters') throw iperf3Error(114);
    for (const message of offered.warnings) this.#options.onEvent({ type: 'warning', message });
    const { settings } = offered;
    const refused = refusal(settings, this.#configuration);
    if (refused !== undefined) throw refused;
    const connect = this.#announce(settings);

    const streams = await this.#createStreams(settings);
    const traffic = this.#prepare(settings, streams);
    await this.#whenReady();
    this.#options.onEvent(startEvent(settings, this.#configuration.intervalSeconds, streams, connect));
    this.#channel.send(Buffer.concat([this.#machine.testStart(), this.#machine.testRunning()]));
    this.#accepted = true;
    traffic.open();
    await this.#whileRunning(settings);

    await this.#quiesce(traffic);
    traffic.closeStreams();
    this.#report(traffic, false);
    this.#channel.send(this.#machine.exchangeResults());
    await this.#expect('results', RESULTS_TIMEOUT_MS);
    const output = settings.getServerOutput ? this.#options.serverOutput?.() : undefined;
    this.#channel.send(this.#machine.results(traffic.results(output)));
    this.#channel.send(this.#machine.displayResults());
    await this.#goodbye();
  }

  #announce(settings: TestSettings): ConnectEvent {
    const { host, port } = this.#addresses.remote;
    const event: ConnectEvent = {
      type: 'connect',
      role: 'server',
      peer: { host, port },
      cookie: this.cookie,
      timestampMs: Date.now(),
      systemInfo: systemInfo(),
      controlMssBytes: 0,
      settings,
    };
    this.#options.onEvent(event);
    return event;
  }

  async #createStreams(settings: TestSettings): Promise<DataStream[]> {
    const context: ServerStreamsContext = {
      configuration: this.#configuration,
      settings,
      listeners: this.#listeners,
      controlLocal: this.#addresses.local,
      namespace: this.#options.namespace,
      streamPairs: this.#options.streamPairs ?? [],
      warn: (message) => this.#options.onEvent({ type: 'warning', message }),
    };
    const announce = ({ identity }: DataStream) =>
      this.#options.onEvent({ type: 'stream-connected', stream: identity });
    if (settings.protocol === 'udp') {
      const first = openUdpSocket(context, 0);
      this.#channel.send(this.#machine.createStreams());
      const cancel = new AbortController();
      const accepting = acceptUdpStreams(first, context, cancel.signal, announce);
      accepting.then(
        (streams) => this.#inbox.push({ type: 'udp-streams', streams }),
        (error: VnetperfError) => this.#inbox.push({ type: 'failed', error }),
      );
      try {
        const { streams } = await this.#expectStreams('udp-streams', undefined);
        return streams;
      } catch (error) {
        // Sockets that went on waiting here would take the greetings of the next client.
        cancel.abort(error);
        for (const { socket } of await accepting.catch(() => [])) socket.close();
        throw error;
      }
    }
    this.#streamsWanted = expectedStreams(settings);
    this.#mayHaveStragglers = true;
    try {
      prepareListeners(context);
      this.#channel.send(this.#machine.createStreams());
      for (let index = 0; index < this.#streamsWanted; index++) await this.#expectStreams('stream', STREAM_TIMEOUT_MS);
      this.#mayHaveStragglers = false;
      return inOrder(this.#arrived, context).map((socket, index) => {
        configureAccepted(socket, context);
        const stream = dataStream(socket, settings, index);
        announce(stream);
        return stream;
      });
    } finally {
      this.#streamsWanted = 0;
      for (const listener of this.#listeners) listener.restore();
    }
  }

  #prepare(settings: TestSettings, streams: DataStream[]): TrafficRun {
    const traffic = new TrafficRun('server', settings, this.#configuration, streams, {
      ready: () => this.#inbox.push({ type: 'ready' }),
      interval: (record) => this.#options.onEvent(record),
      omitFinished: () => this.#options.onEvent({ type: 'omit-finished' }),
      ended: () => this.#inbox.push({ type: 'ended' }),
      streamEnded: (stream, failure) => this.#inbox.push({ type: 'stream-ended', stream, ...failure }),
      failed: (error) => this.#inbox.push({ type: 'failed', error }),
    });
    this.#traffic = traffic;
    for (const message of traffic.warnings) this.#options.onEvent({ type: 'warning', message });
    const fail = (error: VnetperfError) => this.#inbox.push({ type: 'failed', error });
    const directions = directionsOf('server', settings.direction);
    const watch = new ProgressWatch(traffic, directions, this.#configuration.receiveTimeoutMs, fail);
    watch.start();
    this.#watches.push(watch);
    if (this.#configuration.bitrateLimitBitsPerSecond > 0) {
      this.#watches.push(new RateLimitWatch(traffic, this.#configuration, fail));
    }
    return traffic;
  }

  /** Until the client says that the test is over. */
  async #whileRunning(settings: TestSettings): Promise<void> {
    const timed = settings.durationSeconds > 0;
    const limitMs = (settings.omitSeconds + settings.durationSeconds + OVERTIME_SECONDS) * 1000;
    const deadline = timed ? performance.now() + limitMs : Number.POSITIVE_INFINITY;
    let dead: VnetperfError | undefined;
    for (;;) {
      const left = Math.min(
        dead === undefined ? Number.POSITIVE_INFINITY : REASON_TIMEOUT_MS,
        deadline - performance.now(),
      );
      const happening = await this.#inbox.next(
        left === Number.POSITIVE_INFINITY ? undefined : Math.max(0, left),
        () => {
          return dead ?? iperf3Error(160);
        },
      );
      switch (happening.type) {
        case 'protocol':
          if (happening.event.type === 'test-end') return;
          throw this.#failureOf(happening.event);
        case 'stream-ended':
          // An error on one stream ends the test soon; a plain end of stream is what a client does that is leaving.
          if (!peerMayKnowWhy(happening)) throw streamFailure(happening.stream, happening);
          if (happening.errno !== 0) dead ??= streamFailure(happening.stream, happening);
          break;
        case 'failed':
          // That nothing comes any more is no news of a stream that is dead.
          throw dead ?? happening.error;
        case 'aborted':
          this.#channel.send(this.#machine.terminate());
          throw interruptedError('server', this.#options.signal?.reason);
        case 'ended':
          // All streams are gone; the client's word, or its silence, is still to come.
          dead ??= iperf3Error(207, {
            context: 'the client closed all of its streams in mid-test and said nothing',
            remedy: 'The client failed, or something on the way cut its connections.',
          });
          break;
        default:
        // 'stream' and 'ready' are over by now.
      }
    }
  }

  async #quiesce(traffic: TrafficRun): Promise<void> {
    for (const watch of this.#watches) watch.stop();
    traffic.stop();
    const deadline = performance.now() + QUIESCE_TIMEOUT_MS;
    while (!traffic.hasEnded) {
      const left = deadline - performance.now();
      if (left <= 0) throw iperf3Error(152, { context: 'the streams did not stop' });
      await this.#inbox.next(left, () => iperf3Error(152)).catch(() => undefined);
    }
  }

  #report(traffic: TrafficRun, incomplete: boolean): void {
    this.#reported = true;
    this.#options.onEvent(traffic.endRecord(undefined, incomplete));
  }

  /** The client has its results; that it goes without a goodbye changes nothing. */
  async #goodbye(): Promise<void> {
    try {
      await this.#expect('done', GOODBYE_TIMEOUT_MS);
    } catch (error) {
      if (!(error instanceof VnetperfError)) throw error;
    }
  }

  async #fail(error: VnetperfError): Promise<void> {
    const traffic = this.#traffic;
    if (traffic !== undefined && this.#accepted && !this.#reported) {
      await this.#quiesce(traffic).catch(() => undefined);
      if (traffic.hasEnded) this.#report(traffic, true);
    }
    this.#options.onEvent({ type: 'error', error });
    const clientIsThere = error.iperf3Number !== undefined && ![109, 119].includes(error.iperf3Number);
    if (clientIsThere) this.#channel.send(this.#machine.serverError(error.iperf3Number ?? 0, error.errno));
    await this.#channel.finish(1_000);
  }

  /** The client starts at once when it is told: the clock must not run before this side's workers can. */
  async #whenReady(): Promise<void> {
    const happening = await this.#inbox.next(READY_TIMEOUT_MS, () =>
      iperf3Error(150, { context: `the workers were not ready in ${READY_TIMEOUT_MS / 1000} s` }),
    );
    if (happening.type !== 'ready') throw this.#unexpected(happening);
  }

  /** @param timeoutMs undefined where what is waited for has a deadline of its own. */
  async #expectStreams<T extends 'stream' | 'udp-streams'>(
    type: T,
    timeoutMs: number | undefined,
  ): Promise<Extract<Happening, { type: T }>> {
    const happening = await this.#inbox.next(timeoutMs, () =>
      iperf3Error(204, {
        context: `${this.#arrived.length} of ${this.#streamsWanted} came, and no other in ${STREAM_TIMEOUT_MS / 1000} s`,
        remedy: 'The client failed (see what it says), or a firewall limits the connections to this port.',
      }),
    );
    if (happening.type === type) return happening as Extract<Happening, { type: T }>;
    throw this.#unexpected(happening);
  }

  async #expect(type: ServerEvent['type'], timeoutMs: number): Promise<ServerEvent> {
    for (;;) {
      const happening = await this.#inbox.next(timeoutMs, () =>
        iperf3Error(type === 'parameters' ? 114 : 112, {
          context: `the client has been silent for ${timeoutMs / 1000} s while ${this.#machine.phase}`,
        }),
      );
      if (happening.type === 'protocol' && happening.event.type === type) return happening.event;
      // Streams that die while the results go round are the client closing them.
      if (happening.type === 'stream-ended' || happening.type === 'ended') continue;
      throw this.#unexpected(happening);
    }
  }

  #unexpected(happening: Happening): VnetperfError {
    switch (happening.type) {
      case 'protocol':
        return this.#failureOf(happening.event);
      case 'failed':
        return happening.error;
      case 'aborted':
        this.#channel.send(this.#machine.terminate());
        return interruptedError('server', this.#options.signal?.reason);
      default:
        return iperf3Error(110, { context: `${happening.type} while ${this.#machine.phase}` });
    }
  }

  #failureOf(event: ServerEvent): VnetperfError {
    if (event.type === 'error') return event.error;
    if (event.type === 'client-terminated') return iperf3Error(119);
    return iperf3Error(110, { context: `${event.type} came while ${this.#machine.phase}` });
  }
}
