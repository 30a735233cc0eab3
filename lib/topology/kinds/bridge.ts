import { bridgePortSteps, bridgeStep, hopsToBridge } from '../bridge-port.js';
import { endpointSteps } from '../endpoint-steps.js';
import type { TopologyKind } from '../kind.js';
import { ETHERNET_MTU } from '../mtu.js';
import { inside } from '../plan.js';
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
    const br0 = { namespace: SWITCH, name: 'br0', mtuBytes };
    return {
      kind: 'bridge',
      summary: SUMMARY,
      namespaces: [...ends.map((end) => end.namespace), SWITCH],
      steps: [
        bridgeStep(br0),
        ...ends.flatMap((end) => bridgePortSteps(br0, end)),
        inside(SWITCH, 'ip link set br0 up'),
        ...ends.flatMap((end) => endpointSteps(end)),
      ],
      client,
      server,
      path: [...hopsToBridge(br0, client), ...hopsToBridge(br0, server).toReversed().slice(1)],
      via: ['br0'],
      mtuBytes,
      morePairs,
      serverReachesClient: true,
      carriers: [],
      remarks: [],
    };
  },
};
