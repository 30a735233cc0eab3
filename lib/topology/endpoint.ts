import type { NetworkNamespace } from '../traffic/namespace.js';

/** One end of a network: where sockets are made, and the address the other end reaches it by. */
export interface Endpoint {
  /** client, server; client2, server2 ... for further pairs. */
  name: string;
  /** Valid until the network is closed. */
  namespace: NetworkNamespace;
  /** Name of its network interface. */
  interface: string;
  /** undefined: a place that was found has none. */
  ipv4: string | undefined;
  /** undefined: the network carries no IPv6. */
  ipv6: string | undefined;
  /** Of that interface. */
  mtuBytes: number;
}
