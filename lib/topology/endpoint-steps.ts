import { type Addresses, IPV4_PREFIX_LENGTH, IPV6_PREFIX_LENGTH } from './addresses.js';
import { inside, type PlannedEndpoint, type Step } from './plan.js';

/** Brings up an end whose interface is already in its namespace. */
export function endpointSteps(end: PlannedEndpoint): Step[] {
  return [
    inside(end.namespace, 'ip link set lo up'),
    ...addressSteps(end),
    inside(end.namespace, `ip link set ${end.interface} up`),
  ];
}

/** Gives an interface its addresses. */
export function addressSteps({ namespace, interface: device, ipv4, ipv6 }: PlannedEndpoint): Step[] {
  return [
    inside(namespace, `ip address add ${ipv4}/${IPV4_PREFIX_LENGTH} dev ${device}`),
    // Nobody else can hold the address here, and duplicate address detection would keep it unusable for a second.
    ...(ipv6 === undefined
      ? []
      : [inside(namespace, `ip address add ${ipv6}/${IPV6_PREFIX_LENGTH} dev ${device} nodad`)]),
  ];
}

/** For an end that is up, and whose other end is behind a router on its subnet. */
export function defaultRouteSteps({ namespace, interface: device, ipv6 }: PlannedEndpoint, router: Addresses): Step[] {
  return [
    inside(namespace, `ip route add default via ${router.ipv4} dev ${device}`),
    // The route to the router itself comes with the carrier, which the kernel may still be busy with: onlink does
    // without.
    ...(ipv6 === undefined ? [] : [inside(namespace, `ip route add default via ${router.ipv6} dev ${device} onlink`)]),
  ];
}
