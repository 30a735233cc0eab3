import { createHash } from 'node:crypto';
import { diesWithNamespace, inside, type PlannedEndpoint, type Step } from '../plan.js';

/** See veth for what equal indexes of both ends would cost. */
const FIRST_INDEX = 200;
/** Every host's end has it, so that none has to be made up (and remembered) for an endpoint. */
const HOST_HARDWARE_ADDRESS = 'ee:ee:ee:ee:ee:ee';
/** What the kernel makes of that hardware address (RFC 4291 appendix A). */
const HOST_LINK_LOCAL = 'fe80::ecee:eeff:feee:eeee';
/** No interface has it: the host answers for it (proxy ARP). Seen in the endpoint's own namespace alone. */
const GATEWAY = '169.254.1.1';
const IFNAMSIZ = 16;

/** What of a Calico host concerns the endpoints on it. */
export interface CalicoHost {
  namespace: string;
  card: { interface: string };
}

/** `cali` and as much of a digest of the endpoint's name as an interface's name has room for. */
export function caliInterface(end: PlannedEndpoint): string {
  const digest = createHash('sha1').update(end.namespace).digest('hex');
  return `cali${digest.slice(0, IFNAMSIZ - 1 - 'cali'.length)}`;
}

/** A cable to each endpoint of a host, and the host's route to it. No two endpoints share a segment or a subnet. */
export function endpointCableSteps(host: CalicoHost, ends: readonly PlannedEndpoint[], mtuBytes: number): Step[] {
  const { namespace } = host;
  return [
    inside(namespace, 'ip link set lo up'),
    ...ends.map((end, index) =>
      inside(
        namespace,
        `ip link add ${caliInterface(end)} index ${FIRST_INDEX + index} mtu ${mtuBytes} ` +
          `address ${HOST_HARDWARE_ADDRESS} type veth peer name ${end.interface} mtu ${mtuBytes} netns`,
        { namespace: end.namespace },
      ),
    ),
    proxyStep(namespace, ends),
    // A host answers for what it could route elsewhere, with Calico by its default route. Here such a route would
    // carry the traffic between the hosts too, whatever BGP says.
    inside(namespace, `ip route add ${GATEWAY} dev ${host.card.interface}`),
    ...ends.flatMap((end) => hostSideSteps(namespace, end)),
    ...ends.flatMap(endpointSideSteps),
  ];
}

/** Without the delay, which is random and up to 0.8 s, that a proxy's answer otherwise has. */
function proxyStep(namespace: string, ends: readonly PlannedEndpoint[]): Step {
  const settings = ends.flatMap((end) => {
    const name = caliInterface(end);
    return [
      `net.ipv4.conf.${name}.proxy_arp=1`,
      `net.ipv4.neigh.${name}.proxy_delay=0`,
      ...(end.ipv6 === undefined ? [] : [`net.ipv6.conf.${name}.proxy_ndp=1`]),
    ];
  });
  return { namespace, command: ['sysctl', '--quiet', '--write', ...settings], undo: diesWithNamespace };
}

function hostSideSteps(namespace: string, end: PlannedEndpoint): Step[] {
  const name = caliInterface(end);
  return [
    inside(namespace, `ip link set ${name} up`),
    inside(namespace, `ip route add ${end.ipv4} dev ${name} scope link`),
    ...(end.ipv6 === undefined ? [] : [inside(namespace, `ip route add ${end.ipv6} dev ${name}`)]),
  ];
}

function endpointSideSteps({ namespace, interface: device, ipv4, ipv6 }: PlannedEndpoint): Step[] {
  return [
    inside(namespace, 'ip link set lo up'),
    inside(namespace, `ip address add ${ipv4}/32 dev ${device}`),
    // Nobody else can hold the address here, and duplicate address detection would keep it unusable for a second.
    ...(ipv6 === undefined ? [] : [inside(namespace, `ip address add ${ipv6}/128 dev ${device} nodad`)]),
    inside(namespace, `ip link set ${device} up`),
    inside(namespace, `ip route add ${GATEWAY} dev ${device} scope link`),
    inside(namespace, `ip route add default via ${GATEWAY} dev ${device}`),
    ...(ipv6 === undefined ? [] : [inside(namespace, `ip route add default via ${HOST_LINK_LOCAL} dev ${device}`)]),
  ];
}
