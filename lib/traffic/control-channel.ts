import { Socket } from 'node:net';
import type { NativeSocket } from '../platform/native.js';

export interface ControlListener {
  data(chunk: Uint8Array): void;
  /** The peer closed its side. */
  end(): void;
  error(error: NodeJS.ErrnoException): void;
}

/**
 * The control connection. The native socket makes it (in the right namespace, with options set before connect());
 * node:net carries it from there, for it buffers writes and closes in halves well.
 */
export class ControlChannel {
  readonly #socket: Socket;
  #ended = false;

  /**
   * @param socket a connected socket; its descriptor moves into this channel. It may be reset already, with the peer's
   * last word still to be read: nothing is asked of it here that a reset socket would refuse.
   */
  constructor(socket: NativeSocket, listener: ControlListener) {
    this.#socket = new Socket({ fd: socket.release(), readable: true, writable: true, allowHalfOpen: true });
    this.#socket.on('data', (chunk) => listener.data(chunk));
    this.#socket.on('end', () => {
      this.#ended = true;
      listener.end();
    });
    this.#socket.on('error', (error) => listener.error(error));
  }

  send(bytes: Uint8Array): void {
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.write(bytes);
  }

  /** Half-closes and waits for the peer's end, so that no reset overtakes the last message. Then closes. */
  async finish(timeoutMs: number): Promise<void> {
    if (!this.#socket.destroyed && !this.#ended) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        const settled = () => {
          clearTimeout(timer);
          resolve();
        };
        this.#socket.once('end', settled);
        this.#socket.once('close', settled);
        this.#socket.end();
      });
    } else if (this.#socket.writable) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#socket.end(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    this.#socket.destroy();
  }

  close(): void {
    this.#socket.destroy();
  }
}
