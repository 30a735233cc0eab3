import { DEFAULT_PORT } from '../../configuration/default-port.js';
import { iperf3Error } from '../../iperf3-errors.js';
import { loadNative } from '../../platform/load-native.js';
import type { NativeSocket } from '../../platform/native.js';
import type { NetworkNamespace } from '../../traffic/namespace.js';
import type { CandidateAddress } from './candidate-addresses.js';

const ATTEMPTS = 16;

/**
 * A port of that address that is free for TCP and UDP alike: the protocol uses one number for both. Free means free
 * now; whoever takes it meanwhile is met when the server begins to listen.
 */
export function freePort(namespace: NetworkNamespace, address: CandidateAddress): number {
  let failure: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const open: NativeSocket[] = [];
    try {
      // The customary one first, which a filter on the way is the likeliest to let through.
      const tcp = openAt('tcp', attempt === 0 ? DEFAULT_PORT : 0);
      const { port } = tcp.localAddress();
      openAt('udp', port);
      return port;
    } catch (error) {
      failure = error;
    } finally {
      for (const socket of open) socket.close();
    }

    function openAt(protocol: 'tcp' | 'udp', port: number): NativeSocket {
      const socket = loadNative().openSocket({
        protocol,
        family: address.family,
        namespace: namespace.fd,
        bind: { host: address.host, port },
        // As the server will: connections of the last test may still be in TIME_WAIT.
        ...(protocol === 'tcp' ? { listen: { backlog: 1 }, options: { reuseAddress: true } } : {}),
      });
      open.push(socket);
      return socket;
    }
  }
  throw iperf3Error(102, { context: `no free port at ${address.host}`, cause: failure });
}
