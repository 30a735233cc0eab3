import { iperf3Error } from '../iperf3-errors.js';
import type { NativeSocket, SocketAddress } from '../platform/native.js';
import { udpHelloReply } from '../protocol/udp-hello.js';
import { waitFor } from './wait-for.js';

/** iperf3's hello, of any version. What is longer is left over from another test, or somebody else's. */
export const HELLO_BYTES = 4;
/** How often the stream before is looked at meanwhile. */
const GLANCE_MS = 500;
/** Somebody who sends without end must not keep the event loop from all other tests. */
const MOST_IN_ONE_TURN = 1_000;
/** A greeting from another host than the client's is believed when the client's own has not come for so long. */
const FOREIGN_GREETING_MS = 1_000;

export interface GreetingsOptions {
  /** Where the client's greetings should come from; undefined = where it does not matter, because there is one client. */
  host: string | undefined;
  /** For each greeting. */
  timeoutMs: number;
  /** For all, on performance.now(). */
  deadline: number;
}

/** Takes the greetings of one client's UDP streams, which nothing in them tells from another's. */
export class Greetings {
  readonly #options: GreetingsOptions;
  readonly #hosts = new Set<string>();

  constructor(options: GreetingsOptions) {
    this.#options = options;
    if (options.host !== undefined) this.#hosts.add(options.host);
  }

  /**
   * Who greets the waiting socket. The stream before it may greet again: then our answer was lost.
   * @throws VnetperfError 204
   */
  async next(waiting: NativeSocket, previous: NativeSocket | undefined): Promise<SocketAddress> {
    const beganAt = performance.now();
    const deadline = Math.min(beganAt + this.#options.timeoutMs, this.#options.deadline);
    let foreign: { from: SocketAddress; believedAt: number } | undefined;
    for (let now = beganAt; now < deadline; now = performance.now()) {
      const patience = Math.min(GLANCE_MS, deadline - now, Math.max(1, (foreign?.believedAt ?? deadline) - now));
      if (await waitFor(waiting, 'readable', patience)) {
        for (const from of greeters(waiting)) {
          if (this.#hosts.size === 0 || this.#hosts.has(from.host)) return from;
          foreign ??= { from, believedAt: performance.now() + FOREIGN_GREETING_MS };
        }
      }
      if (foreign !== undefined && performance.now() >= foreign.believedAt) {
        this.#hosts.add(foreign.from.host);
        return foreign.from;
      }
      if (previous?.read(HELLO_BYTES, true)?.length === HELLO_BYTES) {
        previous.read(HELLO_BYTES);
        previous.write(udpHelloReply());
      }
    }
    throw iperf3Error(204, {
      context: `no UDP datagram of the client came in ${Math.round((performance.now() - beganAt) / 1000)} s`,
      remedy: [
        'TCP got through, UDP did not: open the same port for UDP as well (in Docker: -p PORT:PORT/udp).',
        // The kernel gives them to the stream of that test, which is connected to the same port.
        ...(this.#options.host === undefined
          ? []
          : ['Or the client vanished from another test not long ago and greets from the same --cport: take another.']),
      ].join(' '),
    });
  }
}

/** Of the greetings that lie in the socket; what else lies there is thrown away. */
function* greeters(waiting: NativeSocket): Generator<SocketAddress> {
  for (let taken = 0; taken < MOST_IN_ONE_TURN; taken++) {
    const datagram = waiting.receiveFrom(HELLO_BYTES + 1, false);
    if (datagram === null) return;
    if (datagram.data.length <= HELLO_BYTES) yield datagram.from;
  }
}
