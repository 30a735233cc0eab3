import { randomInt } from 'node:crypto';
import { TopologyError } from '../../errors.js';
import { loadNative } from '../../platform/load-native.js';
import type { NativeSocket, NativeSystemError } from '../../platform/native.js';
import type { NetworkNamespace } from '../../traffic/namespace.js';
import { openPlace } from '../places/open-place.js';
import type { ContainerEngine } from './engine.js';

const ATTEMPTS = 16;

/**
 * Below the ports that a kernel gives to whoever asks for any (ip(7), ip_local_port_range: 32768 and up). Two of those
 * are taken in a container on a network of its own, at 127.0.0.11, by the engine's name server; the server that the
 * published port leads to binds that port at every address of the container. Below the ports of Kubernetes' services
 * (30000 and up) as well, whose rules would take what is sent there.
 */
const FIRST_PORT = 20_000;
const PORTS = 10_000;

/**
 * A port that nobody has where the engine is, for TCP and UDP alike: the one that was asked for, or any. Throws
 * VnetperfError ERR_PORT_IN_USE.
 */
export async function freeEnginePort(engine: ContainerEngine, asked: number | undefined): Promise<number> {
  const place = await openPlace(engine.namespace);
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return takeBoth(place.namespace, asked ?? randomInt(FIRST_PORT, FIRST_PORT + PORTS));
      } catch (cause) {
        if ((cause as NativeSystemError).code !== 'EADDRINUSE') throw cause;
        if (asked === undefined && attempt < ATTEMPTS) continue;
        throw new TopologyError(`${engine.kind}: the port ${asked ?? 'to be published'} is taken where the engine is`, {
          code: 'ERR_PORT_IN_USE',
          remedy: 'Choose another with -p, or leave -p out for a free one.',
          cause,
        });
      }
    }
  } finally {
    place.close();
  }
}

/** Of every address: whoever has the port at one of them is in the way of a listener at all of them. */
function takeBoth(namespace: NetworkNamespace, port: number): number {
  const open: NativeSocket[] = [];
  const take = (protocol: 'tcp' | 'udp', at: number) => {
    const socket = loadNative().openSocket({
      protocol,
      family: 4,
      namespace: namespace.fd,
      bind: { host: '0.0.0.0', port: at },
      ...(protocol === 'tcp' ? { listen: { backlog: 1 } } : {}),
    });
    open.push(socket);
    return socket.localAddress().port;
  };
  try {
    return take('udp', take('tcp', port));
  } finally {
    for (const socket of open) socket.close();
  }
}
