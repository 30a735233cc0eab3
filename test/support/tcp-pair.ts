import { loadNative } from '../../lib/platform/load-native.js';
import type { NativeSocket, SocketOptions } from '../../lib/platform/native.js';

export interface TcpPair {
  listener: NativeSocket;
  client: NativeSocket;
  server: NativeSocket;
}

/** Two connected TCP sockets, and the listener between them, on the loopback of a namespace. */
export async function tcpPair(
  namespace: number,
  options: { family?: 4 | 6; client?: SocketOptions; listener?: SocketOptions } = {},
): Promise<TcpPair> {
  const { openSocket } = loadNative();
  const family = options.family ?? 4;
  const host = family === 4 ? '127.0.0.1' : '::1';
  const listener = openSocket({
    protocol: 'tcp',
    family,
    namespace,
    bind: { host, port: 0 },
    listen: { backlog: 8 },
    options: options.listener,
  });
  const { port } = listener.localAddress();
  const client = openSocket({
    protocol: 'tcp',
    family,
    namespace,
    connect: { host, port },
    options: options.client,
  });
  await client.wait('writable');
  client.finishConnect();
  await listener.wait('readable');
  const server = listener.accept();
  if (server === null) throw new Error('nothing to accept');
  return { listener, client, server };
}

export function closeAll(pair: TcpPair): void {
  for (const socket of Object.values(pair) as NativeSocket[]) socket.close();
}
