import type { PlannedEndpoint, PlannedPair } from '../plan.js';
import type { Host, HostPair } from './host-pair.js';

/** One of both hosts with what it has of the network: the clients on the first, the servers on the second. */
export interface HostSide {
  host: Host;
  peer: Host;
  ends: readonly PlannedEndpoint[];
}

export function hostSides({ hosts: [one, other] }: HostPair, pairs: readonly PlannedPair[]): [HostSide, HostSide] {
  return [
    { host: one, peer: other, ends: pairs.map(({ client }) => client) },
    { host: other, peer: one, ends: pairs.map(({ server }) => server) },
  ];
}
