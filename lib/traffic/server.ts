import type { ServerConfiguration } from '../configuration/configuration.js';
import { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import type { NativeSocket } from '../platform/native.js';
import { ServerMachine } from '../protocol/server-machine.js';
import { ServerListener } from './server-listener.js';
import { ServerTest, type TestOutcome } from './server-test.js';
import { interruptedError, type SessionOptions } from './session.js';
import { controlOptions } from './socket-options.js';
import { waitFor } from './wait-for.js';

/** A connection that has not shown its cookie by then is no iperf3. It holds nobody up meanwhile. */
const COOKIE_TIMEOUT_MS = 10_000;
const COOKIE_BYTES = 37;
/** Connections that may be waited for at a time: a test may have 256 streams. Beyond that the oldest has to go. */
const MAX_STRANGERS = 512;
/** A port that went to somebody else while the listening socket was made anew is hoped for this long. */
const REOPEN_TIMEOUT_MS = 5_000;
const RETRY_MS = 100;
/** A data connection that was under way when its test failed would be taken for a new client, and waited for. */
const STRAGGLERS_MS = 3_000;

/**
 * An iperf3 server. Every connection shows a cookie first, and the cookie says what it is: a data stream of the test
 * being set up, a new client, or (while a test runs) one to be told that the server is busy.
 */
export class Server {
  readonly #configuration: ServerConfiguration;
  readonly #options: SessionOptions;
  /** The first is for clients; the others, where data streams run between other ends, take nothing but those. */
  readonly #listeners: [ServerListener, ...ServerListener[]];
  #active: ServerTest | undefined;
  #reserved = false;
  #strangers = new Set<NativeSocket>();
  #testNumber = 0;
  #acceptedCount = 0;
  #finished: (() => void) | undefined;
  #stopping = false;
  /** The test under way has told of the interruption itself. */
  #interruptionTold = false;
  #shortOfResources = false;
  /** The cookie of a test whose client left while its streams were being opened, for as long as some may still come. */
  #stragglers = { cookie: '', untilMs: 0 };

  constructor(configuration: ServerConfiguration, options: SessionOptions) {
    this.#configuration = configuration;
    this.#options = options;
    this.#listeners = [new ServerListener(configuration, options.namespace)];
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
        const listener = new ServerListener(configuration, server);
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
      this.#active?.abort();
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
      this.#closeListeners();
      for (const socket of this.#strangers) socket.close();
    }
  }

  #announce(): void {
    this.#testNumber++;
    this.#options.onEvent({ type: 'listening', port: this.#listeners[0].port, testNumber: this.#testNumber });
  }

  async #acceptFrom(listener: ServerListener): Promise<void> {
    while (!this.#stopping) await this.#acceptNext(listener);
  }

  async #acceptNext(listener: ServerListener): Promise<void> {
    const { idleTimeoutSeconds, oneOff } = this.#configuration;
    if (!listener.isOpen) return await this.#openAgain(listener);
    const { socket } = listener;
    try {
      if (idleTimeoutSeconds === undefined || this.#reserved) await socket.wait('readable');
      else if (!(await waitFor(socket, 'readable', idleTimeoutSeconds * 1000))) {
        if (oneOff && !this.#reserved) this.#stop();
        // As iperf3 does: an idle server listens anew, which also ends the wait that was given up.
        else if (!this.#reserved) listener.close();
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
      if (this.#strangers.size >= MAX_STRANGERS) {
        for (const oldest of [...this.#strangers].slice(0, 1)) oldest.close();
      }
      void this.#greet(accepted, listener);
    }
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
          const { message } = iperf3Error(104, { errno, context: 'it waits until there is room' });
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
      if (this.#active?.wantsStreams && this.#active.cookie === cookie) {
        this.#active.addStream({ socket, listener, order });
      } else if (this.#reserved || this.#stopping || this.#isStraggler(cookie)) {
        socket.write(ServerMachine.accessDenied());
        socket.close();
      } else {
        this.#reserved = true;
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

  #isStraggler(cookie: string): boolean {
    return cookie === this.#stragglers.cookie && performance.now() < this.#stragglers.untilMs;
  }

  async #serveTest(cookie: string, socket: NativeSocket, machine: ServerMachine): Promise<void> {
    let outcome: TestOutcome = 'over';
    let test: ServerTest | undefined;
    try {
      this.#strangers.delete(socket);
      // Without TCP_NODELAY each of our small messages would wait for the client's delayed acknowledgement, 40 ms.
      socket.setOptions(controlOptions(this.#configuration));
      test = new ServerTest(cookie, socket, machine, this.#listeners, this.#configuration, this.#options);
      this.#active = test;
      outcome = await test.run();
    } finally {
      this.#interruptionTold = outcome === 'interrupted';
      if (test?.mayHaveStragglers) this.#stragglers = { cookie, untilMs: performance.now() + STRAGGLERS_MS };
      this.#active = undefined;
      this.#reserved = false;
      this.#finished?.();
    }
    if (this.#stopping) return;
    if (this.#configuration.oneOff && outcome === 'over') {
      this.#stop();
      return;
    }
    this.#announce();
  }

  #stop(): void {
    this.#stopping = true;
    this.#closeListeners();
  }

  #closeListeners(): void {
    for (const listener of this.#listeners) listener.close();
  }

  #whenIdle(): Promise<void> {
    if (!this.#reserved) return Promise.resolve();
    return new Promise((resolve) => {
      this.#finished = resolve;
    });
  }
}

/** undefined: the connection went away, or stayed mute, without a cookie. @throws VnetperfError when it is no client. */
async function readCookie(socket: NativeSocket, machine: ServerMachine): Promise<string | undefined> {
  const deadline = performance.now() + COOKIE_TIMEOUT_MS;
  let received = 0;
  for (;;) {
    const left = deadline - performance.now();
    if (left <= 0 || !(await waitFor(socket, 'readable', left))) return undefined;
    const chunk = socket.read(COOKIE_BYTES - received);
    if (chunk === null) continue;
    if (chunk.length === 0) {
      if (received === 0) return undefined;
      for (const event of machine.end()) if (event.type === 'error') throw event.error;
    }
    received += chunk.length;
    for (const event of machine.receive(chunk)) {
      if (event.type === 'cookie') return event.cookie;
      if (event.type === 'error') throw event.error;
    }
  }
}

function isClosed(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_SOCKET_CLOSED';
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
