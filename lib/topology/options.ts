import { existsSync, readFileSync } from 'node:fs';
import { RequestError } from '../errors.js';
import type { MtuRange } from './mtu.js';

/** What a user may ask of a network; every field has a default. */
export interface TopologyOptions {
  /** MTU of every hop. Default: the kind's, which is the kernel's. */
  mtuBytes?: number | undefined;
  /** Give the ends IPv6 addresses too. Default: where the kernel has IPv6 and the MTU carries it. */
  ipv6?: boolean | undefined;
  /** Features of the ends' interfaces as `ethtool -K` names them. */
  offloads?: readonly OffloadSetting[] | undefined;
  /** Cores that receive packets on the ends' interfaces (RPS). */
  rpsCores?: readonly number[] | undefined;
  /** Client-server pairs on the network. Default 1. */
  endpoints?: number | undefined;
  /** Image of the containers. Default: one of our own that holds nothing but a program that waits. */
  image?: string | undefined;
  /** Default docker. */
  engine?: 'docker' | 'podman' | undefined;
  /** Where the engine listens, for example unix:///run/docker.sock. Default: as its own command line finds it. */
  engineHost?: string | undefined;
  /** IPv4 prefix of the engine's network, for example 198.18.7.0/24. Default: a free one out of 198.18.0.0/15. */
  subnet?: string | undefined;
  /** Database of a switch that runs already, for example unix:/run/openvswitch/db.sock. Default: a switch of our own. */
  ovsDatabase?: string | undefined;
  /** docker-published: through the engine's proxy process instead of its NAT rules. Default false. */
  userlandProxy?: boolean | undefined;
  /** Rate of the link between two hosts, Ethernet's preamble and gap counted. Default: as fast as this machine is. */
  linkRateBitsPerSecond?: number | undefined;
  /** MTU of that link. Default 1500. */
  linkMtuBytes?: number | undefined;
  /** Delay of that link in each direction. Default: none of its own. */
  linkDelayMs?: number | undefined;
  /** Share of the packets that that link loses, in each direction. Default 0. */
  linkLossPercent?: number | undefined;
  /** Address family in which the hosts reach each other. Default 4. */
  underlayFamily?: 4 | 6 | undefined;
  /** Cores on which each host receives from the link, so that the cost of either host can be told. Default: wherever. */
  hostCores?: { client: readonly number[]; server: readonly number[] } | undefined;
  /** docker-overlay: what tells the engines of each other's networks. Default swarm. */
  store?: 'swarm' | 'etcd' | undefined;
  /** weave: its fast datapath (VXLAN by a switch) or its slow one (UDP by a process). Default fastdp. */
  weavePath?: 'fastdp' | 'sleeve' | undefined;
  /** docker-hosts: which two ends, as the published comparison of Docker's modes names the paths. Default B. */
  dockerPath?: DockerPath | undefined;
  /** cni: a network configuration list (.conflist) or a single configuration (.conf, .json). */
  cniConf?: string | undefined;
  /** cni: directories of plugins, joined by colons. Default: CNI_PATH, else where distributions put them. */
  cniPath?: string | undefined;
  /** Port the server is to listen on, where the kind shares a namespace with others. Default: a free one. */
  port?: number | undefined;
}

/**
 * Ways of Docker between two hosts: A overlay, B bridge and NAT on both sides, C host to host, D host to a bridged
 * container on the other host, E host to its own container, F host to a container in host mode on the other host.
 */
export type DockerPath = 'A' | 'B' | 'C' | 'D' | 'E' | 'F';
export const DOCKER_PATHS: readonly DockerPath[] = ['A', 'B', 'C', 'D', 'E', 'F'];

/** Options that only some kinds take; `port` is a wish that the others need not hear. */
export type OptionName =
  | 'endpoints'
  | 'image'
  | 'engine'
  | 'engineHost'
  | 'subnet'
  | 'ovsDatabase'
  | 'userlandProxy'
  | LinkOptionName
  | 'store'
  | 'weavePath'
  | 'dockerPath'
  | 'cniConf'
  | 'cniPath'
  | 'port';

type LinkOptionName =
  | 'linkRateBitsPerSecond'
  | 'linkMtuBytes'
  | 'linkDelayMs'
  | 'linkLossPercent'
  | 'underlayFamily'
  | 'hostCores';

/** What every kind across two hosts takes. */
export const LINK_OPTIONS: readonly LinkOptionName[] = [
  'linkRateBitsPerSecond',
  'linkMtuBytes',
  'linkDelayMs',
  'linkLossPercent',
  'underlayFamily',
  'hostCores',
];

/** One feature of an interface, and whether it is to be on. */
export interface OffloadSetting {
  /** `tx`, `tso`, `gso`, `gro`, or any long name of ethtool's. */
  feature: string;
  /** On or off. */
  on: boolean;
}

export interface ResolvedOptions extends Omit<TopologyOptions, 'mtuBytes' | 'ipv6' | 'endpoints'> {
  mtuBytes: number;
  ipv6: boolean;
  endpoints: number;
}

/** As a user types them. */
const FLAG_OF: Readonly<Record<Exclude<OptionName, 'port' | 'hostCores'>, string>> = {
  endpoints: '--endpoints',
  image: '--image',
  engine: '--engine',
  engineHost: '--docker-host',
  subnet: '--subnet',
  ovsDatabase: '--ovs-db',
  userlandProxy: '--userland-proxy',
  linkRateBitsPerSecond: '--link-rate',
  linkMtuBytes: '--link-mtu',
  linkDelayMs: '--link-delay',
  linkLossPercent: '--link-loss',
  underlayFamily: '--underlay',
  store: '--store',
  weavePath: '--weave-path',
  dockerPath: '--docker-path',
  cniConf: '--conf',
  cniPath: '--cni-path',
};

/**
 * Throws VnetperfError ERR_OPTION where an option is set that the kind does not take.
 * @param takers The kinds that take an option, for the remedy.
 */
export function checkTaken(
  kind: { name: string; takes: readonly OptionName[] },
  options: TopologyOptions,
  takers: (option: OptionName) => readonly string[],
): void {
  for (const [option, flag] of Object.entries(FLAG_OF) as [keyof typeof FLAG_OF, string][]) {
    const asked = option === 'endpoints' ? (options.endpoints ?? 1) !== 1 : options[option] !== undefined;
    if (!asked || kind.takes.includes(option)) continue;
    const others = takers(option);
    throw new RequestError(`${kind.name} takes no ${flag}`, {
      code: 'ERR_OPTION',
      remedy: others.length === 0 ? `Leave ${flag} out.` : `Leave it out, or choose one of: ${others.join(', ')}.`,
    });
  }
}

/** RFC 8200 section 5: no link below this carries IPv6, and Linux takes the addresses off such an interface. */
export const IPV6_MINIMUM_MTU_BYTES = 1280;

/** Throws VnetperfError ERR_MTU. */
export function resolveOptions(kind: string, range: MtuRange, options: TopologyOptions): ResolvedOptions {
  const mtuBytes = options.mtuBytes ?? range.defaultBytes;
  if (!Number.isInteger(mtuBytes) || mtuBytes < range.minimumBytes || mtuBytes > range.maximumBytes) {
    throw new RequestError(`${kind} cannot have an MTU of ${mtuBytes} bytes`, {
      code: 'ERR_MTU',
      remedy:
        range.minimumBytes === range.maximumBytes
          ? `Leave it out: it always has ${range.defaultBytes}.`
          : `Give a whole number from ${range.minimumBytes} to ${range.maximumBytes}.`,
    });
  }
  if (options.ipv6 === true && mtuBytes < IPV6_MINIMUM_MTU_BYTES) {
    throw new RequestError(`IPv6 needs an MTU of at least ${IPV6_MINIMUM_MTU_BYTES} bytes, not ${mtuBytes}`, {
      code: 'ERR_MTU',
      remedy: 'Raise the MTU, or do without IPv6.',
    });
  }
  return {
    ...options,
    endpoints: options.endpoints ?? 1,
    mtuBytes,
    ipv6: options.ipv6 ?? (mtuBytes >= IPV6_MINIMUM_MTU_BYTES && newNamespacesHaveIpv6()),
  };
}

/** Whether an interface in a new network namespace can be given an IPv6 address. */
function newNamespacesHaveIpv6(): boolean {
  if (!existsSync('/proc/net/if_inet6')) return false; // ipv6.disable=1, or a kernel without it
  if (firstWord('/sys/module/ipv6/parameters/disable_ipv6') === '1') return false;
  // A new namespace starts from the kernel's defaults unless it is told to inherit the host's settings.
  const inherits = (firstWord('/proc/sys/net/core/devconf_inherit_init_net') ?? '0') !== '0';
  return !(inherits && firstWord('/proc/sys/net/ipv6/conf/default/disable_ipv6') === '1');
}

function firstWord(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
