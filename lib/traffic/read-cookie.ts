import type { NativeSocket } from '../platform/native.js';
import type { ServerMachine } from '../protocol/server-machine.js';
import { waitFor } from './wait-for.js';

/** A connection that has not shown its cookie by then is no iperf3. It holds nobody up meanwhile. */
const COOKIE_TIMEOUT_MS = 10_000;
const COOKIE_BYTES = 37;

/** undefined: the connection went away, or stayed mute, without a cookie. @throws VnetperfError when it is no client. */
export async function readCookie(socket: NativeSocket, machine: ServerMachine): Promise<string | undefined> {
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
