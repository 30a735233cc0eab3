import { endpointSteps } from '../endpoint-steps.js';
import type { TopologyKind } from '../kind.js';
import { ETHERNET_MTU } from '../mtu.js';
import { inside, type PlannedEndpoint, type Step } from '../plan.js';
import { endsOf, plannedPairs } from '../planned-endpoints.js';

const SUMMARY = "two endpoints on the kernel's own switch, a cable each";
const SWITCH = 'switch';

/** What most container networks are underneath: a Linux bridge with a veth pair to every endpoint. */
export const bridge: TopologyKind = {
  name: 'bridge',
  summary: SUMMARY,
  needs: { commands: ['ip', 'nsenter'], modules: ['veth', 'bridge'] },
  mtu: ETHERNET_MTU,
  takes: ['endpoints'],
  rootless: true,
  plan({ mtuBytes, ipv6, endpoints }) {
    const pairs = plannedPairs(endpoints, ipv6);
    const [{ client, server }, ...morePairs] = pairs;
    const ends = endsOf(pairs);
    return {
      kind: 'bridge',
      summary: SUMMARY,
      namespaces: [...ends.map((end) => end.namespace), SWITCH],
      steps: [
        // Without spanning tree (off by default) a port forwards as soon as it is up: no 15 s of listening first.
        inside(SWITCH, `ip link add br0 mtu ${mtuBytes} type bridge stp_state 0`),
        ...ends.flatMap((end) => cableSteps(end, mtuBytes)),
        inside(SWITCH, 'ip link set br0 up'),
        ...ends.flatMap((end) => endpointSteps(end)),
      ],
      client,
      server,
      path: [
        { namespace: client.namespace, interface: client.interface },
        { namespace: SWITCH, interface: portOf(client), master: 'br0' },
        { namespace: SWITCH, interface: 'br0' },
        { namespace: SWITCH, interface: portOf(server), master: 'br0' },
        { namespace: server.namespace, interface: server.interface },
      ],
      via: ['br0'],
      mtuBytes,
      morePairs,
      serverReachesClient: true,
      carriers: [],
      remarks: [],
    };
  },
};

/**
 * Made from the switch's side, so that one process sets up the whole switch. The port's interface index then differs
 * from its peer's, br0 having been made first: see veth for what equal indexes would cost.
 */
function cableSteps(end: PlannedEndpoint, mtuBytes: number): Step[] {
  const port = portOf(end);
  return [
    inside(SWITCH, `ip link add ${port} mtu ${mtuBytes} type veth peer name ${end.interface} mtu ${mtuBytes} netns`, {
      namespace: end.namespace,
    }),
    inside(SWITCH, `ip link set ${port} master br0 up`),
  ];
}

function portOf(end: PlannedEndpoint): string {
  return `port-${end.interface}`;
}
