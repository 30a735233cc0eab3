import { RequestError } from '../../errors.js';
import { addresses } from '../addresses.js';
import { CONTAINER_INTERFACE } from '../containers/engine-network.js';
import { etcdStore } from '../containers/etcd-store.js';
import { overlayHops, overlaySteps } from '../containers/overlay-network.js';
import { PRIVATE_ENGINE_COMMANDS, type PrivateEngine, privateEngine } from '../containers/private-engine.js';
import { swarmStore } from '../containers/swarm-store.js';
import { headerBytes, vxlanHeaders } from '../hosts/encapsulation.js';
import { hostPair, mtuAcrossHosts } from '../hosts/host-pair.js';
import type { TopologyKind } from '../kind.js';
import { LINK_OPTIONS, type ResolvedOptions } from '../options.js';
import type { PlannedEndpoint, PlannedPair } from '../plan.js';
import { plannedPairs } from '../planned-endpoints.js';

const NAME = 'docker-overlay';
const SUMMARY = "containers of two hosts' Docker engines on one overlay network";
/** Apart from the hosts' own. */
const SUBNET = 60;
const UNDERLAY_FAMILY = 4;

/** `docker network create --driver overlay`: a VXLAN in a namespace of the engine's own on each host. */
export const dockerOverlay: TopologyKind = {
  name: NAME,
  summary: SUMMARY,
  needs: { commands: ['ip', 'tc', ...PRIVATE_ENGINE_COMMANDS], modules: ['veth', 'bridge', 'vxlan'] },
  mtu: mtuAcrossHosts((family) => headerBytes(vxlanHeaders(family))),
  takes: [...LINK_OPTIONS, 'endpoints', 'store'],
  ipv6ByDefault: false,
  rootless: false,
  async plan(options, identity) {
    checkFamilies(options);
    const { mtuBytes } = options;
    const pair = hostPair(options);
    const { hosts } = pair;
    const store = options.store === 'etcd' ? await etcdStore(NAME, hosts) : swarmStore(hosts);
    const engines = hosts.map((host) =>
      privateEngine({ kind: NAME, identity, host: host.namespace, daemonWords: store.daemonWords(host) }),
    ) as [PrivateEngine, PrivateEngine];
    const pairs = overlayPairs(options.endpoints);
    const [{ client, server }, ...morePairs] = pairs;
    const sides = [
      { engine: engines[0], ends: pairs.map((each) => each.client) },
      { engine: engines[1], ends: pairs.map((each) => each.server) },
    ] as const;
    return {
      kind: NAME,
      summary: SUMMARY,
      namespaces: pair.namespaces,
      steps: [
        ...pair.steps,
        ...store.steps,
        ...engines.flatMap(({ steps }) => steps),
        ...store.joinSteps(engines),
        ...overlaySteps({ subnet: SUBNET, mtuBytes, networkWords: store.networkWords }, sides),
      ],
      client,
      server,
      morePairs,
      path: [
        ...overlayHops(engines[0], client, mtuBytes),
        ...pair.path,
        ...overlayHops(engines[1], server, mtuBytes).toReversed(),
      ],
      via: ['br0', 'vxlan0', 'link', 'vxlan0', 'br0'],
      mtuBytes,
      serverReachesClient: true,
      carriers: [],
      remarks: [...pair.remarks, `networks by ${options.store ?? 'swarm'}`],
      link: pair.link(vxlanHeaders(UNDERLAY_FAMILY)),
    };
  },
};

/** Containers: what the engine calls their interface is the same in each. */
function overlayPairs(count: number): [PlannedPair, ...PlannedPair[]] {
  const inContainer = (end: PlannedEndpoint): PlannedEndpoint => ({ ...end, interface: CONTAINER_INTERFACE });
  const [first, ...more] = plannedPairs(count, false, (pair) => ({
    client: addresses(SUBNET, 2 + 2 * pair),
    server: addresses(SUBNET, 3 + 2 * pair),
  })).map(({ client, server }) => ({ client: inContainer(client), server: inContainer(server) }));
  return [first!, ...more];
}

/** An engine gives containers addresses of IPv6 where it is asked to, and its overlay forwards nothing to them. */
function checkFamilies({ ipv6, underlayFamily }: ResolvedOptions): void {
  if (ipv6) {
    throw new RequestError(`${NAME} carries no IPv6: Docker's overlay forwards IPv4 alone`, {
      code: 'ERR_OPTION',
      remedy: 'Leave --ipv6 out, or choose vxlan.',
    });
  }
  if ((underlayFamily ?? UNDERLAY_FAMILY) !== UNDERLAY_FAMILY) {
    throw new RequestError(`${NAME} joins its hosts over IPv4 alone`, {
      code: 'ERR_OPTION',
      remedy: 'Leave --underlay out, or choose vxlan.',
    });
  }
}
