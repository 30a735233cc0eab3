import { rateInWords } from '../compare/limits/figures-in-words.js';
import type { LinkMeasurement, PacketOnLine } from '../compare/link-measurement.js';
import type { Measurement } from '../compare/measurement.js';
import { linkPriceLines } from './link-price-lines.js';

/** Across two hosts: what the link can carry of such packets and how near the test came, and what the network cost. */
export function linkLines({ link, directions }: Pick<Measurement, 'link' | 'directions'>): string[] {
  if (link === undefined) return [];
  return [...arithmeticLine(link, directions), ...linkPriceLines(link)];
}

/**
 * `link 1 Gbit/s: 1398 payload of 1538 bytes a packet (outer IPv4 20, UDP 8, VXLAN 8, inner Ethernet 14; IP and TCP 52;
 * Ethernet 38) carries 909 Mbit/s; measured 908 Mbit/s (99.9 %)`
 */
function arithmeticLine(link: LinkMeasurement, directions: Measurement['directions']): string[] {
  const { rateBitsPerSecond, packet, carriesBitsPerSecond } = link;
  if (packet === undefined) return [];
  const bytes = `${packet.payloadBytes} payload of ${packet.lineBytes} bytes ${inPackets(packet)} (${partsInWords(link, packet)})`;
  if (rateBitsPerSecond === undefined || carriesBitsPerSecond === undefined) {
    const share = (100 * packet.payloadBytes) / packet.lineBytes;
    return [`link without a rate of its own: ${bytes} would be ${share.toFixed(1)} % of a line's rate`];
  }
  const measured = directions.map(({ from, bitsPerSecond }) => {
    const label = directions.length > 1 ? ` from ${from}` : '';
    const { reachedPercent } = link.directions.find((direction) => direction.from === from) ?? {};
    const percent = reachedPercent === undefined ? '' : ` (${reachedPercent.toFixed(1)} %)`;
    return `${rateInWords(bitsPerSecond)}${label}${percent}`;
  });
  return [
    `link ${rateInWords(rateBitsPerSecond)}: ${bytes} carries ${rateInWords(carriesBitsPerSecond)}; ` +
      `measured ${measured.join(', ')}`,
  ];
}

function inPackets({ packets }: PacketOnLine): string {
  return packets === 1 ? 'a packet' : `in ${packets} packets a datagram`;
}

/** The tunnel's headers, then the ends' own, then Ethernet's. */
function partsInWords({ headers }: LinkMeasurement, { parts }: PacketOnLine): string {
  const words = parts.map(({ name, bytes }) => `${name} ${bytes}`);
  const tunnel = words.slice(0, headers.length);
  return [...(tunnel.length === 0 ? [] : [tunnel.join(', ')]), ...words.slice(headers.length)].join('; ');
}
