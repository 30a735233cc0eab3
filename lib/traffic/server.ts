import { setTimeout as pause } from 'node:timers/promises';
import type { ServerConfiguration } from '../configuration/configuration.js';
import { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import type { NativeSocket } from '../platform/native.js';
import { ServerMachine } from '../protocol/server-machine.js';
import { DealtCores } from './dealt-cores.js';
import type { NetworkNamespace } from './namespace.js';
import { readCookie } from './read-cookie.js';
import { ServerListener } from './server-listener.js';
import { ServerTest, type TestOutcome } from './server-test.js';
import { interruptedError, type SessionOptions } from './session.js';
import { SetUpTurns } from './set-up-turns.js';
import { controlOptions } from './socket-options.js';
import { Stragglers } from './stragglers.js';
import { waitFor } from './wait-for.js';

/** Connections that may be waited for at a time: a test may have 256 streams. Beyond that the oldest has to go. */
const MAX_STRANGERS = 512;
/** A port that went to somebody else while the listening socket was made anew is hoped for this long. */
const REOPEN_TIMEOUT_MS = 5_000;
const RETRY_MS = 100;

/**
 * An iperf3 server. Every connection shows a cookie first, and the cookie says what it is: a data stream of a test
 * being set up, a new client, or (while as many tests run as may) one to be told that the server is busy.
 */
export class Server {
  readonly #configuration: ServerConfiguration;
  readonly #options: SessionOptions;
  /** The first is for clients; the others, where data streams run between other ends, take nothing but those. */
  readonly #listeners: [ServerListener, ...ServerListener[]];
  /** Those under way, by cookie. */
  readonly #tests = new Map<string, ServerTest>();
  readonly #setUpTurns = new SetUpTurns();
  readonly #dealtCores: DealtCores;
  readonly #stragglers = new Stragglers();
  #strangers = new Set<NativeSocket>();
  #testNumber = 0;
  #acceptedCount = 0;
  #finished: (() => void) | undefined;
  #stopping = false;
  /** A test under way has told of the interruption itself. */
  #interruptionTold = false;
  #shortOfResources = false;

  constructor(configuration: ServerConfiguration, options: SessionOptions) {
    this.#configuration = configuration;
    this.#options = options;
    this.#dealtCores = new DealtCores(configuration.cores);
    this.#listeners = [this.#listener(configuration, options.namespace)];
  }

  /**
   * Starts listening.
   * @returns the port (that of the configuration, or the one the kernel chose for 0).
   * @throws VnetperfError 102
   */
  async listen(): Promise<number> {
    const [first] = this.#listeners;
    await first.open();
    try {
      for (const { server } of this.#options.streamPairs ?? []) {
        if (this.#listeners.some((listener) => listener.isIn(server))) continue;
        // The protocol has one number for all streams; an address of the first namespace means nothing in the others.
        const configuration = { ...this.#configuration, port: first.port, bindHost: undefined };
        const listener = this.#listener(configuration, server);
        this.#listeners.push(listener);
        await listener.open();
      }
    } catch (error) {
      this.#closeListeners();
      throw error;
    }
    return first.port;
  }

  /**
   * Serves until the one test of a one-off server is over, or the signal is aborted.
   * @throws VnetperfError ERR_INTERRUPTED when aborted; an `error` event has been given before.
   */
  async serve(): Promise<void> {
    const { signal } = this.#options;
    const onAbort = () => {
      this.#stopping = true;
      for (const test of this.#tests.values()) test.abort();
      this.#closeListeners();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    try {
      this.#announce();
      await Promise.all(this.#listeners.map((listener) => this.#acceptFrom(listener)));
      await this.#whenIdle();
      if (signal?.aborted) {
        const error = interruptedError('server', signal.reason);
        if (!this.#interruptionTold) this.#options.onEvent({ type: 'error', error });
        throw error;
      }
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#stop();
      for (const socket of this.#strangers) socket.close();
      // None is left where all went well. After a failure, nobody else would end them.
      for (const test of this.#tests.values()) test.abort();
      await this.#whenIdle();
    }
  }

  /** Before each test; once, where it cannot be said which test is next. */
  #announce(): void {
    const { maxClients } = this.#configuration;
    const testNumber = this.#testNumber + 1;
    this.#options.onEvent({ type: 'listening', port: this.#listeners[0].port, testNumber, maxClients });
  }

  #listener(configuration: ServerConfiguration, namespace: NetworkNamespace | undefined): ServerListener {
    return new ServerListener(configuration, namespace, (listener) => {
      for (const accepted of waitingOn(listener.socket)) this.#welcome(accepted, listener);
    });
  }

  async #acceptFrom(listener: ServerListener): Promise<void> {
    while (!this.#stopping) await this.#acceptNext(listener);
  }

  async #acceptNext(listener: ServerListener): Promise<void> {
    const { idleTimeoutSeconds, oneOff } = this.#configuration;
    if (!listener.isOpen) return await this.#openAgain(listener);
    const { socket } = listener;
    try {
      if (idleTimeoutSeconds === undefined || this.#tests.size > 0) await socket.wait('readable');
      else if (!(await waitFor(socket, 'readable', idleTimeoutSeconds * 1000))) {
        if (this.#tests.size > 0) return;
        // As iperf3 does: an idle server listens anew, which also ends the wait that was given up.
        if (oneOff) this.#stop();
        else listener.close();
        return;
      }
    } catch (error) {
      // Closed to be opened anew for a test's options, or for good.
      if (isClosed(error)) return;
      throw error;
    }
    for (;;) {
      const accepted = await this.#accept(socket);
      if (accepted === undefined) return;
      this.#welcome(accepted, listener);
    }
  }

  #welcome(accepted: NativeSocket, listener: ServerListener): void {
    if (this.#strangers.size >= MAX_STRANGERS) {
      for (const oldest of [...this.#strangers].slice(0, 1)) oldest.close();
    }
    void this.#greet(accepted, listener);
  }

  /** undefined: nobody is waiting any more. */
  async #accept(socket: NativeSocket): Promise<NativeSocket | undefined> {
    for (;;) {
      try {
        const accepted = socket.accept() ?? undefined;
        this.#shortOfResources = false;
        return accepted;
      } catch (error) {
        const { code = '', errno = 0 } = error as NodeJS.ErrnoException;
        if (isClosed(error)) return undefined;
        if (code === 'ECONNABORTED') continue;
        // Out of descriptors or memory: let those there are end before the next try, and say so once.
        if (!this.#shortOfResources) {
          const more = code === 'EMFILE' ? '; ulimit -n gives it more' : '';
          const { message } = iperf3Error(104, { errno, context: `it waits until there is room${more}` });
          this.#options.onEvent({ type: 'warning', message });
        }
        this.#shortOfResources = true;
        await pause(RETRY_MS);
        return undefined;
      }
    }
  }

  async #openAgain(listener: ServerListener): Promise<void> {
    const deadline = performance.now() + REOPEN_TIMEOUT_MS;
    while (!this.#stopping) {
      try {
        listener.openAgain();
        return;
      } catch (error) {
        if (performance.now() > deadline) {
          if (error instanceof VnetperfError) this.#options.onEvent({ type: 'error', error });
          throw error;
        }
        await pause(RETRY_MS);
      }
    }
  }

  /** Reads the cookie and decides what the connection is. The order of acceptance goes along. */
  async #greet(socket: NativeSocket, listener: ServerListener): Promise<void> {
    const order = this.#acceptedCount++;
    this.#strangers.add(socket);
    const machine = new ServerMachine();
    try {
      const cookie = await readCookie(socket, machine);
      if (cookie === undefined) {
        socket.close();
        return;
      }
      const test = this.#tests.get(cookie);
      if (test?.wantsStreams) {
        test.addStream({ socket, listener, order });
      } else if (test !== undefined || this.#isFull || this.#stopping || this.#stragglers.has(cookie)) {
        socket.write(ServerMachine.accessDenied());
        socket.close();
      } else {
        await this.#serveTest(cookie, socket, machine);
      }
    } catch (error) {
      socket.close();
      // Turned out to make room, or gone by itself: a port scan is not worth a line.
      if (isClosed(error) || (error as NodeJS.ErrnoException).code === 'ECONNRESET') return;
      const { message } = error as Error;
      const told = error instanceof VnetperfError ? message : `a connection failed: ${message}`;
      this.#options.onEvent({ type: 'warning', message: told });
    } finally {
      this.#strangers.delete(socket);
    }
  }

  get #isFull(): boolean {
    return this.#tests.size >= this.#configuration.maxClients;
  }

  async #serveTest(cookie: string, socket: NativeSocket, machine: ServerMachine): Promise<void> {
    let outcome: TestOutcome = 'over';
    let test: ServerTest | undefined;
    try {
      this.#strangers.delete(socket);
      // Without TCP_NODELAY each of our small messages would wait for the client's delayed acknowledgement, 40 ms.
      socket.setOptions(controlOptions(this.#configuration));
      test = new ServerTest(cookie, socket, machine, {
        number: ++this.#testNumber,
        listeners: this.#listeners,
        setUpTurns: this.#setUpTurns,
        dealtCores: this.#dealtCores,
        configuration: this.#configuration,
        options: this.#options,
      });
      this.#tests.set(cookie, test);
      outcome = await test.run();
    } finally {
      if (outcome === 'interrupted') this.#interruptionTold = true;
      if (test?.mayHaveStragglers) this.#stragglers.add(cookie);
      this.#tests.delete(cookie);
      this.#finished?.();
    }
    if (this.#stopping) return;
    if (this.#configuration.oneOff && outcome === 'over') {
      this.#stop();
      return;
    }
    if (this.#configuration.maxClients === 1) this.#announce();
  }

  #stop(): void {
    this.#stopping = true;
    this.#closeListeners();
  }

  #closeListeners(): void {
    for (const listener of this.#listeners) listener.close();
  }

  async #whenIdle(): Promise<void> {
    while (this.#tests.size > 0) {
      await new Promise<void>((resolve) => {
        this.#finished = resolve;
      });
    }
  }
}

/** Connections that stand already, for a listening socket that is about to be closed. */
function* waitingOn(listening: NativeSocket): Generator<NativeSocket> {
  try {
    for (let socket = listening.accept(); socket !== null; socket = listening.accept()) yield socket;
  } catch {
    // What cannot be accepted now is lost with the socket.
  }
}

function isClosed(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_SOCKET_CLOSED';
}
