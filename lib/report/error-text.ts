import type { VnetperfError } from '../errors.js';
import { iperf3ErrorText } from '../iperf3-errors.js';
import { strerror } from '../strerror.js';

/** An interruption, and on a server a client that left: iperf3 tells these without `error - `, for nothing went wrong. */
const PLAIN = /^(interrupt - |the client has )/;

/** What iperf3 puts behind `iperf3: `. */
export function errorText(error: VnetperfError): string {
  return PLAIN.test(error.message) ? error.message : `error - ${error.message}`;
}

/** The line that iperf3's client prints first when the server named the error: its sentence, the reason apart. */
export function serverErrorText({ iperf3Number = 0, errno }: VnetperfError): string {
  const reason = errno === 0 ? '' : `, errno: ${strerror(errno)}`;
  return `SERVER ERROR - ${iperf3ErrorText(iperf3Number)}${reason}`;
}

/** The value of the key `error`. Only servers keep the prefix there (clients did up to 3.10.1). */
export function jsonErrorText(error: VnetperfError, role: 'client' | 'server'): string {
  return role === 'server' ? errorText(error) : error.message;
}
