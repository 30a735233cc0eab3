import { addresses } from '../addresses.js';
import { type FlannelNode, flannelCluster, hopsToPodBridge, podBridgeSteps, podSteps } from '../flannel/node.js';
import { forwardingStep } from '../forwarding-step.js';
import { headerBytes, vxlanHeaders } from '../hosts/encapsulation.js';
import { hostPair, mtuAcrossHosts, UNDERLAY_INTERFACE } from '../hosts/host-pair.js';
import type { TopologyKind } from '../kind.js';
import { LINK_OPTIONS } from '../options.js';
import { inside, type PlannedEndpoint, type PlannedHop, type Step } from '../plan.js';

const SUMMARY = 'pods on two hosts, routed into VXLAN as flannel does it, with nothing learned';
const TUNNEL = 'flannel.1';

interface Node extends FlannelNode {
  tunnelMac: string;
}

/**
 * What flannel's vxlan backend makes of two hosts. Nothing is learned: for every other host the daemon enters a route
 * to its pods by way of its tunnel device, that device's hardware address, and the host behind that address.
 */
export const flannelVxlan: TopologyKind = {
  name: 'flannel-vxlan',
  summary: SUMMARY,
  needs: { commands: ['bridge', 'ip', 'nsenter', 'sysctl', 'tc'], modules: ['veth', 'bridge', 'vxlan'] },
  mtu: mtuAcrossHosts((family) => headerBytes(vxlanHeaders(family))),
  takes: [...LINK_OPTIONS, 'endpoints'],
  rootless: true,
  plan(options) {
    const { mtuBytes, ipv6 } = options;
    const pair = hostPair(options);
    const { pairs, nodes } = flannelCluster(pair, options);
    const [{ client, server }, ...morePairs] = pairs;
    const near: Node = { ...nodes[0], tunnelMac: '02:00:c6:12:01:00' };
    const far: Node = { ...nodes[1], tunnelMac: '02:00:c6:12:02:00' };
    return {
      kind: 'flannel-vxlan',
      summary: SUMMARY,
      namespaces: [...pair.namespaces, ...nodes.flatMap(({ pods }) => pods.map((pod) => pod.namespace))],
      steps: [
        ...pair.namespaces.map((namespace) => forwardingStep(namespace, ipv6)),
        ...pair.steps,
        ...nodes.flatMap((node) => podBridgeSteps(node, ipv6)),
        ...tunnelSteps(near, far, mtuBytes, ipv6),
        ...tunnelSteps(far, near, mtuBytes, ipv6),
        ...nodes.flatMap(podSteps),
      ],
      client,
      server,
      morePairs,
      path: [...hopsOnNode(near, client, mtuBytes), ...pair.path, ...hopsOnNode(far, server, mtuBytes).toReversed()],
      via: [near.bridge.name, TUNNEL, 'link', TUNNEL, far.bridge.name],
      mtuBytes,
      serverReachesClient: true,
      carriers: [],
      remarks: pair.remarks,
      link: pair.link(vxlanHeaders(options.underlayFamily ?? 4)),
    };
  },
};

/**
 * The tunnel device has the first address of its subnet, and is the only one there: /32 and /128. Bound to the card as
 * flannel does it, it has no larger MTU than the card's less the headers, whatever its pods have: the kernel sees to it.
 */
function tunnelSteps({ host, subnet, tunnelMac }: Node, peer: Node, mtuBytes: number, ipv6: boolean): Step[] {
  const { namespace } = host;
  const own = addresses(subnet, 0);
  const theirs = addresses(peer.subnet, 0);
  return [
    inside(
      namespace,
      `ip link add ${TUNNEL} mtu ${mtuBytes} address ${tunnelMac} type vxlan id 1 ` +
        `local ${host.address} dev ${UNDERLAY_INTERFACE} dstport 8472 nolearning`,
    ),
    inside(namespace, `ip address add ${own.ipv4}/32 dev ${TUNNEL}`),
    ...(ipv6 ? [inside(namespace, `ip address add ${own.ipv6}/128 dev ${TUNNEL} nodad`)] : []),
    inside(namespace, `ip link set ${TUNNEL} up`),
    ...(ipv6 ? [theirs.ipv4, theirs.ipv6] : [theirs.ipv4]).map((address) =>
      inside(namespace, `ip neighbour add ${address} lladdr ${peer.tunnelMac} dev ${TUNNEL} nud permanent`),
    ),
    inside(namespace, `ip route add ${theirs.ipv4}/24 via ${theirs.ipv4} dev ${TUNNEL} onlink`),
    ...(ipv6 ? [inside(namespace, `ip route add ${theirs.ipv6}/64 via ${theirs.ipv6} dev ${TUNNEL} onlink`)] : []),
    inside(namespace, `bridge fdb append ${peer.tunnelMac} dev ${TUNNEL} dst ${peer.host.address} self permanent`),
  ];
}

function hopsOnNode(node: Node, pod: PlannedEndpoint, mtuBytes: number): PlannedHop[] {
  return [...hopsToPodBridge(node, pod), { namespace: node.host.namespace, interface: TUNNEL, mtuBytes }];
}
