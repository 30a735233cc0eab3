import { CLIENT_ADDRESSES, SERVER_ADDRESSES } from '../addresses.js';
import { endpointSteps } from '../endpoint-steps.js';
import { ETHERNET_MTU, type TopologyKind } from '../kind.js';
import { inside, type PlannedEndpoint } from '../plan.js';

const SUMMARY = 'two endpoints joined by one virtual cable';

/** The shortest path between two namespaces: what one end sends, the other has received, with nothing between. */
export const veth: TopologyKind = {
  name: 'veth',
  summary: SUMMARY,
  needs: { commands: ['ip', 'nsenter'], modules: ['veth'] },
  mtu: ETHERNET_MTU,
  plan({ mtuBytes, ipv6 }) {
    const client: PlannedEndpoint = {
      namespace: 'client',
      interface: 'client0',
      ipv4: CLIENT_ADDRESSES.ipv4,
      ipv6: ipv6 ? CLIENT_ADDRESSES.ipv6 : undefined,
    };
    const server: PlannedEndpoint = {
      namespace: 'server',
      interface: 'server0',
      ipv4: SERVER_ADDRESSES.ipv4,
      ipv6: ipv6 ? SERVER_ADDRESSES.ipv6 : undefined,
    };
    return {
      kind: 'veth',
      summary: SUMMARY,
      namespaces: [client.namespace, server.namespace],
      steps: [
        inside(
          client.namespace,
          `ip link add client0 mtu ${mtuBytes} type veth peer name server0 mtu ${mtuBytes} netns`,
          { namespace: server.namespace },
        ),
        ...endpointSteps(client),
        ...endpointSteps(server),
      ],
      client,
      server,
      path: [
        { namespace: client.namespace, interface: client.interface },
        { namespace: server.namespace, interface: server.interface },
      ],
      via: [],
      mtuBytes,
    };
  },
};
