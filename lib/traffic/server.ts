import type { ServerConfiguration } from '../configuration/configuration.js';
import { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import type { NativeSocket } from '../platform/native.js';
import { ServerMachine } from '../protocol/server-machine.js';
import { ServerListener } from './server-listener.js';
import { ServerTest } from './server-test.js';
import { interruptedError, type SessionOptions } from './session.js';
import { controlOptions } from './socket-options.js';
import { waitFor } from './wait-for.js';

/** A connection that has not shown its cookie by then is no iperf3. It holds nobody up meanwhile. */
const COOKIE_TIMEOUT_MS = 10_000;
const COOKIE_BYTES = 37;
/** Connections that may be waited for at a time; a port scan is turned away beyond that. */
const MAX_STRANGERS = 512;

/**
 * An iperf3 server. Every connection shows a cookie first, and the cookie says what it is: a data stream of the test
 * being set up, a new client, or (while a test runs) one to be told that the server is busy.
 */
export class Server {
  readonly #configuration: ServerConfiguration;
  readonly #options: SessionOptions;
  readonly #listener: ServerListener;
  #active: ServerTest | undefined;
  #reserved = false;
  #strangers = new Set<NativeSocket>();
  #testNumber = 0;
  #acceptedCount = 0;
  #finished: (() => void) | undefined;
  #stopping = false;

  constructor(configuration: ServerConfiguration, options: SessionOptions) {
    this.#configuration = configuration;
    this.#options = options;
    this.#listener = new ServerListener(configuration, options.namespace);
  }

  /**
   * Starts listening.
   * @returns the port (that of the configuration, or the one the kernel chose for 0).
   * @throws VnetperfError 102
   */
  async listen(): Promise<number> {
    await this.#listener.open();
    return this.#listener.port;
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
      this.#listener.close();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    try {
      this.#announce();
      while (!this.#stopping) await this.#acceptNext();
      await this.#whenIdle();
      if (signal?.aborted) {
        const error = interruptedError('server', signal.reason);
        this.#options.onEvent({ type: 'error', error });
        throw error;
      }
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#listener.close();
      for (const socket of this.#strangers) socket.close();
    }
  }

  #announce(): void {
    this.#testNumber++;
    this.#options.onEvent({ type: 'listening', port: this.#listener.port, testNumber: this.#testNumber });
  }

  async #acceptNext(): Promise<void> {
    const { idleTimeoutSeconds, oneOff } = this.#configuration;
    const socket = this.#listener.socket;
    try {
      if (idleTimeoutSeconds === undefined || this.#active !== undefined) await socket.wait('readable');
      else if (!(await waitFor(socket, 'readable', idleTimeoutSeconds * 1000))) {
        if (oneOff && this.#active === undefined) this.#stopping = true;
        return;
      }
    } catch (error) {
      // Closed to be opened anew for a test's options, or for good.
      if ((error as NodeJS.ErrnoException).code === 'ERR_SOCKET_CLOSED') return;
      throw error;
    }
    for (;;) {
      let accepted: NativeSocket | null;
      try {
        accepted = socket.accept();
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? '';
        if (code === 'ERR_SOCKET_CLOSED') return;
        if (code === 'ECONNABORTED') continue;
        // Out of descriptors or memory: let those there are end before the next try.
        this.#options.onEvent({ type: 'warning', message: iperf3Error(104, { context: code }).message });
        await new Promise((resolve) => setTimeout(resolve, 100));
        return;
      }
      if (accepted === null) return;
      if (this.#strangers.size >= MAX_STRANGERS) accepted.close();
      else void this.#greet(accepted);
    }
  }

  /** Reads the cookie and decides what the connection is. The order of acceptance goes along. */
  async #greet(socket: NativeSocket): Promise<void> {
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
        this.#active.addStream(socket, order);
      } else if (this.#reserved || this.#stopping) {
        socket.write(ServerMachine.accessDenied());
        socket.close();
      } else {
        this.#reserved = true;
        await this.#serveTest(cookie, socket, machine);
      }
    } catch (error) {
      socket.close();
      const message =
        error instanceof VnetperfError ? error.message : `a connection failed: ${(error as Error).message}`;
      this.#options.onEvent({ type: 'warning', message });
    } finally {
      this.#strangers.delete(socket);
    }
  }

  async #serveTest(cookie: string, socket: NativeSocket, machine: ServerMachine): Promise<void> {
    let counts = true;
    try {
      this.#strangers.delete(socket);
      // Without TCP_NODELAY each of our small messages would wait for the client's delayed acknowledgement, 40 ms.
      socket.setOptions(controlOptions(this.#configuration));
      const test = new ServerTest(cookie, socket, machine, this.#listener, this.#configuration, this.#options);
      this.#active = test;
      counts = await test.run();
    } finally {
      this.#active = undefined;
      this.#reserved = false;
      this.#finished?.();
    }
    if (this.#stopping) return;
    if (this.#configuration.oneOff && counts) {
      this.#stopping = true;
      this.#listener.close();
      return;
    }
    this.#announce();
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
    if (chunk.length === 0) return undefined;
    received += chunk.length;
    for (const event of machine.receive(chunk)) {
      if (event.type === 'cookie') return event.cookie;
      if (event.type === 'error') throw event.error;
    }
  }
}
