import { addresses } from '../addresses.js';
import { addressSteps, defaultRouteSteps, endpointSteps } from '../endpoint-steps.js';
import { forwardingStep } from '../forwarding-step.js';
import type { TopologyKind } from '../kind.js';
import { ETHERNET_MTU } from '../mtu.js';
import { diesWithNamespace, inside, type PlannedEndpoint, type Step } from '../plan.js';
import { endsOf, plannedPairs } from '../planned-endpoints.js';

const ROUTER = 'router';

/**
 * A port and its peer, the first devices in their namespaces, would get equal interface indexes: see veth for what
 * these would cost. ip gives an index to the first end of a pair only.
 */
const FIRST_PORT_INDEX = 100;

export interface RoutedNetwork {
  name: string;
  summary: string;
  /** The router sends what comes from a client under its own address. */
  masquerades: boolean;
}

/** An end with what stands for it at the router. */
interface Leg {
  end: PlannedEndpoint;
  /** The router's interface on the end's subnet. */
  port: PlannedEndpoint;
}

/** Every end on a subnet of its own, and a router that is on all of them. */
export function router({ name, summary, masquerades }: RoutedNetwork): TopologyKind {
  return {
    name,
    summary,
    needs: {
      commands: ['ip', 'nsenter', 'sysctl', ...(masquerades ? ['nft'] : [])],
      modules: ['veth', ...(masquerades ? ['nft_chain_nat', 'nft_masq'] : [])],
    },
    mtu: ETHERNET_MTU,
    takes: ['endpoints'],
    rootless: true,
    plan({ mtuBytes, ipv6, endpoints }) {
      const pairs = plannedPairs(endpoints, ipv6, (pair) => ({
        client: addresses(2 * pair, 2),
        server: addresses(2 * pair + 1, 3),
      }));
      const [{ client, server }, ...morePairs] = pairs;
      const legs = endsOf(pairs).map((end, subnet): Leg => ({ end, port: portOf(end, subnet) }));
      const [clientLeg, serverLeg] = legs as [Leg, Leg];
      return {
        kind: name,
        summary,
        namespaces: [...legs.map(({ end }) => end.namespace), ROUTER],
        steps: [
          forwardingStep(ROUTER, ipv6),
          ...legs.flatMap((leg, subnet) => cableSteps(leg, subnet, mtuBytes)),
          ...(masquerades
            ? [
                masqueradeStep(
                  legs.filter((_, index) => index % 2 === 1).map(({ port }) => port.interface),
                  ipv6,
                ),
              ]
            : []),
          ...legs.flatMap(({ end }, subnet) => [
            ...endpointSteps(end),
            // Behind a masquerading router the server answers the router itself, and needs no way to the client.
            ...(masquerades && subnet % 2 === 1 ? [] : defaultRouteSteps(end, addresses(subnet, 1))),
          ]),
        ],
        client,
        server,
        path: [
          { namespace: client.namespace, interface: client.interface },
          { namespace: ROUTER, interface: clientLeg.port.interface },
          { namespace: ROUTER, interface: serverLeg.port.interface },
          { namespace: server.namespace, interface: server.interface },
        ],
        via: [ROUTER],
        mtuBytes,
        morePairs,
        serverReachesClient: !masquerades,
        carriers: [],
        remarks: masquerades ? ['masquerading by nftables'] : [],
      };
    },
  };
}

function portOf(end: PlannedEndpoint, subnet: number): PlannedEndpoint {
  const { ipv4, ipv6 } = addresses(subnet, 1);
  return {
    namespace: ROUTER,
    interface: `port-${end.interface}`,
    ipv4,
    ipv6: end.ipv6 === undefined ? undefined : ipv6,
  };
}

/** Made from the router's side, so that one process sets up the whole router. */
function cableSteps({ end, port }: Leg, subnet: number, mtuBytes: number): Step[] {
  return [
    inside(
      ROUTER,
      `ip link add ${port.interface} index ${FIRST_PORT_INDEX + subnet} mtu ${mtuBytes} ` +
        `type veth peer name ${end.interface} mtu ${mtuBytes} netns`,
      { namespace: end.namespace },
    ),
    ...addressSteps(port),
    inside(ROUTER, `ip link set ${port.interface} up`),
  ];
}

function masqueradeStep(outwards: readonly string[], ipv6: boolean): Step {
  const interfaces = outwards.map((name) => `"${name}"`).join(', ');
  const tables = (ipv6 ? ['ip', 'ip6'] : ['ip']).map(
    (family) =>
      `add table ${family} nat; ` +
      `add chain ${family} nat postrouting { type nat hook postrouting priority srcnat; }; ` +
      `add rule ${family} nat postrouting oifname { ${interfaces} } masquerade`,
  );
  return { namespace: ROUTER, command: ['nft', tables.join('; ')], undo: diesWithNamespace };
}
