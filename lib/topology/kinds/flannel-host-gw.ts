import { addresses, IPV4_PREFIX_LENGTH, IPV6_PREFIX_LENGTH } from '../addresses.js';
import { type FlannelNode, flannelCluster, hopsToPodBridge, podBridgeSteps, podSteps } from '../flannel/node.js';
import { forwardingStep } from '../forwarding-step.js';
import { hostPair, mtuAcrossHosts, UNDERLAY_INTERFACE } from '../hosts/host-pair.js';
import type { TopologyKind } from '../kind.js';
import { LINK_OPTIONS } from '../options.js';
import { inside, type Step } from '../plan.js';

const SUMMARY = "pods on two hosts that are each other's gateway, as flannel's host-gw does it";

/**
 * What flannel's host-gw backend makes of two hosts: for every other host a route to its pods by way of that host. No
 * overlay, so every host must be on the same link.
 */
export const flannelHostGw: TopologyKind = {
  name: 'flannel-host-gw',
  summary: SUMMARY,
  needs: { commands: ['ip', 'nsenter', 'sysctl', 'tc'], modules: ['veth', 'bridge'] },
  mtu: mtuAcrossHosts(() => 0),
  takes: [...LINK_OPTIONS, 'endpoints'],
  rootless: true,
  plan(options) {
    const { mtuBytes, ipv6, underlayFamily = 4 } = options;
    const pair = hostPair(options);
    const { pairs, nodes } = flannelCluster(pair, options);
    const [{ client, server }, ...morePairs] = pairs;
    const [near, far] = nodes;
    return {
      kind: 'flannel-host-gw',
      summary: SUMMARY,
      namespaces: [...pair.namespaces, ...nodes.flatMap(({ pods }) => pods.map((pod) => pod.namespace))],
      steps: [
        ...pair.namespaces.map((namespace) => forwardingStep(namespace, ipv6 || underlayFamily === 6)),
        ...pair.steps,
        ...nodes.flatMap((node) => podBridgeSteps(node, ipv6)),
        ...routeSteps(near, far, underlayFamily, ipv6),
        ...routeSteps(far, near, underlayFamily, ipv6),
        ...nodes.flatMap(podSteps),
      ],
      client,
      server,
      morePairs,
      path: [...hopsToPodBridge(near, client), ...pair.path, ...hopsToPodBridge(far, server).toReversed()],
      via: [near.bridge.name, 'link', far.bridge.name],
      mtuBytes,
      serverReachesClient: true,
      carriers: [],
      remarks: pair.remarks,
      link: pair.link([]),
    };
  },
};

/** The other host's pods by way of that host; over an underlay of IPv6 their IPv4 too (RFC 8950). */
function routeSteps({ host }: FlannelNode, peer: FlannelNode, underlayFamily: 4 | 6, ipv6: boolean): Step[] {
  const pods = addresses(peer.subnet, 0);
  const { card, address } = peer.host;
  const gateway = underlayFamily === 6 ? `inet6 ${address} dev ${UNDERLAY_INTERFACE} onlink` : `${address}`;
  return [
    inside(host.namespace, `ip route add ${pods.ipv4}/${IPV4_PREFIX_LENGTH} via ${gateway}`),
    // The route to the gateway itself comes with the carrier, which the kernel may still be busy with: onlink does
    // without.
    ...(ipv6
      ? [
          inside(
            host.namespace,
            `ip route add ${pods.ipv6}/${IPV6_PREFIX_LENGTH} via ${card.ipv6} dev ${UNDERLAY_INTERFACE} onlink`,
          ),
        ]
      : []),
  ];
}
