import { loadNative } from '../../lib/platform/load-native.js';
import type { NativeSocket } from '../../lib/platform/native.js';

/** Takes what is sent to a UDP port of a namespace's loopback and never answers. Whoever makes one closes it. */
export function deafUdpSocket(namespace: number, port: number): NativeSocket {
  return loadNative().openSocket({ protocol: 'udp', family: 4, namespace, bind: { host: '127.0.0.1', port } });
}
