import type { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import type { NativeSocket, SocketAddress } from '../platform/native.js';
import type { ServerEvent, ServerMachine } from '../protocol/server-machine.js';
import type { DataStream } from './client-streams.js';
import { ControlChannel } from './control-channel.js';
import { Inbox } from './inbox.js';
import { interruptedError } from './session.js';

/** What can happen to a test on a server. */
export type Happening =
  | { type: 'protocol'; event: ServerEvent }
  | { type: 'turn' }
  | { type: 'stream' }
  | { type: 'udp-streams'; streams: DataStream[] }
  | { type: 'ready' }
  | { type: 'ended' }
  | { type: 'stream-ended'; stream: DataStream; errno: number; syscall: string }
  | { type: 'failed'; error: VnetperfError }
  | { type: 'aborted' };

/** The control connection of one client, and whatever else happens to its test, in the order of arrival. */
export class ServerControl {
  readonly machine: ServerMachine;
  readonly inbox = new Inbox<Happening>();
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly #channel: ControlChannel;
  readonly #signal: AbortSignal | undefined;

  /** @param socket the connection whose cookie has been read; it moves into this. */
  constructor(socket: NativeSocket, machine: ServerMachine, signal: AbortSignal | undefined) {
    this.machine = machine;
    this.#signal = signal;
    const deliver = (events: ServerEvent[]) => {
      for (const event of events) this.inbox.push({ type: 'protocol', event });
    };
    this.local = socket.localAddress();
    this.remote = socket.remoteAddress();
    this.#channel = new ControlChannel(socket, {
      data: (chunk) => deliver(machine.receive(chunk)),
      end: () => deliver(machine.end()),
      // A reset is an end like any other; which of the two comes is the client's kernel's business.
      error: (cause) => {
        deliver(machine.end());
        const errno = Math.abs(cause.errno ?? 0);
        const context = `while ${machine.phase}`;
        this.inbox.push({ type: 'failed', error: iperf3Error(108, { errno, context, cause }) });
      },
    });
  }

  send(bytes: Uint8Array): void {
    this.#channel.send(bytes);
  }

  /** Tells the client that this server was interrupted. */
  terminate(): VnetperfError {
    this.send(this.machine.terminate());
    return interruptedError('server', this.#signal?.reason);
  }

  /** Closes this side, waits for the client's end, and closes the connection. */
  async finish(timeoutMs: number): Promise<void> {
    await this.#channel.finish(timeoutMs);
  }

  close(): void {
    this.#channel.close();
  }

  /** Waits for the one protocol event that may come now; anything else is the end of the test. */
  async expect(type: ServerEvent['type'], timeoutMs: number): Promise<ServerEvent> {
    for (;;) {
      const happening = await this.inbox.next(timeoutMs, () =>
        iperf3Error(type === 'parameters' ? 114 : 112, {
          context: `the client has been silent for ${timeoutMs / 1000} s while ${this.machine.phase}`,
        }),
      );
      if (happening.type === 'protocol' && happening.event.type === type) return happening.event;
      // Streams that die while the results go round are the client closing them.
      if (happening.type === 'stream-ended' || happening.type === 'ended') continue;
      throw this.unexpected(happening);
    }
  }

  unexpected(happening: Happening): VnetperfError {
    switch (happening.type) {
      case 'protocol':
        return this.failureOf(happening.event);
      case 'failed':
        return happening.error;
      case 'aborted':
        return this.terminate();
      default:
        return iperf3Error(110, { context: `${happening.type} while ${this.machine.phase}` });
    }
  }

  failureOf(event: ServerEvent): VnetperfError {
    if (event.type === 'error') return event.error;
    if (event.type === 'client-terminated') return iperf3Error(119);
    return iperf3Error(110, { context: `${event.type} came while ${this.machine.phase}` });
  }
}
