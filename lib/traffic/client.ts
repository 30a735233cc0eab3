import type { ClientConfiguration } from '../configuration/configuration.js';
import type { TestSettings } from '../configuration/settings.js';
import type { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import { systemInfo } from '../platform/system-info.js';
import type { PeerResults } from '../protocol/results.js';
import { awaitDelivery } from './await-delivery.js';
import { checkFile } from './check-file.js';
import { checkProtocol } from './check-protocol.js';
import { ClientControl, type Happening, isReason } from './client-control.js';
import { clientSettings } from './client-settings.js';
import { connectStreams, type DataStream } from './client-streams.js';
import { type ControlConnection, connectControl } from './connect-control.js';
import { exchangeEvents, withDebugEvents } from './debug-events.js';
import type { ConnectEvent, EndRecord } from './events.js';
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
  readonly #control: ClientControl;
  readonly #onAbort = () => this.#control.inbox.push({ type: 'aborted' });
  #traffic: TrafficRun | undefined;
  #watch: ProgressWatch | undefined;
  #reported = false;

  constructor(configuration: ClientConfiguration, options: SessionOptions) {
    this.#configuration = configuration;
    this.#options = { ...options, onEvent: withDebugEvents(options.onEvent, configuration.debugLevel) };
    this.#control = new ClientControl(configuration, options.signal);
    this.#control.machine.onExchange = exchangeEvents(options.onEvent, configuration.debugLevel);
  }

  async run(): Promise<EndRecord> {
    const { signal } = this.#options;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (signal?.aborted) throw interruptedError('client', signal.reason);
    checkFile(this.#configuration);
    checkProtocol(this.#configuration.settings, this.#options.namespace);

    const connection = await connectControl(this.#configuration, this.#options, this.#control.machine.start());
    this.#control.converse(connection);
    const { settings, warnings } = clientSettings(this.#configuration, connection.mssBytes);
    this.#options.onEvent({
      type: 'control-connected',
      mssBytes: connection.mssBytes,
      ...(connection.keepalive === undefined ? {} : { keepalive: connection.keepalive }),
    });
    for (const warning of warnings) this.#options.onEvent(warning);

    await this.#control.expectGreeting(STEP_TIMEOUT_MS);
    this.#control.send(this.#control.machine.parameters(settings));
    const connect = this.#announce(settings, connection);

    await this.#control.expect('create-streams', STEP_TIMEOUT_MS);
    const streams = await this.#connectStreams(settings, connection);
    const traffic = this.#prepare(settings, streams);
    await this.#control.expect('test-start', START_TIMEOUT_MS);
    this.#options.onEvent(startEvent(settings, this.#configuration.intervalSeconds, streams, connect));
    await this.#control.expect('test-running', STEP_TIMEOUT_MS);
    traffic.open();
    if (settings.omitSeconds === 0) this.#options.onTraffic?.('measured');
    await this.#whileRunning();

    await awaitDelivery(traffic, settings);
    this.#control.send(this.#control.machine.testEnd());
    await this.#control.expect('exchange-results', RESULTS_TIMEOUT_MS);
    this.#control.send(this.#control.machine.results(traffic.results(undefined)));
    const results = await this.#results();
    await this.#control.expect('display-results', RESULTS_TIMEOUT_MS);
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
    this.#options.onEvent({ type: 'error', error, ...(this.#control.isFromServer(error) ? { fromServer: true } : {}) });
  }

  async close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#watch?.stop();
    this.#traffic?.close();
    await this.#control.close();
  }

  #announce(settings: TestSettings, connection: ControlConnection): ConnectEvent {
    const event: ConnectEvent = {
      type: 'connect',
      role: 'client',
      peer: { host: this.#configuration.host, port: this.#configuration.port },
      cookie: this.#control.cookie,
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
      cookie: this.#control.cookie,
      server: connection.server,
      bindHost: connection.bindHost,
      namespace: this.#options.namespace,
      streamPairs: this.#options.streamPairs ?? [],
      cancelled: cancel.signal,
      serverHasStarted: () => overtaking.length > 0,
      onStream: (stream) => this.#options.onEvent({ type: 'stream-connected', stream: stream.identity }),
    });
    connecting.then(
      (streams) => this.#control.inbox.push({ type: 'streams', streams }),
      (error: VnetperfError) => this.#control.inbox.push({ type: 'failed', error }),
    );
    try {
      for (;;) {
        // Each stream has a deadline of its own.
        const happening = await this.#control.inbox.next(undefined, () => iperf3Error(203));
        switch (happening.type) {
          case 'streams':
            this.#control.inbox.putBack(overtaking);
            return happening.streams;
          case 'protocol':
            if (isReason(happening.event)) throw this.#control.failureOf(happening.event);
            overtaking.push(happening);
            break;
          case 'failed':
            throw isBetweenTheTwo(happening.error) ? await this.#control.reason(happening.error) : happening.error;
          case 'control-failed':
            throw happening.error;
          case 'aborted':
            throw this.#control.terminate();
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
        this.#control.inbox.push({ type: 'ended' });
      },
      streamEnded: (stream, failure) => this.#control.inbox.push({ type: 'stream-ended', stream, ...failure }),
      failed: (error) => this.#control.inbox.push({ type: 'failed', error }),
    };
    const traffic = new TrafficRun('client', settings, this.#configuration, streams, listener, this.#options.carriers);
    this.#traffic = traffic;
    for (const message of traffic.warnings) this.#options.onEvent({ type: 'warning', message });
    const directions = directionsOf('client', settings.direction);
    this.#watch = new ProgressWatch(traffic, directions, this.#configuration.receiveTimeoutMs, (error) =>
      this.#control.inbox.push({ type: 'failed', error }),
    );
    return traffic;
  }

  /** Until the engine says that the test is over. Its clock decides, not the event loop's. */
  async #whileRunning(): Promise<void> {
    this.#watch?.start();
    for (;;) {
      const happening = await this.#control.inbox.next(undefined, () => iperf3Error(0));
      switch (happening.type) {
        case 'ended':
          this.#watch?.stop();
          return;
        case 'stream-ended': {
          // Receiving, an orderly end of one stream before the server says so is for the server to explain.
          const failure = streamFailure(happening.stream, happening);
          await this.#endWith(peerMayKnowWhy(happening) ? await this.#control.reason(failure) : failure);
          break;
        }
        case 'protocol':
          await this.#endWith(this.#control.failureOf(happening.event));
          break;
        case 'aborted':
          await this.#endWith(this.#control.terminate());
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
        await this.#control.inbox.next(STEP_TIMEOUT_MS, () => error).catch(() => undefined);
      }
    }
    throw error;
  }

  async #results(): Promise<PeerResults> {
    const event = await this.#control.expect('results', RESULTS_TIMEOUT_MS);
    if (event.type !== 'results') throw iperf3Error(117);
    for (const message of event.warnings) this.#options.onEvent({ type: 'warning', message });
    return event.results;
  }
}

/** A data stream that could not be had may be the server's doing; what this machine refused is not. */
function isBetweenTheTwo({ iperf3Number = 0 }: VnetperfError): boolean {
  return [203, 206].includes(iperf3Number);
}
