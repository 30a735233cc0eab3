import { endpointSteps } from '../endpoint-steps.js';
import type { TopologyKind } from '../kind.js';
import { ETHERNET_MTU } from '../mtu.js';
import { inside, type PlannedEndpoint, type Step } from '../plan.js';
import { endsOf, plannedPairs } from '../planned-endpoints.js';

const SWITCH = 'switch';
const PARENT = 'parent0';

/**
 * A child and its parent in two namespaces whose interface indexes are equal are taken for one device by the kernel's
 * link watch, which then takes up to a second to see the carrier: see veth. The parent's index is the next free one.
 */
const CHILD_INDEX = 100;

export interface ChildDevice {
  name: string;
  summary: string;
  /** What `ip link add ... type` gets, which begins with the kernel's word for the device. */
  type: string;
  module: string;
}

/** Ends that are children of one device, which stands in for the machine's network card. */
export function sharedParent({ name, summary, type, module }: ChildDevice): TopologyKind {
  return {
    name,
    summary,
    needs: { commands: ['ip', 'nsenter'], modules: ['veth', module] },
    mtu: ETHERNET_MTU,
    takes: ['endpoints'],
    rootless: true,
    plan({ mtuBytes, ipv6, endpoints }) {
      const pairs = plannedPairs(endpoints, ipv6);
      const [{ client, server }, ...morePairs] = pairs;
      const ends = endsOf(pairs);
      return {
        kind: name,
        summary,
        namespaces: [...ends.map((end) => end.namespace), SWITCH],
        steps: [
          // A card needs a cable to have carrier; nobody is at its other end.
          inside(SWITCH, `ip link add ${PARENT} mtu ${mtuBytes} type veth peer name uplink0 mtu ${mtuBytes}`),
          inside(SWITCH, 'ip link set uplink0 up'),
          inside(SWITCH, `ip link set ${PARENT} up`),
          ...ends.map((end) => childStep(end, type, mtuBytes)),
          ...ends.flatMap((end) => endpointSteps(end)),
        ],
        client,
        server,
        path: [
          { namespace: client.namespace, interface: client.interface },
          { namespace: SWITCH, interface: PARENT },
          { namespace: server.namespace, interface: server.interface },
        ],
        via: [PARENT],
        mtuBytes,
        morePairs,
        serverReachesClient: true,
        carriers: [],
        remarks: [],
      };
    },
  };
}

/** Made in the parent's namespace, where alone `link` finds it, and moved by the same message. */
function childStep({ namespace, interface: device }: PlannedEndpoint, type: string, mtuBytes: number): Step {
  return inside(
    SWITCH,
    `ip link add ${device} index ${CHILD_INDEX} mtu ${mtuBytes} link ${PARENT} netns`,
    { namespace },
    'type',
    ...type.split(' '),
  );
}
