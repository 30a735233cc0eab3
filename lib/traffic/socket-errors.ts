import { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import type { NativeSystemError, SocketSpecification } from '../platform/native.js';

type Step = NativeSystemError['step'];

/** iperf3's number for each thing that a socket can be refused. The rest falls to the caller's own number. */
const NUMBER_BY_STEP: Partial<Record<Step, number>> = {
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

/** What to do, by what was being done; `peer` is the other end as far as it is known. */
const REMEDIES: Partial<Record<Step, Partial<Record<string, (peer: string) => string>>>> = {
  connect: {
    ECONNRESET: cutAtOnce,
    ECONNREFUSED: (peer) =>
      `Nothing listens on ${peer}: start a server there with vnetperf -s (or iperf3 -s), or give its port with -p.`,
    ETIMEDOUT: (peer) => `No answer from ${peer}: check the address, the route and the firewall on the way.`,
    EHOSTUNREACH: (peer) => `There is no way to ${peer}: check the address, the route and that the host is up.`,
    ENETUNREACH: (peer) => `This machine has no route to ${peer}: check the address, and ip route.`,
    EACCES: (peer) => `This machine's own routes or firewall forbid connections to ${peer}: see ip route get.`,
    EPERM: (peer) => `This machine's own firewall forbids connections to ${peer}.`,
    EINVAL: (peer) =>
      `This machine's routes throw away what goes to ${peer} (ip route get tells), or a link-local address lacks its interface (fe80::1%eth0).`,
    EADDRNOTAVAIL: (peer) => `This machine has no port left for another connection to ${peer}; --cport names one.`,
  },
  read: { ECONNREFUSED: noUdp },
  write: { ECONNREFUSED: noUdp, ECONNRESET: cutAtOnce, EPIPE: cutAtOnce },
  bind: {
    EADDRNOTAVAIL: () => 'No interface of this machine has the address given with -B: see ip address.',
    EACCES: () => 'Ports below 1024 need root: choose a higher one.',
  },
  'bind-device': {
    ENODEV: () => 'This machine has no network device of that name: see ip link.',
    EPERM: () => 'Binding to a device needs root (CAP_NET_RAW).',
  },
  congestion: {
    ENOENT: () => 'See sysctl net.ipv4.tcp_available_congestion_control; others are loaded with modprobe tcp_NAME.',
    EPERM: () => 'Only root may use it, unless it stands in sysctl net.ipv4.tcp_allowed_congestion_control.',
  },
};

function cutAtOnce(peer: string): string {
  return `What listens on ${peer} cut the connection at once: make sure that it is an iperf3 or vnetperf server.`;
}

/** Only a UDP socket learns of a refusal when it sends or receives. */
function noUdp(peer: string): string {
  return `Nothing receives UDP on ${peer}: open the port for UDP as well as TCP (in Docker: -p PORT:PORT/udp).`;
}

const REMEDY_BY_CODE: Partial<Record<string, string>> = {
  EMFILE: 'Raise the limit of open files (ulimit -n), or use fewer streams.',
  ENFILE: 'The whole machine is out of open files: raise sysctl fs.file-max.',
  ENOBUFS: 'The kernel is out of memory for sockets: use fewer streams or smaller windows.',
  ENOMEM: 'The kernel is out of memory for sockets: use fewer streams or smaller windows.',
  EACCES: 'This needs root.',
  EPERM: 'This needs root (CAP_NET_ADMIN or CAP_NET_RAW).',
};

/**
 * Turns what a system call said into the error iperf3 would give, with a remedy.
 * @param fallback iperf3's number when the failing step has none of its own (connect, bind, listen, socket ...).
 * @param details `where` is appended to the sentence; `peer` (address and port) is named in the remedy.
 */
export function socketError(
  cause: unknown,
  fallback: number,
  details: { where?: string; peer?: string; protocol?: SocketSpecification['protocol'] } = {},
): VnetperfError {
  if (cause instanceof VnetperfError) return cause;
  const error = cause as NativeSystemError;
  if (typeof error.errno !== 'number') throw cause;
  const { where, peer = 'that address', protocol } = details;
  const missing = missingProtocol(error, protocol);
  if (missing !== undefined) return missing;
  return iperf3Error(NUMBER_BY_STEP[error.step] ?? fallback, {
    errno: Math.abs(error.errno),
    cause,
    context: where,
    remedy: portRemedy(error, fallback) ?? REMEDIES[error.step]?.[error.code]?.(peer) ?? REMEDY_BY_CODE[error.code],
  });
}

/** What socket() says of a protocol that was not compiled in, is not loaded, or is switched off. */
const PROTOCOL_MISSING = ['EPROTONOSUPPORT', 'ENOPROTOOPT', 'ESOCKTNOSUPPORT', 'EINVAL'];

function missingProtocol(
  { step, code }: NativeSystemError,
  protocol: SocketSpecification['protocol'] | undefined,
): VnetperfError | undefined {
  if (step !== 'socket' || !PROTOCOL_MISSING.includes(code)) return undefined;
  if (protocol === 'sctp') {
    return iperf3Error(18, { context: 'this kernel has none', remedy: 'Load it with modprobe sctp, on both hosts.' });
  }
  if (protocol !== 'mptcp') return undefined;
  return iperf3Error(131, {
    context: 'MPTCP is not to be had from this kernel',
    remedy: 'See sysctl net.mptcp.enabled, on both hosts; kernels before 5.6 have none.',
  });
}

/** Which option chooses another port depends on whose port it is. */
function portRemedy({ code, step }: NativeSystemError, fallback: number): string | undefined {
  if (code !== 'EADDRINUSE' || step === 'connect') return undefined;
  const own = fallback === 102 || fallback === 202;
  return own
    ? 'Another program has that port (ss -lntup shows which): end it, or choose another port with -p.'
    : 'That local port is taken: choose another with --cport.';
}
