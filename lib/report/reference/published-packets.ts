import { packetOnLine, payloadRate } from '../../compare/link/packet-on-line.js';
import { headerBytes, vxlanHeaders } from '../../topology/hosts/encapsulation.js';

/** Those that put VXLAN around each packet; all others send it as it is. */
const OVER_VXLAN: ReadonlySet<string> = new Set(['docker-overlay', 'ovs-vxlan', 'vxlan', 'flannel-vxlan', 'weave']);
/** weave leaves more room than its headers need. */
const WEAVE_MTU_BYTES = 1376;
const LINK_MTU_BYTES = 1500;
/** What iperf3 sent by default before 3.2, also where the path carries less. */
const DATAGRAM_BYTES = 8192;

/** Goodput of a line full of such packets as the published networks sent: IPv4, an MTU of 1500 on the line. */
export function publishedLineCarries(lineBitsPerSecond: number, kind: string, protocol: 'tcp' | 'udp'): number {
  const headers = OVER_VXLAN.has(kind) ? vxlanHeaders(4) : [];
  const mtuBytes = kind === 'weave' ? WEAVE_MTU_BYTES : LINK_MTU_BYTES - headerBytes(headers);
  const link = { mtuBytes: LINK_MTU_BYTES, headers };
  return payloadRate(
    lineBitsPerSecond,
    packetOnLine(link, { protocol, family: 4, mtuBytes, lengthBytes: DATAGRAM_BYTES }),
  );
}
