import type { ClientConfiguration } from '../configuration/configuration.js';
import type { TestSettings } from '../configuration/settings.js';
import { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import { systemInfo } from '../platform/system-info.js';
import { type ClientEvent, ClientMachine } from '../protocol/client-machine.js';
import { makeCookie } from '../protocol/cookie.js';
import type { PeerResults } from '../protocol/results.js';
import { checkFile } from './check-file.js';
import { checkProtocol } from './check-protocol.js';
import { clientSettings } from './client-settings.js';
import { connectStreams, type DataStream } from './client-streams.js';
import { type ControlConnection, connectControl } from './connect-control.js';
import { ControlChannel } from './control-channel.js';
import type { ConnectEvent, EndRecord } from './events.js';
import { Inbox } from './inbox.js';
import { peerPathWarnings } from './path-warnings.js';
import { directionsOf, ProgressWatch } from './progress-watch.js';
import { interruptedError, type SessionOptions } from './session.js';
import { socketError } from './socket-errors.js';
import { startEvent } from './start-event.js';
import { peerMayKnowWhy, streamFailure } from './stream-failure.js';
import { type TrafficListener, TrafficRun } from './traffic-run.js';

/** How long the server may take for each step of the set-up. A mute peer would hold an iperf3 client for ever. */
const STEP_TIMEOUT_MS = 10_000;
/** All streams stand by then; their cookies may still be on the way, and the server's workers not yet ready. */
const START_TIMEOUT_MS = 20_000;
/** Results come over a path that the test may have filled with seconds of queue. */
const RESULTS_TIMEOUT_MS = 20_000;
/** After a data stream died, the reason usually follows on the control connection. */
const REASON_TIMEOUT_MS = 2_000;
/** How long the end waits for what is still under way, so that the server has counted it before it is told. */
const FLUSH_TIMEOUT_MS = 250;
/** Longer than a round trip within one machine or one data centre. */
const STANDSTILL_MS = 3;
/** Longer than a paced socket rests between two bursts. */
const STALL_MS = 50;
/**
 * An iperf3 server forgets what lies unread in its sockets when it is told that the test is over. Its clock runs on
 * meanwhile, so a timed test gives it no more than this share of its time.
 */
const READ_OUT_MS = 10;
const READ_OUT_SHARE = 0.005;
const GOODBYE_TIMEOUT_MS = 1_000;

type Happening =
  | { type: 'protocol'; event: ClientEvent }
  | { type: 'streams'; streams: DataStream[] }
  | { type: 'control-failed'; error: VnetperfError }
  | { type: 'ended' }
  | { type: 'stream-ended'; stream: DataStream; errno: number; syscall: string }
  | { type: 'failed'; error: VnetperfError }
  | { type: 'aborted' };

/**
 * Runs one test against a server.
 * @returns the final record, which was also given to onEvent.
 * @throws VnetperfError; an `error` event with it has been given to onEvent before.
 */
export async function runClient(configuration: ClientConfiguration, options: SessionOptions): Promise<EndRecord> {
  const session = new ClientSession(configuration, options);
  try {
    return await session.run();
  } catch (cause) {
    // A connection can be reset between any two calls: what the second one says is no more than the kernel's word.
    const error = socketError(cause, 101);
    session.fail(error);
    throw error;
  } finally {
    await session.close();
  }
}

class ClientSession {
  readonly #configuration: ClientConfiguration;
  readonly #options: SessionOptions;
  readonly #inbox = new Inbox<Happening>();
  readonly #cookie = makeCookie();
  readonly #machine = new ClientMachine(this.#cookie);
  readonly #onAbort = () => this.#inbox.push({ type: 'aborted' });
  #channel: ControlChannel | undefined;
  #traffic: TrafficRun | undefined;
  #watch: ProgressWatch | undefined;
  #reported = false;
  /** The server has answered: from here on it is owed a goodbye, unless it was told that this client terminates. */
  #greeted = false;
  #terminated = false;
  #saidByServer: VnetperfError | undefined;

  constructor(configuration: ClientConfiguration, options: SessionOptions) {
    this.#configuration = configuration;
    this.#options = options;
  }

  async run(): Promise<EndRecord> {
    const { signal } = this.#options;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (signal?.aborted) throw interruptedError('client', signal.reason);
    checkFile(this.#configuration);
    checkProtocol(this.#configuration.settings, this.#options.namespace);

    const connection = await connectControl(this.#configuration, this.#options, this.#machine.start());
    const channel = this.#converse(connection);
    const { settings, warnings } = clientSettings(this.#configuration, connection.mssBytes);
    this.#options.onEvent({
      type: 'control-connected',
      mssBytes: connection.mssBytes,
      ...(connection.keepalive === undefined ? {} : { keepalive: connection.keepalive }),
    });
    for (const warning of warnings) this.#options.onEvent(warning);

    await this.#expect('send-parameters', STEP_TIMEOUT_MS);
    this.#greeted = true;
    channel.send(this.#machine.parameters(settings));
    const connect = this.#announce(settings, connection);

    await this.#expect('create-streams', STEP_TIMEOUT_MS);
    const streams = await this.#connectStreams(settings, connection);
    const traffic = this.#prepare(settings, streams);
    await this.#expect('test-start', START_TIMEOUT_MS);
    this.#options.onEvent(startEvent(settings, this.#configuration.intervalSeconds, streams, connect));
    await this.#expect('test-running', STEP_TIMEOUT_MS);
    traffic.open();
    if (settings.omitSeconds === 0) this.#options.onTraffic?.('measured');
    await this.#whileRunning();

    await this.#flush(traffic, settings);
    channel.send(this.#machine.testEnd());
    await this.#expect('exchange-results', RESULTS_TIMEOUT_MS);
    channel.send(this.#machine.results(traffic.results(undefined)));
    const results = await this.#results();
    await this.#expect('display-results', RESULTS_TIMEOUT_MS);
    traffic.closeStreams();
    const record = traffic.endRecord(results, false);
    const identities = streams.map(({ identity }) => identity);
    for (const message of peerPathWarnings(settings, record.facts.peer, identities)) {
      this.#options.onEvent({ type: 'warning', message });
    }
    this.#reported = true;
    this.#options.onEvent(record);
    this.#options.onEvent({ type: 'done' });
    return record;
  }

  /** Says what went wrong, after the figures there are. */
  fail(error: VnetperfError): void {
    const traffic = this.#traffic;
    traffic?.stop();
    if (traffic?.hasEnded && !this.#reported) this.#options.onEvent(traffic.endRecord(undefined, true));
    this.#options.onEvent({ type: 'error', error, ...(error === this.#saidByServer ? { fromServer: true } : {}) });
  }

  async close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#watch?.stop();
    this.#traffic?.close();
    // Also after a failure: a server that is told need not find out by a time-out.
    if (this.#greeted && !this.#terminated) this.#channel?.send(this.#machine.done());
    await this.#channel?.finish(GOODBYE_TIMEOUT_MS);
  }

  #converse(connection: ControlConnection): ControlChannel {
    const deliver = (events: ClientEvent[]) => {
      for (const event of events) this.#inbox.push({ type: 'protocol', event });
    };
    let channel: ControlChannel;
    try {
      channel = new ControlChannel(connection.socket, {
        data: (chunk) => deliver(this.#machine.receive(chunk)),
        end: () => deliver(this.#machine.end()),
        // A reset is an end like any other; which of the two comes is the server's kernel's business.
        error: (cause) => {
          deliver(this.#machine.end());
          const errno = Math.abs(cause.errno ?? 0);
          const context = `while ${this.#machine.phase}`;
          this.#inbox.push({ type: 'control-failed', error: iperf3Error(108, { errno, context, cause }) });
        },
      });
    } catch (cause) {
      connection.socket.close();
      const [ended] = this.#machine.end();
      throw ended === undefined ? cause : this.#failureOf(ended);
    }
    this.#channel = channel;
    return channel;
  }

  #announce(settings: TestSettings, connection: ControlConnection): ConnectEvent {
    const event: ConnectEvent = {
      type: 'connect',
      role: 'client',
      peer: { host: this.#configuration.host, port: this.#configuration.port },
      cookie: this.#cookie,
      timestampMs: Date.now(),
      systemInfo: systemInfo(),
      controlMssBytes: connection.mssBytes,
      settings,
    };
    this.#options.onEvent(event);
    return event;
  }

  /** Meanwhile the control connection is listened to: who is alone must not go on knocking. */
  async #connectStreams(settings: TestSettings, connection: ControlConnection): Promise<DataStream[]> {
    const cancel = new AbortController();
    const overtaking: Happening[] = [];
    const connecting = connectStreams({
      configuration: this.#configuration,
      settings,
      cookie: this.#cookie,
      server: connection.server,
      bindHost: connection.bindHost,
      namespace: this.#options.namespace,
      streamPairs: this.#options.streamPairs ?? [],
      cancelled: cancel.signal,
      serverHasStarted: () => overtaking.length > 0,
      onStream: (stream) => this.#options.onEvent({ type: 'stream-connected', stream: stream.identity }),
    });
    connecting.then(
      (streams) => this.#inbox.push({ type: 'streams', streams }),
      (error: VnetperfError) => this.#inbox.push({ type: 'failed', error }),
    );
    try {
      for (;;) {
        // Each stream has a deadline of its own.
        const happening = await this.#inbox.next(undefined, () => iperf3Error(203));
        switch (happening.type) {
          case 'streams':
            this.#inbox.putBack(overtaking);
            return happening.streams;
          case 'protocol':
            if (isReason(happening.event)) throw this.#failureOf(happening.event);
            overtaking.push(happening);
            break;
          case 'failed':
            throw isBetweenTheTwo(happening.error) ? await this.#reason(happening.error) : happening.error;
          case 'control-failed':
            throw happening.error;
          case 'aborted':
            throw this.#terminate();
        }
      }
    } catch (error) {
      cancel.abort(error);
      for (const { socket } of await connecting.catch(() => [])) socket.close();
      throw error;
    }
  }

  #prepare(settings: TestSettings, streams: DataStream[]): TrafficRun {
    const listener: TrafficListener = {
      ready: () => {},
      interval: (record) => this.#options.onEvent(record),
      omitFinished: () => {
        this.#options.onTraffic?.('measured');
        this.#options.onEvent({ type: 'omit-finished' });
      },
      ended: () => {
        this.#options.onTraffic?.('over');
        this.#inbox.push({ type: 'ended' });
      },
      streamEnded: (stream, failure) => this.#inbox.push({ type: 'stream-ended', stream, ...failure }),
      failed: (error) => this.#inbox.push({ type: 'failed', error }),
    };
    const traffic = new TrafficRun('client', settings, this.#configuration, streams, listener, this.#options.carriers);
    this.#traffic = traffic;
    for (const message of traffic.warnings) this.#options.onEvent({ type: 'warning', message });
    const directions = directionsOf('client', settings.direction);
    this.#watch = new ProgressWatch(traffic, directions, this.#configuration.receiveTimeoutMs, (error) =>
      this.#inbox.push({ type: 'failed', error }),
    );
    return traffic;
  }

  /** Until the engine says that the test is over. Its clock decides, not the event loop's. */
  async #whileRunning(): Promise<void> {
    this.#watch?.start();
    for (;;) {
      const happening = await this.#inbox.next(undefined, () => iperf3Error(0));
      switch (happening.type) {
        case 'ended':
          this.#watch?.stop();
          return;
        case 'stream-ended': {
          // Receiving, an orderly end of one stream before the server says so is for the server to explain.
          const failure = streamFailure(happening.stream, happening);
          await this.#endWith(peerMayKnowWhy(happening) ? await this.#reason(failure) : failure);
          break;
        }
        case 'protocol':
          await this.#endWith(this.#failureOf(happening.event));
          break;
        case 'aborted':
          await this.#endWith(this.#terminate());
          break;
        case 'streams':
          break;
        default:
          await this.#endWith(happening.error);
      }
    }
  }

  /** Stops the traffic, so that the figures so far can be shown, and fails. */
  async #endWith(error: VnetperfError): Promise<never> {
    this.#watch?.stop();
    const traffic = this.#traffic;
    if (traffic !== undefined && !traffic.hasEnded) {
      traffic.stop();
      const deadline = performance.now() + STEP_TIMEOUT_MS;
      while (!traffic.hasEnded && performance.now() < deadline) {
        await this.#inbox.next(STEP_TIMEOUT_MS, () => error).catch(() => undefined);
      }
    }
    throw error;
  }

  /** Waits for the one protocol event that may come now; anything else is the end of the test. */
  async #expect(type: ClientEvent['type'], timeoutMs: number): Promise<ClientEvent> {
    for (;;) {
      const happening = await this.#inbox.next(timeoutMs, () => this.#muteError(timeoutMs));
      switch (happening.type) {
        case 'protocol':
          if (happening.event.type === type) return happening.event;
          throw this.#failureOf(happening.event);
        case 'aborted':
          throw this.#terminate();
        case 'control-failed':
        case 'failed':
          throw happening.error;
        default:
        // Streams end in this phase as the server closes them.
      }
    }
  }

  async #results(): Promise<PeerResults> {
    const event = await this.#expect('results', RESULTS_TIMEOUT_MS);
    if (event.type !== 'results') throw iperf3Error(117);
    for (const message of event.warnings) this.#options.onEvent({ type: 'warning', message });
    return event.results;
  }

  /** What the server gives as the reason, if it does so soon; else `assumed`. */
  async #reason(assumed: VnetperfError): Promise<VnetperfError> {
    const deadline = performance.now() + REASON_TIMEOUT_MS;
    for (;;) {
      const left = deadline - performance.now();
      if (left <= 0) return assumed;
      try {
        const happening = await this.#inbox.next(left, () => assumed);
        if (happening.type === 'protocol' && isReason(happening.event)) return this.#failureOf(happening.event);
        if (happening.type === 'control-failed' || happening.type === 'failed') return happening.error;
      } catch {
        return assumed;
      }
    }
  }

  #failureOf(event: ClientEvent): VnetperfError {
    if (event.type === 'error') {
      if (event.fromServer) this.#saidByServer = event.error;
      return event.error;
    }
    if (event.type === 'server-terminated') return iperf3Error(120);
    return iperf3Error(110, { context: `${event.type} came while ${this.#machine.phase}` });
  }

  #terminate(): VnetperfError {
    this.#terminated = true;
    if (this.#greeted) this.#channel?.send(this.#machine.terminate());
    return interruptedError('client', this.#options.signal?.reason);
  }

  #muteError(timeoutMs: number): VnetperfError {
    const { host, port } = this.#configuration;
    return new VnetperfError(
      `the server at ${host} port ${port} has been silent for ${timeoutMs / 1000} s while ${this.#machine.phase}`,
      {
        code: 'ERR_PEER_MUTE',
        iperf3Number: 112,
        remedy: this.#greeted
          ? 'The server hangs, or nothing gets through any more: see what the server says itself.'
          : 'Make sure that an iperf3 or vnetperf server listens on that port, and not something else.',
      },
    );
  }

  /**
   * Gives the last bytes the time to arrive, so that the server counts what this side says it sent. Bounded: behind a
   * slow path stand seconds of queue, and the report's own time has ended already. A remainder that stands still is no
   * reason to wait: it has arrived, and only its acknowledgement is held back (40 ms).
   */
  async #flush(traffic: TrafficRun, settings: TestSettings): Promise<void> {
    if (!traffic.streams.some(({ identity }) => identity.sender)) return;
    const deadline = performance.now() + FLUSH_TIMEOUT_MS;
    let queued = traffic.unacknowledged();
    let movedAt = performance.now();
    while (queued.bytes > 0 && performance.now() < deadline) {
      await pause(1);
      const now = traffic.unacknowledged();
      if (now.bytes !== queued.bytes) movedAt = performance.now();
      else if (performance.now() - movedAt > (now.mayBeHeldBack ? STANDSTILL_MS : STALL_MS)) break;
      queued = now;
    }
    const shareMs = 1000 * READ_OUT_SHARE * settings.durationSeconds;
    await pause(settings.durationSeconds > 0 ? Math.min(READ_OUT_MS, shareMs) : READ_OUT_MS);
  }
}

/** Whether the server, or the state of its connection, says that the test is over. */
function isReason(event: ClientEvent): boolean {
  return event.type === 'error' || event.type === 'server-terminated';
}

/** A data stream that could not be had may be the server's doing; what this machine refused is not. */
function isBetweenTheTwo({ iperf3Number = 0 }: VnetperfError): boolean {
  return [203, 206].includes(iperf3Number);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
