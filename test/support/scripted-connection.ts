import { Socket } from 'node:net';
import { loadNative } from '../../lib/platform/load-native.js';
import type { NativeSocket } from '../../lib/platform/native.js';

const DEADLINE_MS = 10_000;

/** One end of a TCP connection in a namespace, for peers that follow a script instead of the protocol. */
export class ScriptedConnection {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #ended = false;
  #wake = () => {};

  constructor(socket: NativeSocket) {
    this.#socket = new Socket({ fd: socket.release(), readable: true, writable: true, allowHalfOpen: true });
    this.#socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    const end = () => {
      this.#ended = true;
      this.#wake();
    };
    // A reset is an end too: that the other side goes is what these peers are for.
    this.#socket.on('end', end).on('error', end).on('close', end);
  }

  send(...parts: (number | string | Uint8Array)[]): void {
    for (const part of parts) {
      const bytes = typeof part === 'number' ? Uint8Array.of(part) : part;
      if (this.#socket.writable) this.#socket.write(bytes);
    }
  }

  /** @throws Error when the other side ends before, or takes too long. */
  async take(length: number, deadlineMs = DEADLINE_MS): Promise<Buffer> {
    await this.#until(() => this.#received.length >= length || this.#ended, `${length} bytes`, deadlineMs);
    if (this.#received.length < length) throw new Error(`ended after ${this.#received.length} of ${length} bytes`);
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }

  /** A message with its length before it. */
  async takeMessage(): Promise<Record<string, unknown>> {
    const length = (await this.take(4)).readUInt32BE();
    return JSON.parse((await this.take(length)).toString('utf8'));
  }

  /** All that comes until the other side ends. */
  async rest(deadlineMs = DEADLINE_MS): Promise<Buffer> {
    await this.#until(() => this.#ended, 'the end', deadlineMs);
    return this.#received;
  }

  /** What comes is thrown away, as a receiver of traffic would. */
  discard(): void {
    this.#socket.removeAllListeners('data');
    this.#socket.resume();
  }

  /** Nothing is taken from the other side any more. */
  pause(): void {
    this.#socket.pause();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Closes this side when all is sent; the other side may go on. */
  finish(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Closes so that the other side gets a reset. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #until(done: () => boolean, what: string, deadlineMs: number): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (!done()) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`${what} did not come in ${deadlineMs} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/** Connects inside the namespace. */
export async function connectIn(namespace: number, port: number, host = '127.0.0.1'): Promise<ScriptedConnection> {
  const socket = loadNative().openSocket({ protocol: 'tcp', family: 4, namespace, connect: { host, port } });
  await socket.wait('writable');
  socket.finishConnect();
  return new ScriptedConnection(socket);
}

/** Listens inside the namespace; connections are handed out in the order in which they came. */
export class ScriptedListener {
  readonly port: number;
  readonly #socket: NativeSocket;

  constructor(namespace: number, port = 0) {
    this.#socket = loadNative().openSocket({
      protocol: 'tcp',
      family: 4,
      namespace,
      bind: { host: '127.0.0.1', port },
      listen: { backlog: 64 },
      options: { reuseAddress: true },
    });
    this.port = this.#socket.localAddress().port;
  }

  async accept(): Promise<ScriptedConnection> {
    for (;;) {
      const accepted = this.#socket.accept();
      if (accepted !== null) return new ScriptedConnection(accepted);
      await this.#socket.wait('readable');
    }
  }

  close(): void {
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
