import { type Addresses, sharedSubnetAddresses } from './addresses.js';
import type { Plan, PlannedEnd, PlannedEndpoint, PlannedPair } from './plan.js';

/** The addresses of both ends of the pair with this number, from 0. */
export type PairAddresses = (pair: number) => { client: Addresses; server: Addresses };

/**
 * Pairs of ends with a namespace and an interface each: client0 in `client`, client1 in `client2` ... The interfaces'
 * names differ too, so that what stands for them on a switch can be called after them.
 */
export function plannedPairs(
  count: number,
  ipv6: boolean,
  addressesOf: PairAddresses = sharedSubnetAddresses,
): [PlannedPair, ...PlannedPair[]] {
  const end = (role: 'client' | 'server', pair: number, addresses: Addresses): PlannedEndpoint => ({
    namespace: pair === 0 ? role : `${role}${pair + 1}`,
    interface: `${role}${pair}`,
    ipv4: addresses.ipv4,
    ipv6: ipv6 ? addresses.ipv6 : undefined,
  });
  const pair = (number: number): PlannedPair => {
    const { client, server } = addressesOf(number);
    return { client: end('client', number, client), server: end('server', number, server) };
  };
  return [pair(0), ...Array.from({ length: count - 1 }, (_, index) => pair(index + 1))];
}

/** Every end, each pair's client before its server. */
export function endsOf<End extends PlannedEnd>(pairs: readonly { client: End; server: End }[]): End[] {
  return pairs.flatMap(({ client, server }) => [client, server]);
}

/** Every end of a plan once, also where two share an interface. */
export function distinctEnds(plan: Plan): PlannedEnd[] {
  const ends = endsOf<PlannedEnd>([plan, ...plan.morePairs]);
  const isSame = (one: PlannedEnd, other: PlannedEnd) =>
    one.namespace === other.namespace && one.interface === other.interface;
  return ends.filter((end, index) => ends.findIndex((other) => isSame(end, other)) === index);
}

/** For a sentence: `client0 in the namespace client`. */
export function endName({ namespace, interface: device }: PlannedEnd): string {
  return `${device} in the namespace ${namespace}`;
}
