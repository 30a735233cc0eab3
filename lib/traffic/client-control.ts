import type { ClientConfiguration } from '../configuration/configuration.js';
import { TestError, type VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import { type ClientEvent, ClientMachine } from '../protocol/client-machine.js';
import { makeCookie } from '../protocol/cookie.js';
import type { DataStream } from './client-streams.js';
import type { ControlConnection } from './connect-control.js';
import { ControlChannel } from './control-channel.js';
import { Inbox } from './inbox.js';
import { interruptedError } from './session.js';

/** After a data stream died, the reason usually follows on the control connection. */
const REASON_TIMEOUT_MS = 2_000;
const GOODBYE_TIMEOUT_MS = 1_000;

/** What can happen to a test of a client. */
export type Happening =
  | { type: 'protocol'; event: ClientEvent }
  | { type: 'streams'; streams: DataStream[] }
  | { type: 'control-failed'; error: VnetperfError }
  | { type: 'ended' }
  | { type: 'stream-ended'; stream: DataStream; errno: number; syscall: string }
  | { type: 'failed'; error: VnetperfError }
  | { type: 'aborted' };

/** The control connection to a server, and whatever else happens to the test, in the order of arrival. */
export class ClientControl {
  readonly cookie = makeCookie();
  readonly machine = new ClientMachine(this.cookie);
  readonly inbox = new Inbox<Happening>();
  readonly #server: Pick<ClientConfiguration, 'host' | 'port'>;
  readonly #signal: AbortSignal | undefined;
  #channel: ControlChannel | undefined;
  /** The server has answered: from here on it is owed a goodbye, unless it was told that this client terminates. */
  #greeted = false;
  #terminated = false;
  #saidByServer: VnetperfError | undefined;

  constructor(server: Pick<ClientConfiguration, 'host' | 'port'>, signal: AbortSignal | undefined) {
    this.#server = server;
    this.#signal = signal;
  }

  /** Takes over the connection, on which the cookie has been sent. */
  converse({ socket }: ControlConnection): void {
    const deliver = (events: ClientEvent[]) => {
      for (const event of events) this.inbox.push({ type: 'protocol', event });
    };
    try {
      this.#channel = new ControlChannel(socket, {
        data: (chunk) => deliver(this.machine.receive(chunk)),
        end: () => deliver(this.machine.end()),
        // A reset is an end like any other; which of the two comes is the server's kernel's business.
        error: (cause) => {
          deliver(this.machine.end());
          const errno = Math.abs(cause.errno ?? 0);
          const context = `while ${this.machine.phase}`;
          this.inbox.push({ type: 'control-failed', error: iperf3Error(108, { errno, context, cause }) });
        },
      });
    } catch (cause) {
      socket.close();
      const [ended] = this.machine.end();
      throw ended === undefined ? cause : this.failureOf(ended);
    }
  }

  /** Until the server answers the cookie. */
  async expectGreeting(timeoutMs: number): Promise<void> {
    await this.expect('send-parameters', timeoutMs);
    this.#greeted = true;
  }

  /** Waits for the one protocol event that may come now; anything else is the end of the test. */
  async expect(type: ClientEvent['type'], timeoutMs: number): Promise<ClientEvent> {
    for (;;) {
      const happening = await this.inbox.next(timeoutMs, () => this.#muteError(timeoutMs));
      switch (happening.type) {
        case 'protocol':
          if (happening.event.type === type) return happening.event;
          throw this.failureOf(happening.event);
        case 'aborted':
          throw this.terminate();
        case 'control-failed':
        case 'failed':
          throw happening.error;
        default:
        // Streams end in this phase as the server closes them.
      }
    }
  }

  send(bytes: Uint8Array): void {
    this.#channel?.send(bytes);
  }

  /** Tells the server that this client was interrupted. */
  terminate(): VnetperfError {
    this.#terminated = true;
    if (this.#greeted) this.send(this.machine.terminate());
    return interruptedError('client', this.#signal?.reason);
  }

  /** Also after a failure: a server that is told need not find out by a time-out. */
  async close(): Promise<void> {
    if (this.#greeted && !this.#terminated) this.send(this.machine.done());
    await this.#channel?.finish(GOODBYE_TIMEOUT_MS);
  }

  /** What the server gives as the reason, if it does so soon; else `assumed`. */
  async reason(assumed: VnetperfError): Promise<VnetperfError> {
    const deadline = performance.now() + REASON_TIMEOUT_MS;
    for (;;) {
      const left = deadline - performance.now();
      if (left <= 0) return assumed;
      try {
        const happening = await this.inbox.next(left, () => assumed);
        if (happening.type === 'protocol' && isReason(happening.event)) return this.failureOf(happening.event);
        if (happening.type === 'control-failed' || happening.type === 'failed') return happening.error;
      } catch {
        return assumed;
      }
    }
  }

  failureOf(event: ClientEvent): VnetperfError {
    if (event.type === 'error') {
      if (event.fromServer) this.#saidByServer = event.error;
      return event.error;
    }
    if (event.type === 'server-terminated') return iperf3Error(120);
    return iperf3Error(110, { context: `${event.type} came while ${this.machine.phase}` });
  }

  isFromServer(error: VnetperfError): boolean {
    return error === this.#saidByServer;
  }

  #muteError(timeoutMs: number): VnetperfError {
    const { host, port } = this.#server;
    return new TestError(
      `the server at ${host} port ${port} has been silent for ${timeoutMs / 1000} s while ${this.machine.phase}`,
      {
        code: 'ERR_PEER_MUTE',
        iperf3Number: 112,
        remedy: this.#greeted
          ? 'The server hangs, or nothing gets through any more: see what the server says itself.'
          : 'Make sure that an iperf3 or vnetperf server listens on that port, and not something else.',
      },
    );
  }
}

/** Whether the server, or the state of its connection, says that the test is over. */
export function isReason(event: ClientEvent): boolean {
  return event.type === 'error' || event.type === 'server-terminated';
}
