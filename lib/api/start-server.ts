import type { ServerConfiguration } from '../configuration/configuration.js';
import { resolveServer, type ServerRequest as WholeServerRequest } from '../configuration/resolve-server.js';
import { VnetperfError } from '../errors.js';
import { packageVersion } from '../platform/package-version.js';
import { systemInfo } from '../platform/system-info.js';
import { createReporter } from '../report/create-reporter.js';
import type { ServerOutput } from '../report/reporter.js';
import { ServerReports } from '../report/server-reports.js';
import type { EndRecord, IntervalRecord, SessionEvent, StartEvent } from '../traffic/events.js';
import type { NetworkNamespace } from '../traffic/namespace.js';
import { Server } from '../traffic/server.js';
import { interruptedError } from '../traffic/session.js';
import { publishEnd, publishInterval } from './channels.js';
import { type ChosenCores, coresOfServer, withPlacement } from './chosen-cores.js';
import { type EventSource, TypedEvents } from './typed-events.js';

/** What a server is to do. Everything absent takes iperf3's default: port 5201, any address, one client at a time. */
export interface ServerRequest
  extends Omit<WholeServerRequest, 'port' | 'cores' | 'daemon' | 'pidFilePath' | 'debugLevel' | 'output'> {
  /** Where to listen, 1 to 65535; 0 = a port that is free. Default 5201. */
  port?: number | undefined;
  /** Cores of its threads, dealt to the streams in turn; `auto` = its half of what suits this machine. Default: any. */
  cores?: readonly number[] | 'auto' | undefined;
}

/** Of which of a server's tests an event tells: counted from 1. Those of several clients at once come mixed. */
export interface OfTest {
  /** Counted from 1, in the order in which their clients came. */
  testNumber: number;
}

/**
 * What a server tells, by the name of the event. Every listener is given the number of the test after it, undefined for
 * what belongs to none: `server.on('error', (error, testNumber) => ...)`.
 */
export interface ServerEvents {
  /** A client's test begins: all its streams stand. */
  'test-start': StartEvent & OfTest;
  /** An interval of a client's test is over. */
  interval: IntervalRecord & OfTest;
  /** A client's test is over; one that was cut short is `incomplete`. */
  'test-end': EndRecord & OfTest;
  /** Something worth a line; the test, or the server, goes on. */
  warning: string;
  /** A test failed, and the server goes on; or the server could not (no test's number), see `closed`. */
  error: VnetperfError;
  /** It listens no more. */
  close: undefined;
  /** Everything that happens, in order; `testNumber` is undefined for what belongs to no test. */
  event: { event: SessionEvent; testNumber: number | undefined };
}

/** A server that listens. It goes with close(), `await using`, or the signal it was given. */
export interface RunningServer extends EventSource<ServerEvents, [testNumber: number | undefined]>, AsyncDisposable {
  /** Where it listens. */
  readonly port: number;
  /** Cores of its threads; empty = any. */
  readonly cores: readonly number[];
  /**
   * Fulfilled when it listens no more, be it that it was closed or that its one test (`oneOff`) is over; rejected with a
   * VnetperfError where it could not go on. Need not be awaited.
   */
  readonly closed: Promise<void>;
  /** Ends it, with whatever tests are under way, and waits until it is gone. Idempotent, never throws. */
  close(): Promise<void>;
  /** close(). */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Beside what the server is to do. */
export interface ServerOptions {
  /** Aborting is like close(). */
  signal?: AbortSignal | undefined;
  /** Where the sockets are made, for example `network.server.namespace`. Default: this process's own network. */
  namespace?: NetworkNamespace | undefined;
  /**
   * What a client is given that asks for the server's report (`getServerOutput`): called after the test's `end` event.
   * Default: the report in text.
   */
  serverOutput?: ((testNumber: number) => ServerOutput | undefined) | undefined;
}

/**
 * Starts a server for iperf3's clients and vnetperf's, and returns when it listens. There may be any number of them in a
 * process, in its worker threads too.
 *
 * @param request What it is to do.
 * @throws RequestError for a limit that is not kept; TestError ERR_LISTEN (iperf3's 102) where it cannot listen, for
 * example since the port is taken; InterruptedError where the signal came first.
 */
export async function startServer(
  request: ServerRequest | ServerConfiguration = {},
  options: ServerOptions = {},
): Promise<RunningServer> {
  const { signal } = options;
  if (signal?.aborted) throw interruptedError('server', signal.reason);
  const cores = await coresOfServer(request.cores);
  const asked = { ...request, cores: cores.server };
  const configuration = 'role' in asked ? asked : serverConfiguration(asked);
  const server = new ListeningServer(configuration, cores, options);
  await server.listen();
  if (!signal?.aborted) return server;
  await server.close();
  throw interruptedError('server', signal.reason);
}

/** The command line has no port 0, as iperf3 has none. */
function serverConfiguration(request: WholeServerRequest): ServerConfiguration {
  if (request.port !== 0) return resolveServer(request);
  return { ...resolveServer({ ...request, port: undefined }), port: 0 };
}

class ListeningServer extends TypedEvents<ServerEvents, [testNumber: number | undefined]> implements RunningServer {
  readonly #chosen: ChosenCores;
  readonly #ending = new AbortController();
  readonly #server: Server;
  /** What the server would print, for a client that asks for it. */
  readonly #reports: ServerReports | undefined;
  #port = 0;
  closed: Promise<void> = Promise.resolve();

  constructor(configuration: ServerConfiguration, chosen: ChosenCores, options: ServerOptions) {
    super();
    const { signal, namespace, serverOutput } = options;
    this.#chosen = chosen;
    const reports = serverOutput === undefined ? unprintedReports(configuration) : undefined;
    this.#reports = reports;
    this.#server = new Server(configuration, {
      signal: signal === undefined ? this.#ending.signal : AbortSignal.any([signal, this.#ending.signal]),
      namespace,
      onEvent: (event, testNumber) => this.#tell(withPlacement(event, chosen), testNumber),
      serverOutput: serverOutput ?? ((testNumber) => reports?.serverOutput(testNumber)),
    });
  }

  get port(): number {
    return this.#port;
  }

  get cores(): readonly number[] {
    return this.#chosen.server;
  }

  async listen(): Promise<void> {
    this.#port = await this.#server.listen();
    // Not before who has just started it can listen to it.
    this.closed = new Promise((resolve) => setImmediate(resolve)).then(() => this.#serve());
    this.closed.catch(() => {});
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.closed.catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #serve(): Promise<void> {
    try {
      await this.#server.serve();
    } catch (error) {
      if (!(error instanceof VnetperfError) || error.code !== 'ERR_INTERRUPTED') throw error;
    } finally {
      this.emit('close', undefined, undefined);
    }
  }

  #tell(event: SessionEvent, testNumber: number | undefined): void {
    this.#reports?.handle(event, testNumber);
    this.emit('event', { event, testNumber }, testNumber);
    switch (event.type) {
      case 'start':
        this.emit('test-start', { ...event, testNumber: testNumber ?? 0 }, testNumber);
        break;
      case 'interval':
        publishInterval({ role: 'server', testNumber, interval: event });
        this.emit('interval', { ...event, testNumber: testNumber ?? 0 }, testNumber);
        break;
      case 'end':
        publishEnd({ role: 'server', testNumber, end: event });
        this.emit('test-end', { ...event, testNumber: testNumber ?? 0 }, testNumber);
        break;
      case 'warning':
        this.emit('warning', event.message, testNumber);
        break;
      case 'error':
        // That it was closed is no error; a test that was cut short by it has said so in its end.
        if (event.error.code !== 'ERR_INTERRUPTED') this.emit('error', event.error, testNumber);
        break;
    }
  }
}

function unprintedReports({ output }: ServerConfiguration): ServerReports {
  const sinks = { out: () => {}, err: () => {} };
  const details = { version: packageVersion(), systemInfo: systemInfo() };
  return new ServerReports(createReporter('server', output, sinks, details), output, sinks, details);
}
