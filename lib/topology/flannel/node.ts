import { addresses } from '../addresses.js';
import { type Bridge, bridgePortSteps, bridgeStep, hopsToBridge } from '../bridge-port.js';
import { addressSteps, defaultRouteSteps, endpointSteps } from '../endpoint-steps.js';
import type { Host, HostPair } from '../hosts/host-pair.js';
import { inside, type PlannedEndpoint, type PlannedHop, type PlannedPair, type Step } from '../plan.js';
import { plannedPairs } from '../planned-endpoints.js';

/** A host as flannel sees it: it has a subnet for the pods on it, whatever its backend does between the hosts. */
export interface FlannelNode {
  host: Host;
  /** Number of its pods' subnet. */
  subnet: number;
  /** Where its pods are. */
  bridge: Bridge;
  pods: readonly PlannedEndpoint[];
}

export interface FlannelCluster {
  pairs: readonly [PlannedPair, ...PlannedPair[]];
  nodes: readonly [FlannelNode, FlannelNode];
}

const SUBNETS = [1, 2] as const;

/** The clients on the one host, the servers on the other. */
export function flannelCluster(
  { hosts }: HostPair,
  { endpoints, ipv6, mtuBytes }: { endpoints: number; ipv6: boolean; mtuBytes: number },
): FlannelCluster {
  const pairs = plannedPairs(endpoints, ipv6, (number) => ({
    client: addresses(SUBNETS[0], 2 + number),
    server: addresses(SUBNETS[1], 2 + number),
  }));
  const node = (index: 0 | 1, pods: readonly PlannedEndpoint[]): FlannelNode => {
    const host = hosts[index];
    return { host, subnet: SUBNETS[index], bridge: { namespace: host.namespace, name: 'cni0', mtuBytes }, pods };
  };
  return {
    pairs,
    nodes: [
      node(
        0,
        pairs.map(({ client }) => client),
      ),
      node(
        1,
        pairs.map(({ server }) => server),
      ),
    ],
  };
}

/** Where the pods are, and their way out. */
export function podBridgeSteps({ bridge, subnet, pods }: FlannelNode, ipv6: boolean): Step[] {
  const { namespace, name } = bridge;
  const gateway = addresses(subnet, 1);
  return [
    bridgeStep(bridge),
    ...addressSteps({
      namespace,
      interface: name,
      ipv4: gateway.ipv4,
      ipv6: ipv6 ? gateway.ipv6 : undefined,
    }),
    ...pods.flatMap((pod) => bridgePortSteps(bridge, pod)),
    inside(namespace, `ip link set ${name} up`),
  ];
}

export function podSteps({ pods, subnet }: FlannelNode): Step[] {
  return pods.flatMap((pod) => [...endpointSteps(pod), ...defaultRouteSteps(pod, addresses(subnet, 1))]);
}

export function hopsToPodBridge({ bridge }: FlannelNode, pod: PlannedEndpoint): PlannedHop[] {
  return hopsToBridge(bridge, pod);
}
