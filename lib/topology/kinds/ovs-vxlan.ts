import { endpointSteps } from '../endpoint-steps.js';
import { headerBytes, vxlanHeaders } from '../hosts/encapsulation.js';
import { hostPair, mtuAcrossHosts } from '../hosts/host-pair.js';
import { hostSides } from '../hosts/host-sides.js';
import type { TopologyKind } from '../kind.js';
import { cableSteps } from '../openvswitch/cables.js';
import { availableForwarding } from '../openvswitch/choose-forwarding.js';
import { type Forwarding, offloadSteps } from '../openvswitch/forwarding.js';
import { OVS_COMMANDS } from '../openvswitch/ovs-kind.js';
import { switchOnHost } from '../openvswitch/private-switch.js';
import { tunnelSteps } from '../openvswitch/tunnel-steps.js';
import { LINK_OPTIONS } from '../options.js';
import type { PlannedEndpoint, PlannedHop } from '../plan.js';
import { plannedPairs } from '../planned-endpoints.js';

const SUMMARY = 'endpoints on the Open vSwitches of two hosts, joined by a VXLAN tunnel';
const BRIDGE = 'br-int';
const TUNNEL = 'vxlan0';
const VNI = 100;

/** The overlay that is made by hand with ovs-vsctl, and that many a controller makes. */
export const ovsVxlan: TopologyKind = {
  name: 'ovs-vxlan',
  summary: SUMMARY,
  needs: { commands: [...OVS_COMMANDS, 'tc'], modules: ['veth'] },
  mtu: mtuAcrossHosts((family) => headerBytes(vxlanHeaders(family))),
  takes: [...LINK_OPTIONS, 'endpoints'],
  rootless: false,
  async plan(options) {
    const { mtuBytes, ipv6, endpoints, underlayFamily = 4 } = options;
    const { forwarding, remark } = await availableForwarding();
    const pair = hostPair(options);
    const link = pair.link(vxlanHeaders(underlayFamily));
    const pairs = plannedPairs(endpoints, ipv6);
    const [{ client, server }, ...morePairs] = pairs;
    const [one, other] = pair.hosts;
    const sides = hostSides(pair, pairs).map((side) => ({
      ...side,
      linkMtuBytes: link.mtuBytes,
      ovs: switchOnHost('ovs-vxlan', side.host.namespace, forwarding),
    }));
    return {
      kind: 'ovs-vxlan',
      summary: SUMMARY,
      namespaces: [...pair.namespaces, ...sides.flatMap(({ ends }) => ends.map((end) => end.namespace))],
      steps: [
        ...pair.steps,
        ...sides.flatMap(({ ovs, ends, ...hosts }) => [
          ...ovs.startSteps,
          ...cableSteps({ ...ovs, portOf }, ends, mtuBytes),
          ...tunnelSteps(ovs, forwarding, hosts, {
            name: BRIDGE,
            tunnel: { port: TUNNEL, options: [`options:key=${VNI}`] },
            ports: ends.map(portOf),
          }),
        ]),
        ...sides.flatMap(({ ends }) =>
          ends.flatMap((end) => [...endpointSteps(end), ...offloadSteps(end, forwarding)]),
        ),
      ],
      client,
      server,
      morePairs,
      path: [
        { namespace: client.namespace, interface: client.interface },
        portHop(one.namespace, client, forwarding),
        ...pair.path,
        portHop(other.namespace, server, forwarding),
        { namespace: server.namespace, interface: server.interface },
      ],
      via: [BRIDGE, TUNNEL, 'link', TUNNEL, BRIDGE],
      mtuBytes,
      serverReachesClient: true,
      carriers: sides.map(({ ovs }) => ovs.carrier),
      remarks: [...pair.remarks, remark],
      link,
    };
  },
};

function portOf({ interface: device }: PlannedEndpoint): string {
  return `port-${device}`;
}

/** The tunnel's port is no interface of the userspace datapath, and the kernel's has one of its own for all tunnels. */
function portHop(namespace: string, end: PlannedEndpoint, { datapathType }: Forwarding): PlannedHop {
  const master = datapathType === undefined ? { master: 'ovs-system' } : {};
  return { namespace, interface: portOf(end), ...master };
}
