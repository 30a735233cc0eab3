import { IPV4_PREFIX_LENGTH, IPV6_PREFIX_LENGTH } from './addresses.js';
import { inside, type PlannedEndpoint, type Step } from './plan.js';

/** Brings up an end whose interface is already in its namespace. */
export function endpointSteps({ namespace, interface: device, ipv4, ipv6 }: PlannedEndpoint): Step[] {
  return [
    inside(namespace, 'ip link set lo up'),
    inside(namespace, `ip address add ${ipv4}/${IPV4_PREFIX_LENGTH} dev ${device}`),
    // Nobody else can hold the address here, and duplicate address detection would keep it unusable for a second.
    ...(ipv6 === undefined
      ? []
      : [inside(namespace, `ip address add ${ipv6}/${IPV6_PREFIX_LENGTH} dev ${device} nodad`)]),
    inside(namespace, `ip link set ${device} up`),
  ];
}
