import { headerBytes } from '../../topology/hosts/encapsulation.js';
import { ETHERNET_HEADER_BYTES, ETHERNET_LINE_BYTES, LEAST_FRAME_BYTES } from '../../topology/hosts/link-rate.js';
import type { PlannedLink } from '../../topology/plan.js';
import type { PacketOnLine } from '../link-measurement.js';

const TCP_HEADER_BYTES = 20;
/** RFC 7323: the option and two bytes of padding, in every segment where both ends have it, as Linux has by default. */
const TIMESTAMP_BYTES = 12;
const UDP_HEADER_BYTES = 8;
/** RFC 8200, 4.5: IPv6 fragments have a header of their own. */
const FRAGMENT_HEADER_BYTES = 8;
const IP_HEADER_BYTES = { 4: 20, 6: 40 } as const;

/** What the packets of a test are made of. */
export interface TestPackets {
  protocol: 'tcp' | 'udp';
  family: 4 | 6;
  /** Of the ends, as far as packets cross whole. */
  mtuBytes: number;
  /** UDP: of a datagram. */
  lengthBytes: number;
  /** TCP: payload of a segment as the kernel has it, options taken off. Default: what the MTU leaves. */
  mssBytes?: number | undefined;
}

/** A full segment, or a datagram with all its fragments, as Ethernet carries it: IEEE 802.3's own bytes counted. */
export function packetOnLine(link: Pick<PlannedLink, 'mtuBytes' | 'headers'>, test: TestPackets): PacketOnLine {
  const { payloadBytes, packets } = test.protocol === 'tcp' ? segment(test) : datagram(test);
  const tunnelBytes = headerBytes(link.headers);
  const frames = packets.flatMap((bytes) => outerPackets(bytes + tunnelBytes, link));
  const framesBytes = frames.map((bytes) => Math.max(LEAST_FRAME_BYTES, bytes + ETHERNET_HEADER_BYTES));
  const lineBytes = sum(framesBytes) + frames.length * ETHERNET_LINE_BYTES;
  const ethernetBytes = frames.length * (ETHERNET_HEADER_BYTES + ETHERNET_LINE_BYTES);
  const outerFragmentBytes = sum(frames) - sum(packets) - packets.length * tunnelBytes;
  const parts = [
    ...link.headers.map(({ name, bytes }, index) => ({
      name,
      bytes: bytes * packets.length + (index === 0 ? outerFragmentBytes : 0),
    })),
    { name: `IP and ${test.protocol.toUpperCase()}`, bytes: sum(packets) - payloadBytes },
    { name: 'Ethernet', bytes: ethernetBytes },
    { name: 'padding', bytes: lineBytes - sum(frames) - ethernetBytes },
  ];
  return { payloadBytes, lineBytes, packets: frames.length, parts: parts.filter(({ bytes }) => bytes > 0) };
}

/** Goodput of a link on which nothing but such packets stands, one after the other. */
export function payloadRate(rateBitsPerSecond: number, { payloadBytes, lineBytes }: PacketOnLine): number {
  return (rateBitsPerSecond * payloadBytes) / lineBytes;
}

interface Packets {
  payloadBytes: number;
  /** IP packets, headers and all. */
  packets: number[];
}

function segment({ family, mtuBytes, mssBytes }: TestPackets): Packets {
  const room = mtuBytes - IP_HEADER_BYTES[family] - TCP_HEADER_BYTES;
  // Where a segment leaves less room than timestamps take, there are none.
  const optionBytes = mssBytes === undefined ? TIMESTAMP_BYTES : clamp(room - mssBytes, 0, TIMESTAMP_BYTES);
  const payloadBytes = Math.min(mssBytes ?? room, room - optionBytes);
  return { payloadBytes, packets: [IP_HEADER_BYTES[family] + TCP_HEADER_BYTES + optionBytes + payloadBytes] };
}

function datagram({ family, mtuBytes, lengthBytes }: TestPackets): Packets {
  return { payloadBytes: lengthBytes, packets: ipPackets(family, UDP_HEADER_BYTES + lengthBytes, mtuBytes) };
}

/** What goes beyond the link's MTU when the tunnel's headers stand around it becomes fragments of the outer packet. */
function outerPackets(bytes: number, { mtuBytes, headers }: Pick<PlannedLink, 'mtuBytes' | 'headers'>): number[] {
  const family = headers[0]?.bytes === IP_HEADER_BYTES[6] ? 6 : 4;
  if (headers.length === 0 || bytes <= mtuBytes) return [bytes];
  return ipPackets(family, bytes - IP_HEADER_BYTES[family], mtuBytes);
}

/** One packet, or fragments whose parts are of multiples of eight bytes but for the last (RFC 791, RFC 8200). */
function ipPackets(family: 4 | 6, bytes: number, mtuBytes: number): number[] {
  const ownBytes = IP_HEADER_BYTES[family];
  if (ownBytes + bytes <= mtuBytes) return [ownBytes + bytes];
  const fragmentHeaders = ownBytes + (family === 6 ? FRAGMENT_HEADER_BYTES : 0);
  const most = Math.max(8, 8 * Math.floor((mtuBytes - fragmentHeaders) / 8));
  const whole = Math.ceil(bytes / most) - 1;
  return [...Array<number>(whole).fill(fragmentHeaders + most), fragmentHeaders + bytes - whole * most];
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
