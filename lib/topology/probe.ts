import type { NativeAddon } from '../platform/native.js';
import { bindingOf, type ProbePath, ProbeSockets, targetOf } from './probe-sockets.js';

export type { ProbePath } from './probe-sockets.js';

/** What a connection that stood for a moment showed. */
export interface TcpProbe {
  /** From the first packet to the accepted connection, name resolution of the link layer included. */
  connectMs: number;
}

/**
 * Opens a TCP connection, accepts it, and drops it: a proxy between answers for a server that is not there. Rejects
 * with what the kernel said, or after the deadline.
 */
export async function probeTcp(native: NativeAddon, path: ProbePath, deadlineMs: number): Promise<TcpProbe> {
  const sockets = new ProbeSockets(native);
  try {
    const listener = sockets.open(path.to, {
      protocol: 'tcp',
      family: path.family,
      bind: bindingOf(path),
      listen: { backlog: 1 },
      options: { reuseAddress: true, v6Only: path.family === 6 },
    });
    const start = performance.now();
    const client = sockets.open(path.from, {
      protocol: 'tcp',
      family: path.family,
      connect: targetOf(path, listener),
    });
    const arrival = listener.wait('readable');
    arrival.catch(() => {}); // When the client's end fails first, closing the listener rejects this one too.
    await within(deadlineMs, sockets, client.wait('writable'));
    client.finishConnect();
    await within(deadlineMs, sockets, arrival);
    const connectMs = performance.now() - start;
    const accepted = listener.accept();
    if (accepted !== null) sockets.add(accepted);
    return { connectMs };
  } finally {
    sockets.close();
  }
}

class ProbeTimeout extends Error {
  override readonly name = 'ProbeTimeout';
}

async function within<Result>(deadlineMs: number, sockets: ProbeSockets, work: Promise<Result>): Promise<Result> {
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
