import type { DockerPath } from '../../topology/options.js';

/** What others measured by hand on networks of this kind, with where: to be read beside figures of this machine. */
export interface PublishedSource {
  /** One line: the machines, the programs, the line between them. */
  description: string;
  /** Of the line between the hosts, where it is known. */
  lineBitsPerSecond?: number | undefined;
  figures: readonly PublishedFigure[];
}

export type PublishedFigure = PublishedRate | PublishedRoundTrip | PublishedLoss;

interface Published {
  /** The KIND that stands for it here. */
  kind: string;
  /** The path of `docker-hosts` that is this one: its only stand-in where `kind` is docker-hosts, else another. */
  dockerPath?: DockerPath | undefined;
  /** As a reader of the source knows it. */
  name: string;
  /** Nothing of it goes over a line between hosts. */
  withinOneHost?: boolean | undefined;
}

export interface PublishedRate extends Published {
  quantity: 'rate';
  protocol: 'tcp' | 'udp';
  bitsPerSecond: number;
  /** Where a range was published: its other end. */
  upToBitsPerSecond?: number | undefined;
  /** TCP within one host: whether the two programs were pinned to cores. */
  pinned?: boolean | undefined;
  /** UDP: what was asked for. */
  askedBitsPerSecond?: number | undefined;
  lostPercent?: number | undefined;
  /** The figure of the same source that it is to be held against: what of it the network costs. */
  baseKind?: string | undefined;
}

interface PublishedRoundTrip extends Published {
  quantity: 'round-trip';
  milliseconds: number;
}

export interface PublishedLoss extends Published {
  quantity: 'loss';
  percent: number;
  askedBitsPerSecond: number;
}

const G = 1e9;
const M = 1e6;

const KUNPENG = 'Kunpeng 920-6426, 128 cores';
const XEON = 'Xeon Gold 6248, 80 cores';

const ONE_HOST = { withinOneHost: true } as const;

export const PUBLISHED_SOURCES: readonly PublishedSource[] = [
  {
    description: `two servers of 2019-2020, iperf3 3.1.3, Docker 19.03, 1 Gbit/s between them`,
    lineBitsPerSecond: G,
    figures: [
      tcp('docker-bridge', `Docker bridge, ${KUNPENG}`, 35 * G, { ...ONE_HOST, pinned: true }),
      tcp('docker-bridge', `Docker bridge, ${KUNPENG}`, 13 * G, {
        ...ONE_HOST,
        pinned: false,
        upToBitsPerSecond: 35 * G,
      }),
      tcp('docker-bridge', `Docker bridge, ${XEON}`, 21 * G, { ...ONE_HOST, pinned: false, upToBitsPerSecond: 25 * G }),
      tcp('ovs-kernel', `Open vSwitch bridge, ${KUNPENG}`, 51 * G, { ...ONE_HOST, pinned: true }),
      tcp('ovs-kernel', `Open vSwitch bridge, ${KUNPENG}`, 16 * G, {
        ...ONE_HOST,
        pinned: false,
        upToBitsPerSecond: 20 * G,
      }),
      tcp('ovs-kernel', `Open vSwitch bridge, ${XEON}`, 28 * G, {
        ...ONE_HOST,
        pinned: false,
        upToBitsPerSecond: 32 * G,
      }),
      tcp('docker-overlay', `Docker overlay, ${KUNPENG}`, 900 * M),
      tcp('docker-overlay', `Docker overlay, ${XEON}`, 876 * M),
      udp('docker-overlay', `Docker overlay, ${KUNPENG}`, 910 * M, 920 * M, 0.35, 920 * M),
      udp('docker-overlay', `Docker overlay, ${XEON}`, 920 * M, 920 * M, 0.054),
      tcp('ovs-vxlan', `Open vSwitch VXLAN, ${KUNPENG}`, 904 * M),
      tcp('ovs-vxlan', `Open vSwitch VXLAN, ${XEON}`, 880 * M),
      udp('ovs-vxlan', `Open vSwitch VXLAN, ${KUNPENG}`, 800 * M, 800 * M),
      udp('ovs-vxlan', `Open vSwitch VXLAN, ${XEON}`, 730 * M, 750 * M, 2.5),
    ],
  },
  {
    description:
      'two virtual machines of VirtualBox, iperf, Docker 1.11, Linux 4.4; the line between them is not known',
    figures: [
      // What these three are within one host: routes to each end's cable, or a bridge between the ends.
      tcp('routed', 'Calico without IPIP, one host', 21.4 * G, ONE_HOST),
      tcp('bridge', 'flannel, one host', 19.8 * G, ONE_HOST),
      tcp('bridge', 'weave, one host', 21.3 * G, ONE_HOST),
      roundTrip('routed', 'Calico without IPIP, one host', 0.01, ONE_HOST),
      roundTrip('bridge', 'flannel, one host', 0.01, ONE_HOST),
      roundTrip('bridge', 'weave, one host', 0.01, ONE_HOST),
      tcp('calico', 'Calico without IPIP', 1.54 * G),
      tcp('flannel-vxlan', 'flannel over VXLAN', 1.45 * G, { baseKind: 'calico' }),
      tcp('weave', 'weave', 0.991 * G, { baseKind: 'calico' }),
      roundTrip('calico', 'Calico without IPIP', 0.043),
      roundTrip('flannel-vxlan', 'flannel over VXLAN', 0.049),
      roundTrip('weave', 'weave', 0.141),
      noLoss('calico', 'Calico without IPIP'),
      noLoss('flannel-vxlan', 'flannel over VXLAN'),
      noLoss('weave', 'weave'),
    ],
  },
  {
    description: "two virtual machines, Docker's modes; the line between them is not known",
    figures: [
      tcp('hosts', 'C host to host', 2.06 * G, { dockerPath: 'C' }),
      tcp('docker-overlay', 'A two containers on the overlay', 913 * M, { dockerPath: 'A', baseKind: 'hosts' }),
      docker('B', 'B two containers, bridge and NAT on both sides', 1.73 * G, { baseKind: 'hosts' }),
      docker('D', 'D host to a bridged container on the other host', 1.88 * G, { baseKind: 'hosts' }),
      docker('E', 'E host to its own container', 20.5 * G, ONE_HOST),
      docker('F', 'F host to a container in host mode on the other host', 2.02 * G, { baseKind: 'hosts' }),
    ],
  },
];

/** As they were published across hosts, the fastest first. */
export const PUBLISHED_ORDER: readonly string[] = ['calico', 'flannel-vxlan', 'weave'];

function tcp(kind: string, name: string, bitsPerSecond: number, more: Partial<PublishedRate> = {}): PublishedRate {
  return { quantity: 'rate', protocol: 'tcp', kind, name, bitsPerSecond, ...more };
}

function docker(
  dockerPath: DockerPath,
  name: string,
  bitsPerSecond: number,
  more: Partial<PublishedRate>,
): PublishedRate {
  return tcp('docker-hosts', name, bitsPerSecond, { ...more, dockerPath });
}

function udp(
  kind: string,
  name: string,
  bitsPerSecond: number,
  askedBitsPerSecond: number,
  lostPercent?: number,
  upToBitsPerSecond?: number,
): PublishedRate {
  return {
    quantity: 'rate',
    protocol: 'udp',
    kind,
    name,
    bitsPerSecond,
    askedBitsPerSecond,
    ...(lostPercent === undefined ? {} : { lostPercent }),
    ...(upToBitsPerSecond === undefined ? {} : { upToBitsPerSecond }),
  };
}

function roundTrip(
  kind: string,
  name: string,
  milliseconds: number,
  more: Partial<Published> = {},
): PublishedRoundTrip {
  return { quantity: 'round-trip', kind, name, milliseconds, ...more };
}

function noLoss(kind: string, name: string): PublishedLoss {
  return { quantity: 'loss', kind, name, percent: 0, askedBitsPerSecond: 100 * M };
}
