import { RequestError } from '../../errors.js';
import { type Addresses, addresses } from '../addresses.js';
import { addressSteps } from '../endpoint-steps.js';
import type { MtuRange } from '../mtu.js';
import { IPV6_MINIMUM_MTU_BYTES, type ResolvedOptions, type TopologyOptions } from '../options.js';
import {
  inside,
  type PlannedEndpoint,
  type PlannedHop,
  type PlannedLink,
  type Step,
  type TunnelHeader,
} from '../plan.js';
import { maySetReceiveCores, onlineCores, receiveCoreStep } from '../receive-cores.js';
import { countsEachPacket, type LinkShape, linkRateSteps } from './link-rate.js';
import { inPowersOfTen } from './powers-of-ten.js';

/** Apart from the subnets of every other part of a lab. */
const UNDERLAY_SUBNET = 40;
const DEFAULT_LINK_MTU_BYTES = 1500;
export const UNDERLAY_INTERFACE = 'eth0';
/** See veth for what equal indexes of both ends would cost. */
const FIRST_INDEX = 100;

/** One of two hosts that this machine stands in for: a namespace with a network card. */
export interface Host {
  namespace: 'host1' | 'host2';
  /** Its end of the link. */
  card: PlannedEndpoint;
  /** Where the other host reaches it, in the underlay's family. */
  address: string;
}

/** Two hosts joined by a link: the client's, then the server's. */
export interface HostPair {
  hosts: readonly [Host, Host];
  namespaces: readonly string[];
  /** Link, addresses and rate; loopback is the lab's. */
  steps: readonly Step[];
  /** Both ends of the link, on the way from the client's host to the server's. */
  path: readonly [PlannedHop, PlannedHop];
  /** @param headers What the kind puts around a packet; none where it goes as it is. */
  link(headers: readonly TunnelHeader[]): PlannedLink;
  remarks: readonly string[];
}

/** What every kind across hosts is built on. */
export function hostPair(options: Omit<ResolvedOptions, 'mtuBytes'>): HostPair {
  const shape = shapeOf(options);
  const family = options.underlayFamily ?? 4;
  checkUnderlay(family, shape.mtuBytes);
  const ipv6 = family === 6 || (options.ipv6 && shape.mtuBytes >= IPV6_MINIMUM_MTU_BYTES);
  const host = (namespace: Host['namespace'], number: number): Host => {
    const own = addresses(UNDERLAY_SUBNET, number);
    return {
      namespace,
      card: { namespace, interface: UNDERLAY_INTERFACE, ipv4: own.ipv4, ipv6: ipv6 ? own.ipv6 : undefined },
      address: underlayAddress(own, family),
    };
  };
  const hosts = [host('host1', 1), host('host2', 2)] as const;
  const [one, other] = hosts;
  const hop = ({ namespace }: Host): PlannedHop => ({
    namespace,
    interface: UNDERLAY_INTERFACE,
    mtuBytes: shape.mtuBytes,
  });
  return {
    hosts,
    namespaces: hosts.map(({ namespace }) => namespace),
    steps: [
      inside(
        one.namespace,
        `ip link add ${UNDERLAY_INTERFACE} index ${FIRST_INDEX} mtu ${shape.mtuBytes} ` +
          `type veth peer name ${UNDERLAY_INTERFACE} index ${FIRST_INDEX + 1} mtu ${shape.mtuBytes} netns`,
        { namespace: other.namespace },
      ),
      ...hosts.flatMap(({ namespace, card }) => [
        ...addressSteps(card),
        inside(namespace, `ip link set ${UNDERLAY_INTERFACE} up`),
      ]),
      ...hosts.flatMap(({ card }) => linkRateSteps(card, shape)),
      ...hosts.flatMap(({ card }, index) => {
        const cores = receiveCores(options, shape, index === 0 ? 'client' : 'server');
        return cores.length === 0 ? [] : [{ ...receiveCoreStep(card, cores), mayFail: true }];
      }),
    ],
    path: [hop(one), hop(other)],
    link: (headers) => ({
      ...shape,
      underlayFamily: family,
      ends: [
        { namespace: one.namespace, interface: UNDERLAY_INTERFACE },
        { namespace: other.namespace, interface: UNDERLAY_INTERFACE },
      ],
      headers,
      ...(isSteered(options) ? { hostCores: options.hostCores } : {}),
    }),
    remarks: remarksOf(shape),
  };
}

/**
 * MTU of ends whose packets get `headerBytes` around them on the link. What an end may ask for is not bounded by the
 * link: that a packet does not fit is what verification is to find.
 */
export function mtuAcrossHosts(headerBytes: (underlayFamily: 4 | 6) => number): (options: TopologyOptions) => MtuRange {
  return ({ linkMtuBytes = DEFAULT_LINK_MTU_BYTES, underlayFamily = 4 }) => ({
    minimumBytes: 68,
    maximumBytes: 65_535,
    defaultBytes: Math.max(68, linkMtuBytes - headerBytes(underlayFamily)),
  });
}

function checkUnderlay(family: 4 | 6, mtuBytes: number): void {
  if (family === 4 || mtuBytes >= IPV6_MINIMUM_MTU_BYTES) return;
  throw new RequestError(
    `IPv6 between the hosts needs a link with an MTU of at least ${IPV6_MINIMUM_MTU_BYTES} bytes, not ${mtuBytes}`,
    {
      code: 'ERR_MTU',
      remedy: 'Raise --link-mtu, or choose --underlay 4.',
    },
  );
}

function shapeOf(options: TopologyOptions): LinkShape {
  return {
    rateBitsPerSecond: options.linkRateBitsPerSecond,
    mtuBytes: options.linkMtuBytes ?? DEFAULT_LINK_MTU_BYTES,
    delayMs: options.linkDelayMs,
    lossPercent: options.linkLossPercent,
  };
}

function underlayAddress({ ipv4, ipv6 }: Addresses, family: 4 | 6): string {
  return family === 6 ? ipv6 : ipv4;
}

/**
 * A packet that waits for its turn on the link leaves by a timer, on whichever core that fires, and would go up the
 * other host's stack there: packets of one flow then overtake each other. A card with several queues sends a flow to
 * one core (RSS), and RPS is the same for a card without them. Nobody has asked for it, so where a container may not
 * mount what it is set in, the network does without.
 */
function receiveCores(
  { hostCores }: Pick<ResolvedOptions, 'hostCores'>,
  shape: LinkShape,
  end: 'client' | 'server',
): readonly number[] {
  if (!maySetReceiveCores()) return [];
  if (hostCores !== undefined) return hostCores[end];
  return shape.rateBitsPerSecond === undefined ? [] : onlineCores();
}

/** Not where `--rps` sends to other cores what the ends receive. */
function isSteered({ hostCores, rpsCores = [] }: Pick<ResolvedOptions, 'hostCores' | 'rpsCores'>): boolean {
  return hostCores !== undefined && rpsCores.length === 0 && maySetReceiveCores();
}

function remarksOf(shape: LinkShape): string[] {
  const { rateBitsPerSecond, delayMs = 0, lossPercent = 0 } = shape;
  const counted = countsEachPacket(shape) ? '' : ', reckoned for full packets';
  return [
    ...(rateBitsPerSecond === undefined ? [] : [`link ${inPowersOfTen(rateBitsPerSecond, 'bit/s')}${counted}`]),
    ...(delayMs > 0 ? [`link delay ${delayMs} ms`] : []),
    ...(lossPercent > 0 ? [`link loss ${lossPercent} %`] : []),
  ];
}
