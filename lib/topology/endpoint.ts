import type { NetworkNamespace } from '../traffic/namespace.js';

/** One end of a network: where sockets are made, and the address the other end reaches it by. */
export interface Endpoint {
  name: 'client' | 'server';
  /** Valid until the network is closed. */
  namespace: NetworkNamespace;
  interface: string;
  ipv4: string;
  /** undefined: the network carries no IPv6. */
  ipv6: string | undefined;
  mtuBytes: number;
}
