import { ownProgram } from '../../platform/own-program.js';
import type { Host } from '../hosts/host-pair.js';
import { ETHERNET_HEADER_BYTES } from '../hosts/link-rate.js';
import { type Argument, type DaemonStep, inside, type TunnelHeader } from '../plan.js';
import type { WeaveHost, WeavePath } from './weave-host.js';

const UDP_PORT = 6783;
/** What weave captures its packets on. */
const CABLE_END = 'vethwe-pcap';
/** See native/wire/sleeve_header.h: the sender's name, then both peers' names and the length of the frame. */
const SLEEVE_HEADER_BYTES = 6 + 6 + 6 + 2;

const PEER_NAME: Readonly<Record<Host['namespace'], string>> = {
  host1: '020000000001',
  host2: '020000000002',
};

/** Weave's slow path: frames are captured from the bridge and carried in UDP by a process on each host. */
export function sleeve(underlayFamily: 4 | 6): WeavePath {
  return {
    via: ['sleeve'],
    cableEnd: CABLE_END,
    remarks: [
      "sleeve: frames carried in UDP by a process of vnetperf's own, not Weave's",
      'checksum offload off at the ends',
    ],
    headers: sleeveHeaders(underlayFamily),
    // A captured frame must be whole: a checksum that was left to the device would never be computed.
    endSteps: ({ namespace, interface: device }) => [inside(namespace, `ethtool -K ${device} tx off tso off`)],
    carrySteps: (weaveHost) => [daemonStep(weaveHost)],
    carrier: ({ host }) => ({ type: 'daemon', name: daemonName(host) }),
  };
}

/** Without weave's encryption. */
export function sleeveHeaders(underlayFamily: 4 | 6): TunnelHeader[] {
  return [
    underlayFamily === 6 ? { name: 'outer IPv6', bytes: 40 } : { name: 'outer IPv4', bytes: 20 },
    { name: 'UDP', bytes: 8 },
    { name: 'sleeve', bytes: SLEEVE_HEADER_BYTES },
    { name: 'inner Ethernet', bytes: ETHERNET_HEADER_BYTES },
  ];
}

function daemonStep({ host, peer }: WeaveHost): DaemonStep {
  const readyFile: Argument = { file: `sleeve-${host.namespace}.ready` };
  return {
    type: 'daemon',
    name: daemonName(host),
    namespace: host.namespace,
    command: [
      ...ownProgram('weave-sleeve'),
      ...([CABLE_END, host.address, peer.address, `${UDP_PORT}`] as const),
      ...[PEER_NAME[host.namespace], PEER_NAME[peer.namespace], readyFile],
    ],
    ready: ['test', '-e', readyFile],
  };
}

function daemonName({ namespace }: Host): string {
  return `sleeve on ${namespace}`;
}
