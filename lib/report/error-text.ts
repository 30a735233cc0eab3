import type { VnetperfError } from '../errors.js';

/** iperf3's number for "the client has terminated". */
const CLIENT_TERMINATED = 119;

/**
 * What iperf3 puts behind `iperf3: `. An interruption, and on a server a client that left, are told without `error - `:
 * nothing went wrong.
 */
export function errorText(error: VnetperfError): string {
  const plain = error.message.startsWith('interrupt - ') || error.iperf3Number === CLIENT_TERMINATED;
  return plain ? error.message : `error - ${error.message}`;
}

/** The value of the key `error`. Only servers keep the prefix there (clients did up to 3.10.1). */
export function jsonErrorText(error: VnetperfError, role: 'client' | 'server'): string {
  return role === 'server' ? errorText(error) : error.message;
}
