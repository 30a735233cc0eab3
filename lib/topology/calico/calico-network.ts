import { RequestError } from '../../errors.js';
import { birdSteps } from '../bird/bird-steps.js';
import { birdVersion } from '../bird/bird-version.js';
import type { BgpHost } from '../bird/configuration.js';
import { forwardingStep } from '../forwarding-step.js';
import { headerBytes } from '../hosts/encapsulation.js';
import { type Host, hostPair, mtuAcrossHosts } from '../hosts/host-pair.js';
import type { TopologyKind } from '../kind.js';
import { LINK_OPTIONS, type ResolvedOptions } from '../options.js';
import type { Plan, PlannedEndpoint, PlannedHop } from '../plan.js';
import { plannedPairs } from '../planned-endpoints.js';
import { blocksOf, endpointAddresses, tunnelAddress } from './address-blocks.js';
import { caliInterface, endpointCableSteps } from './endpoint-cables.js';
import { type Tunnel, tunnelSteps } from './tunnel.js';

export interface CalicoKind {
  name: string;
  summary: string;
  /** What a packet goes through from host to host. Default: nothing, it is routed as it is. */
  tunnel?: Tunnel | undefined;
}

/** Calico's data plane and its way of spreading routes, without its policies. */
export function calicoKind(kind: CalicoKind): TopologyKind {
  const { name, summary, tunnel } = kind;
  return {
    name,
    summary,
    needs: {
      commands: ['bird', 'birdc', 'ip', 'nsenter', 'sysctl', 'tc'],
      modules: ['veth', ...(tunnel === undefined ? [] : [tunnel.module])],
    },
    mtu: mtuAcrossHosts(() => headerBytes(tunnel?.headers ?? [])),
    takes: [...LINK_OPTIONS, 'endpoints'],
    ipv6ByDefault: tunnel === undefined,
    rootless: true,
    async plan(options) {
      if (tunnel !== undefined) checkIpv4Alone(name, options);
      return network(kind, options, await birdVersion());
    },
  };
}

function network({ name, summary, tunnel }: CalicoKind, options: ResolvedOptions, bird: string): Plan {
  const { mtuBytes, ipv6, endpoints, underlayFamily = 4 } = options;
  const pair = hostPair(options);
  const pairs = plannedPairs(endpoints, ipv6, (number) => ({
    client: endpointAddresses(0, number),
    server: endpointAddresses(1, number),
  }));
  const [{ client, server }, ...morePairs] = pairs;
  const [one, other] = pair.hosts;
  const onHosts = [pairs.map((ends) => ends.client), pairs.map((ends) => ends.server)];
  const speakers = pair.hosts.map((host, index): BgpHost => ({ ...host, blocks: blocksOf(index, ipv6) }));
  return {
    kind: name,
    summary,
    namespaces: [...onHosts.flat().map(({ namespace }) => namespace), ...pair.namespaces],
    steps: [
      ...pair.namespaces.map((namespace) => forwardingStep(namespace, ipv6 || underlayFamily === 6)),
      ...pair.steps,
      ...pair.hosts.flatMap((host, index) => [
        ...(tunnel === undefined ? [] : tunnelSteps(tunnel, host, tunnelAddress(index), mtuBytes)),
        ...endpointCableSteps(host, onHosts[index]!, mtuBytes),
      ]),
      ...birdSteps(speakers as [BgpHost, BgpHost], { underlayFamily, tunnel: tunnel?.device }),
    ],
    client,
    server,
    morePairs,
    path: [
      ...hopsToLink(client, one, mtuBytes, tunnel),
      ...pair.path,
      ...hopsToLink(server, other, mtuBytes, tunnel).toReversed(),
    ],
    via: [one.namespace, 'link', other.namespace],
    mtuBytes,
    serverReachesClient: true,
    // BIRD says where packets go; the kernel moves them.
    carriers: [],
    remarks: [...pair.remarks, `routes by ${bird} over BGP`],
    link: pair.link(tunnel?.headers ?? []),
  };
}

function hopsToLink(
  end: PlannedEndpoint,
  { namespace }: Host,
  mtuBytes: number,
  tunnel: Tunnel | undefined,
): PlannedHop[] {
  return [
    { namespace: end.namespace, interface: end.interface, mtuBytes },
    { namespace, interface: caliInterface(end), mtuBytes },
    ...(tunnel === undefined ? [] : [{ namespace, interface: tunnel.device, mtuBytes }]),
  ];
}

function checkIpv4Alone(name: string, { ipv6, underlayFamily }: ResolvedOptions): void {
  const refused = underlayFamily === 6 ? '--underlay 6' : ipv6 ? '--ipv6' : undefined;
  if (refused === undefined) return;
  throw new RequestError(`${name} takes no ${refused}: IPIP carries IPv4 in IPv4 and nothing else`, {
    code: 'ERR_OPTION',
    remedy: 'Leave it out, or choose calico, which routes both families without a tunnel.',
  });
}
