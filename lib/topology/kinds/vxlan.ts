import { bridgePortSteps, bridgeStep, hopsToBridge } from '../bridge-port.js';
import { endpointSteps } from '../endpoint-steps.js';
import { headerBytes, vxlanHeaders } from '../hosts/encapsulation.js';
import { type Host, hostPair, mtuAcrossHosts } from '../hosts/host-pair.js';
import { hostSides } from '../hosts/host-sides.js';
import type { TopologyKind } from '../kind.js';
import { LINK_OPTIONS } from '../options.js';
import { inside, type PlannedEndpoint, type PlannedHop, type Step } from '../plan.js';
import { plannedPairs } from '../planned-endpoints.js';

const SUMMARY = "endpoints on the bridges of two hosts, joined by the kernel's own VXLAN";
const BRIDGE = 'br0';
const TUNNEL = 'vxlan0';

/** The simplest overlay there is: a VXLAN device as one more port of each host's bridge. */
export const vxlan: TopologyKind = {
  name: 'vxlan',
  summary: SUMMARY,
  needs: { commands: ['ip', 'nsenter', 'tc'], modules: ['veth', 'bridge', 'vxlan'] },
  mtu: mtuAcrossHosts((family) => headerBytes(vxlanHeaders(family))),
  takes: [...LINK_OPTIONS, 'endpoints'],
  rootless: true,
  plan(options) {
    const { mtuBytes, ipv6, endpoints } = options;
    const pair = hostPair(options);
    const pairs = plannedPairs(endpoints, ipv6);
    const [{ client, server }, ...morePairs] = pairs;
    const [one, other] = pair.hosts;
    const sides = hostSides(pair, pairs);
    return {
      kind: 'vxlan',
      summary: SUMMARY,
      namespaces: [...pair.namespaces, ...sides.flatMap(({ ends }) => ends.map((end) => end.namespace))],
      steps: [
        ...pair.steps,
        ...sides.flatMap(({ host, peer, ends }) => hostSteps(host, peer, ends, mtuBytes)),
        ...sides.flatMap(({ ends }) => ends.flatMap((end) => endpointSteps(end))),
      ],
      client,
      server,
      morePairs,
      path: [...hopsOnHost(one, client, mtuBytes), ...pair.path, ...hopsOnHost(other, server, mtuBytes).toReversed()],
      via: [BRIDGE, TUNNEL, 'link', TUNNEL, BRIDGE],
      mtuBytes,
      serverReachesClient: true,
      carriers: [],
      remarks: pair.remarks,
      link: pair.link(vxlanHeaders(options.underlayFamily ?? 4)),
    };
  },
};

function hostSteps(host: Host, peer: Host, ends: readonly PlannedEndpoint[], mtuBytes: number): Step[] {
  const { namespace } = host;
  const bridge = { namespace, name: BRIDGE, mtuBytes };
  return [
    bridgeStep(bridge),
    // A tunnel's end must not cut VXLAN packets into fragments (RFC 7348 4.3). By itself the kernel would, and carry
    // packets that no switch with VXLAN in hardware accepts. Not bound to the card, the device takes any MTU.
    inside(
      namespace,
      `ip link add ${TUNNEL} mtu ${mtuBytes} type vxlan id 100 ` +
        `local ${host.address} remote ${peer.address} dstport 4789 df set`,
    ),
    inside(namespace, `ip link set ${TUNNEL} master ${BRIDGE} up`),
    ...ends.flatMap((end) => bridgePortSteps(bridge, end)),
    inside(namespace, `ip link set ${BRIDGE} up`),
  ];
}

function hopsOnHost({ namespace }: Host, end: PlannedEndpoint, mtuBytes: number): PlannedHop[] {
  return [
    ...hopsToBridge({ namespace, name: BRIDGE, mtuBytes }, end),
    { namespace, interface: TUNNEL, master: BRIDGE, mtuBytes },
  ];
}
