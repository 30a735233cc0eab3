import { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import type { NativeSystemError } from '../platform/native.js';

/** iperf3's number for each thing that a socket can be refused. The rest falls to the caller's own number. */
const NUMBER_BY_STEP: Partial<Record<NativeSystemError['step'], number>> = {
  'reuse-address': 128,
  'v6-only': 136,
  'bind-device': 143,
  mss: 123,
  'no-delay': 122,
  buffer: 124,
  congestion: 134,
  tos: 125,
  'traffic-class': 126,
  'flow-label': 127,
  'dont-fragment': 145,
  pacing: 140,
  'user-timeout': 148,
  keepalive: 155,
};

const REMEDY_BY_CODE: Partial<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there: start a server with vnetperf -s (or iperf3 -s), or give its port with -p.',
  ETIMEDOUT: 'No answer at all: check the address, the route and the firewall on the way.',
  EHOSTUNREACH: 'There is no way to that host: check the address and the route.',
  ENETUNREACH: 'This machine has no route to that network: check the address and ip route.',
  EADDRINUSE: 'Another program has that port: end it, or choose another port with -p.',
  EADDRNOTAVAIL: 'No interface of this machine has that address: see ip address.',
  EACCES: 'Ports below 1024 and some options need root.',
  EPERM: 'This needs root (CAP_NET_ADMIN or CAP_NET_RAW).',
};

/**
 * Turns what a system call said into the error iperf3 would give, with a remedy.
 * @param fallback iperf3's number when the failing step has none of its own (connect, bind, listen, socket ...).
 */
export function socketError(cause: unknown, fallback: number, where?: string): VnetperfError {
  if (cause instanceof VnetperfError) return cause;
  const error = cause as NativeSystemError;
  if (typeof error.errno !== 'number') throw cause;
  if (error.step === 'socket' && error.code === 'EPROTONOSUPPORT') {
    return where?.startsWith('sctp') ? iperf3Error(18, { cause }) : iperf3Error(131, { cause, context: where ?? '' });
  }
  return iperf3Error(NUMBER_BY_STEP[error.step] ?? fallback, {
    errno: Math.abs(error.errno),
    cause,
    ...(where === undefined ? {} : { context: where }),
    ...(REMEDY_BY_CODE[error.code] === undefined ? {} : { remedy: REMEDY_BY_CODE[error.code] as string }),
  });
}
