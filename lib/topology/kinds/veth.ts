import { endpointSteps } from '../endpoint-steps.js';
import type { TopologyKind } from '../kind.js';
import { ETHERNET_MTU } from '../mtu.js';
import { inside, type PlannedPair, type Step } from '../plan.js';
import { endsOf, plannedPairs } from '../planned-endpoints.js';

const SUMMARY = 'two endpoints joined by one virtual cable';

/**
 * Two veth ends whose interface indexes are equal, as they come out when each is the first in its namespace, are
 * taken for one device by the kernel's link watch: the end that comes up last then waits up to a second for its
 * operational state, and with it for IPv6. Above whatever tunnel devices a kernel puts into each new namespace.
 */
const CLIENT_INDEX = 100;
const SERVER_INDEX = 101;

/** The shortest path between two namespaces: what one end sends, the other has received, with nothing between. */
export const veth: TopologyKind = {
  name: 'veth',
  summary: SUMMARY,
  needs: { commands: ['ip', 'nsenter'], modules: ['veth'] },
  mtu: ETHERNET_MTU,
  takes: ['endpoints'],
  rootless: true,
  plan({ mtuBytes, ipv6, endpoints }) {
    const pairs = plannedPairs(endpoints, ipv6);
    const [{ client, server }, ...morePairs] = pairs;
    const ends = endsOf(pairs);
    return {
      kind: 'veth',
      summary: SUMMARY,
      namespaces: ends.map((end) => end.namespace),
      steps: [...pairs.map((pair) => cableStep(pair, mtuBytes)), ...ends.flatMap((end) => endpointSteps(end))],
      client,
      server,
      path: [
        { namespace: client.namespace, interface: client.interface },
        { namespace: server.namespace, interface: server.interface },
      ],
      via: [],
      mtuBytes,
      morePairs,
      serverReachesClient: true,
      carriers: [],
      remarks: [],
    };
  },
};

function cableStep({ client, server }: PlannedPair, mtuBytes: number): Step {
  return inside(
    client.namespace,
    `ip link add ${client.interface} index ${CLIENT_INDEX} mtu ${mtuBytes} ` +
      `type veth peer name ${server.interface} index ${SERVER_INDEX} mtu ${mtuBytes} netns`,
    { namespace: server.namespace },
  );
}
