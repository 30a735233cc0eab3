import { LABEL, type LabIdentity } from '../lab-identity.js';
import type { ResolvedOptions } from '../options.js';
import type { PlannedEndpoint, Step } from '../plan.js';
import { addressHolders } from './address-holders.js';
import { chooseSubnet } from './choose-subnet.js';
import { type ContainerEngine, engineStep } from './engine.js';
import { dialectOf } from './engine-dialect.js';
import { formatIpv4, formatIpv4Prefix } from './ipv4-prefix.js';

const NETWORK_TIMEOUT_MS = 30_000;
/** What the engine calls a container's interface to its first network. */
export const CONTAINER_INTERFACE = 'eth0';

/** A network of a lab's own on an engine. */
export interface EngineNetwork {
  name: string;
  /** Interface of the bridge, where the engine is. undefined: known only to the engine. */
  bridge: string | undefined;
  gateway: { ipv4: string; ipv6: string | undefined };
  steps: readonly Step[];
  /** The end that is the container of that number, counted from 0, and what makes it so. */
  end(name: string, index: number): { endpoint: PlannedEndpoint; options: string[] };
}

/** What Docker is told to call the bridge; an interface's name has 15 characters at most. */
export function bridgeName({ short }: Pick<LabIdentity, 'short'>): string {
  return `vnp${short}`;
}

/** Throws VnetperfError ERR_SUBNET and ERR_SUBNET_IN_USE. */
export async function engineNetwork(
  engine: ContainerEngine,
  { subnet, mtuBytes, ipv6, endpoints }: Pick<ResolvedOptions, 'subnet' | 'mtuBytes' | 'ipv6' | 'endpoints'>,
  { id, short }: LabIdentity,
): Promise<EngineNetwork> {
  const wish = { kind: engine.kind, subnet, containers: 2 * endpoints };
  const prefix = chooseSubnet(wish, await addressHolders(engine));
  // Of the same number as the IPv4 subnet, so that it is free when that is: 198.18.7.0/24 has fd00:198:18:1207::/64.
  const ipv6Network = `fd00:198:18:${(Math.floor(prefix.first / 256) % 65_536).toString(16)}`;
  const address = (host: number) => ({
    ipv4: formatIpv4(prefix.first + host),
    ipv6: ipv6 ? `${ipv6Network}::${host.toString(16)}` : undefined,
  });

  const name = `vnetperf-${short}`;
  const dialect = dialectOf(engine.address);
  const bridge = bridgeName({ short });
  const gateway = address(1);
  const words = [
    ...['--driver', 'bridge', '--label', `${LABEL}=${id}`],
    ...['--subnet', formatIpv4Prefix(prefix), '--gateway', gateway.ipv4],
    ...(gateway.ipv6 === undefined ? [] : ['--ipv6', '--subnet', `${ipv6Network}::/64`, '--gateway', gateway.ipv6]),
    ...dialect.networkOptions(bridge, mtuBytes),
  ];
  return {
    name,
    bridge: dialect.namesBridge ? bridge : undefined,
    gateway,
    steps: [
      {
        namespace: null,
        command: engineStep(engine, 'network', 'create', ...words, name),
        undo: engineStep(engine, 'network', 'rm', name),
        timeoutMs: NETWORK_TIMEOUT_MS,
      },
    ],
    end(end, index) {
      const { ipv4, ipv6: ipv6Address } = address(2 + index);
      return {
        endpoint: { namespace: end, interface: CONTAINER_INTERFACE, ipv4, ipv6: ipv6Address },
        options: [...['--network', name, '--ip', ipv4], ...(ipv6Address === undefined ? [] : ['--ip6', ipv6Address])],
      };
    },
  };
}
