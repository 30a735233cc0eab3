import type { ServerConfiguration } from '../configuration/configuration.js';
import type { TestSettings } from '../configuration/settings.js';
import { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import type { NativeSocket } from '../platform/native.js';
import { systemInfo } from '../platform/system-info.js';
import type { PeerResults } from '../protocol/results.js';
import { ServerMachine } from '../protocol/server-machine.js';
import { checkProtocol } from './check-protocol.js';
import type { DataStream } from './client-streams.js';
import type { DealtCores } from './dealt-cores.js';
import { exchangeEvents, withDebugEvents } from './debug-events.js';
import type { ConnectEvent, SessionEvent } from './events.js';
import { directionsOf, ProgressWatch } from './progress-watch.js';
import { RateLimitWatch } from './rate-limit-watch.js';
import { refusal } from './server-admission.js';
import { type Happening, ServerControl } from './server-control.js';
import { ServerSetUp, type ServerSetUpContext } from './server-set-up.js';
import type { ArrivedStream } from './server-streams.js';
import type { SessionOptions } from './session.js';
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

/** What became of a test: `turned-away` for its credentials, `interrupted` by this server's own signal. */
export type TestOutcome = 'over' | 'turned-away' | 'interrupted';

/** What a test needs of its server. */
export interface ServerTestContext extends ServerSetUpContext {
  /** Counted from 1. */
  number: number;
  dealtCores: DealtCores;
}

/** One client's test on a server, from its parameters to its goodbye. */
export class ServerTest {
  readonly cookie: string;
  readonly #configuration: ServerConfiguration;
  readonly #options: SessionOptions;
  readonly #serverOutput: () => PeerResults['serverOutput'];
  readonly #dealtCores: DealtCores;
  readonly #control: ServerControl;
  readonly #setUp: ServerSetUp;
  #traffic: TrafficRun | undefined;
  #watches: { stop(): void }[] = [];
  #giveCoresBack = () => {};
  #reported = false;
  #accepted = false;

  /** @param socket the control connection whose cookie has been read; it moves into this test. */
  constructor(cookie: string, socket: NativeSocket, machine: ServerMachine, context: ServerTestContext) {
    const { number, dealtCores, configuration, options } = context;
    this.cookie = cookie;
    this.#configuration = configuration;
    const onEvent = (event: SessionEvent) => options.onEvent(event, number);
    this.#options = { ...options, onEvent: withDebugEvents(onEvent, configuration.debugLevel) };
    machine.onExchange = exchangeEvents(onEvent, configuration.debugLevel);
    this.#serverOutput = () => options.serverOutput?.(number);
    this.#dealtCores = dealtCores;
    this.#control = new ServerControl(socket, machine, options.signal);
    this.#setUp = new ServerSetUp(this.#control, { ...context, options: this.#options });
  }

  /** Whether a connection that shows this test's cookie is one of its data streams. One too many is not. */
  get wantsStreams(): boolean {
    return this.#setUp.wantsStreams;
  }

  /** The test ended while it was waiting for streams: those that still come are not clients of their own. */
  get mayHaveStragglers(): boolean {
    return this.#setUp.mayHaveStragglers;
  }

  addStream(stream: ArrivedStream): void {
    this.#setUp.addStream(stream);
  }

  abort(): void {
    this.#control.inbox.push({ type: 'aborted' });
  }

  /** Runs the test. Failures are told by events, not thrown. */
  async run(): Promise<TestOutcome> {
    try {
      await this.#converse();
      this.#options.onEvent({ type: 'done' });
      await this.#control.finish(GOODBYE_TIMEOUT_MS / 10);
      return 'over';
    } catch (cause) {
      // A client may reset its connections between any two calls; what is then thrown is the kernel's word.
      const error = socketError(cause, 101);
      await this.#fail(error);
      if (error.code === 'ERR_INTERRUPTED') return 'interrupted';
      return error.iperf3Number === 142 ? 'turned-away' : 'over';
    } finally {
      for (const watch of this.#watches) watch.stop();
      this.#traffic?.close();
      this.#giveCoresBack();
      this.#setUp.close();
      this.#control.close();
    }
  }

  async #converse(): Promise<void> {
    this.#control.send(this.#control.machine.paramExchange());
    const offered = await this.#control.expect('parameters', PARAMETERS_TIMEOUT_MS);
    if (offered.type !== 'parameters') throw iperf3Error(114);
    for (const message of offered.warnings) this.#options.onEvent({ type: 'warning', message });
    const { settings } = offered;
    const refused = refusal(settings, this.#configuration);
    if (refused !== undefined) throw refused;
    checkProtocol(settings, this.#options.namespace);
    const connect = this.#announce(settings);

    const streams = await this.#setUp.open(settings);
    const traffic = this.#prepare(settings, streams);
    await this.#whenReady();
    this.#options.onEvent(startEvent(settings, this.#configuration.intervalSeconds, streams, connect));
    this.#control.send(Buffer.concat([this.#control.machine.testStart(), this.#control.machine.testRunning()]));
    this.#accepted = true;
    traffic.open();
    await this.#whileRunning(settings);

    await this.#quiesce(traffic);
    traffic.closeStreams();
    this.#report(traffic, false);
    this.#control.send(this.#control.machine.exchangeResults());
    await this.#control.expect('results', RESULTS_TIMEOUT_MS);
    const output = settings.getServerOutput ? this.#serverOutput() : undefined;
    this.#control.send(this.#control.machine.results(traffic.results(output)));
    this.#control.send(this.#control.machine.displayResults());
    await this.#goodbye();
  }

  #announce(settings: TestSettings): ConnectEvent {
    const { host, port } = this.#control.remote;
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

  #prepare(settings: TestSettings, streams: DataStream[]): TrafficRun {
    const { cores, end } = this.#dealtCores.deal(streams.length);
    this.#giveCoresBack = end;
    const traffic = new TrafficRun('server', settings, { ...this.#configuration, cores }, streams, {
      ready: () => this.#control.inbox.push({ type: 'ready' }),
      interval: (record) => this.#options.onEvent(record),
      omitFinished: () => this.#options.onEvent({ type: 'omit-finished' }),
      ended: () => this.#control.inbox.push({ type: 'ended' }),
      streamEnded: (stream, failure) => this.#control.inbox.push({ type: 'stream-ended', stream, ...failure }),
      failed: (error) => this.#control.inbox.push({ type: 'failed', error }),
    });
    this.#traffic = traffic;
    for (const message of traffic.warnings) this.#options.onEvent({ type: 'warning', message });
    const fail = (error: VnetperfError) => this.#control.inbox.push({ type: 'failed', error });
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
      const happening = await this.#control.inbox.next(
        left === Number.POSITIVE_INFINITY ? undefined : Math.max(0, left),
        () => {
          return dead ?? iperf3Error(160);
        },
      );
      switch (happening.type) {
        case 'protocol':
          if (happening.event.type === 'test-end') return;
          throw this.#control.failureOf(happening.event);
        case 'stream-ended':
          // An error on one stream ends the test soon; a plain end of stream is what a client does that is leaving.
          if (!peerMayKnowWhy(happening)) throw streamFailure(happening.stream, happening);
          if (happening.errno !== 0) dead ??= streamFailure(happening.stream, happening);
          break;
        case 'failed':
          // That nothing comes any more is no news of a stream that is dead.
          throw dead ?? happening.error;
        case 'aborted':
          throw this.#control.terminate();
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
    const overtaking: Happening[] = [];
    const late = () => iperf3Error(152, { context: 'the streams did not stop' });
    try {
      while (!traffic.hasEnded) {
        const happening = await this.#control.inbox.next(Math.max(0, deadline - performance.now()), late);
        // What ends now is what was to end. Anything else, early results or a signal, is for what comes next.
        if (happening.type !== 'ended' && happening.type !== 'stream-ended') overtaking.push(happening);
        if (performance.now() > deadline) throw late();
      }
    } finally {
      this.#control.inbox.putBack(overtaking);
    }
  }

  #report(traffic: TrafficRun, incomplete: boolean): void {
    this.#reported = true;
    this.#options.onEvent(traffic.endRecord(undefined, incomplete));
  }

  /** The client has its results; that it goes without a goodbye changes nothing. */
  async #goodbye(): Promise<void> {
    try {
      await this.#control.expect('done', GOODBYE_TIMEOUT_MS);
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
    if (error.iperf3Number === 121) this.#control.send(ServerMachine.accessDenied());
    else if (clientIsThere) this.#control.send(this.#control.machine.serverError(error.iperf3Number ?? 0, error.errno));
    await this.#control.finish(1_000);
  }

  /** The client starts at once when it is told: the clock must not run before this side's workers can. */
  async #whenReady(): Promise<void> {
    const happening = await this.#control.inbox.next(READY_TIMEOUT_MS, () =>
      iperf3Error(150, { context: `the workers were not ready in ${READY_TIMEOUT_MS / 1000} s` }),
    );
    if (happening.type !== 'ready') throw this.#control.unexpected(happening);
  }
}
