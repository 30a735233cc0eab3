import type { NativeAddon, NativeSocket, SocketSpecification } from '../platform/native.js';
import type { NetworkNamespace } from '../traffic/namespace.js';

/** One direction in one address family. */
export interface ProbePath {
  from: NetworkNamespace;
  to: NetworkNamespace;
  /** Numeric address of the receiving end. */
  host: string;
  family: 4 | 6;
}

/** A lost first packet (a neighbour not yet resolved) is sent again this often; the path itself takes microseconds. */
const RESEND_MS = 200;

const IPV4_AND_UDP_HEADER_BYTES = 28;
const IPV6_AND_UDP_HEADER_BYTES = 48;
/** The UDP length field is 16 bits, and so is IPv4's total length. */
const LARGEST_UDP_PAYLOAD_BYTES = 65_535 - IPV4_AND_UDP_HEADER_BYTES;

/** Opens a TCP connection and drops it. Rejects with what the kernel said, or after the deadline. */
export async function probeTcp(native: NativeAddon, path: ProbePath, deadlineMs: number): Promise<void> {
  const sockets = new Sockets(native);
  try {
    const listener = sockets.open(path.to, {
      protocol: 'tcp',
      family: path.family,
      bind: { host: path.host, port: 0 },
      listen: { backlog: 1 },
    });
    const { port } = listener.localAddress();
    const client = sockets.open(path.from, {
      protocol: 'tcp',
      family: path.family,
      connect: { host: path.host, port },
    });
    await within(deadlineMs, sockets, client.wait('writable'));
    client.finishConnect();
  } finally {
    sockets.close();
  }
}

/**
 * Sends one datagram that fills a packet of `mtuBytes`, with fragmentation forbidden, and waits for it at the other
 * end. Rejects with EMSGSIZE when the sender's own kernel knows better, or after the deadline.
 * @returns The size of the packet that crossed: less than asked where UDP cannot fill so large a one.
 */
export async function probePathMtu(
  native: NativeAddon,
  path: ProbePath,
  mtuBytes: number,
  deadlineMs: number,
): Promise<number> {
  const headerBytes = path.family === 4 ? IPV4_AND_UDP_HEADER_BYTES : IPV6_AND_UDP_HEADER_BYTES;
  const payload = new Uint8Array(Math.min(mtuBytes - headerBytes, LARGEST_UDP_PAYLOAD_BYTES));
  const sockets = new Sockets(native);
  let resend: NodeJS.Timeout | undefined;
  try {
    const receiver = sockets.open(path.to, {
      protocol: 'udp',
      family: path.family,
      bind: { host: path.host, port: 0 },
    });
    const { port } = receiver.localAddress();
    const sender = sockets.open(path.from, {
      protocol: 'udp',
      family: path.family,
      connect: { host: path.host, port },
      options: { dontFragment: true, sendBufferBytes: 4 * LARGEST_UDP_PAYLOAD_BYTES },
    });
    const arrival = receiver.wait('readable');
    arrival.catch(() => {}); // Reported by within(); a write() below that throws would leave it unhandled.
    sender.write(payload);
    resend = setInterval(() => {
      try {
        sender.write(payload);
      } catch {
        // The first one went out; what this one met is seen as silence until the deadline.
      }
    }, RESEND_MS);
    await within(deadlineMs, sockets, arrival);
    const received = receiver.receiveFrom(payload.length, false)?.data.length ?? 0;
    return received + headerBytes;
  } finally {
    clearInterval(resend);
    sockets.close();
  }
}

/** Sockets of one probe, closed together and in reverse: the listener's reset reaches a client that is still there. */
class Sockets {
  readonly #native: NativeAddon;
  readonly #open: NativeSocket[] = [];

  constructor(native: NativeAddon) {
    this.#native = native;
  }

  open(namespace: NetworkNamespace, specification: SocketSpecification): NativeSocket {
    const socket = this.#native.openSocket({ ...specification, namespace: namespace.fd });
    this.#open.push(socket);
    return socket;
  }

  close(): void {
    for (const socket of this.#open.splice(0)) socket.close();
  }
}

class ProbeTimeout extends Error {
  override readonly name = 'ProbeTimeout';
}

async function within<Result>(deadlineMs: number, sockets: Sockets, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new ProbeTimeout(`nothing arrived within ${deadlineMs / 1000} s`));
      sockets.close();
    }, deadlineMs);
  });
  work.catch(() => {}); // Rejects once more when the deadline has closed its socket.
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
