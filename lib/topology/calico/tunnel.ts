import { inside, type Step, type TunnelHeader } from '../plan.js';

/** A device on each host that carries packets of IPv4 to the other host in packets of its own. */
export interface Tunnel {
  device: string;
  /** The kernel's, and its type for `ip link add`. */
  module: string;
  headers: readonly TunnelHeader[];
}

/** RFC 2003. The kernel makes a tunl0 in every namespace by itself, which cannot be made again: this one stands beside. */
export const ipip: Tunnel = { device: 'ipip0', module: 'ipip', headers: [{ name: 'outer IPv4', bytes: 20 }] };

/** See veth for what equal indexes would cost. */
const INDEX = 150;

/**
 * With no remote address: the route's next hop says which host a packet goes to.
 * @param inner The tunnel's address among the endpoints', so that they can answer what the host itself sends.
 */
export function tunnelSteps(
  { device, module }: Tunnel,
  { namespace, card }: { namespace: string; card: { ipv4: string } },
  inner: string,
  mtuBytes: number,
): Step[] {
  return [
    inside(namespace, `ip link add ${device} index ${INDEX} mtu ${mtuBytes} type ${module} local ${card.ipv4}`),
    inside(namespace, `ip address add ${inner}/32 dev ${device}`),
    inside(namespace, `ip link set ${device} up`),
  ];
}
