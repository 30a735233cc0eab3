import { DEFAULT_PORT } from '../configuration/default-port.js';
import type { Network } from '../topology/network.js';

const claimed = new WeakMap<Network, Set<number>>();

/** A port of a network that is a test's until it is disposed of. */
export interface ClaimedPort extends Disposable {
  readonly port: number;
}

/**
 * The port that was asked for, or the first from iperf3's on that no other test of this process has on the network at
 * the moment: several may run across it at once. One that is taken by others is met when the server begins to listen.
 */
export function claimPort(network: Network, asked: number | undefined): ClaimedPort {
  const taken = claimed.get(network) ?? new Set();
  claimed.set(network, taken);
  let port = asked ?? DEFAULT_PORT;
  if (asked === undefined) while (taken.has(port)) port++;
  // Twice the same on purpose fails as the second server; it must not free the port of the first.
  const isNew = !taken.has(port);
  taken.add(port);
  return {
    port,
    [Symbol.dispose]: () => {
      if (isNew) taken.delete(port);
    },
  };
}
