import type { HostCost, LinkMeasurement } from '../compare/link-measurement.js';
import { ETHERNET_LINE_BYTES } from '../topology/hosts/link-rate.js';
import { threeDigits } from './comparison/quantities.js';

/** Fewer segments to a packet: it is some other packet that makes up the difference. */
const TOGETHER = 1.5;
/** Of a frame. Smaller ones are of small writes, or acknowledgements of the other direction. */
const NEARLY_FULL = 0.9;

/**
 * What the network between the hosts took: bytes of headers, offloads, CPU of each host. `price: headers 50 of 1538 bytes
 * (3.3 %); 44 segments a packet on the link`.
 */
export function linkPriceLines(link: LinkMeasurement): string[] {
  const parts = [...headersInWords(link), ...offloadsInWords(link)];
  return [...(parts.length === 0 ? [] : [`price: ${parts.join('; ')}`]), ...hostLines(link)];
}

/** What the tunnel's headers take of the line, percent. */
export function headerPercent({ headers, packet }: LinkMeasurement): number | undefined {
  if (packet === undefined) return undefined;
  return (100 * tunnelBytes(headers.length, packet.parts)) / packet.lineBytes;
}

function tunnelBytes(headers: number, parts: LinkMeasurement['headers']): number {
  return parts.slice(0, headers).reduce((sum, { bytes }) => sum + bytes, 0);
}

function headersInWords(link: LinkMeasurement): string[] {
  const { headers, packet } = link;
  if (packet === undefined || headers.length === 0) return [];
  const percent = headerPercent(link)!.toFixed(1);
  return [
    `the tunnel's headers ${tunnelBytes(headers.length, packet.parts)} of ${packet.lineBytes} bytes (${percent} %)`,
  ];
}

function offloadsInWords({ directions, packet, lostOffloads = [], packetsTakenApart }: LinkMeasurement): string[] {
  const counts = directions.flatMap(({ segmentsPerPacket }) => segmentsPerPacket ?? []);
  const lost = lostOffloads.map(
    ({ namespace, interface: name, features }) => `no ${features.join(' and ')} at ${name} in ${namespace}`,
  );
  if (counts.length === 0) return lost;
  const least = Math.min(...counts);
  if (packetsTakenApart) return ["segments are taken apart for the link's rate", ...lost];
  if (least < TOGETHER) {
    const areFull =
      directions.length === 1 && (directions[0]!.meanPacketBytes ?? 0) >= NEARLY_FULL * frameBytes(packet);
    const text = 'a segment a packet on the link: segmentation offload is lost on the way';
    return areFull ? [text, ...lost] : lost;
  }
  return [`${threeDigits(least)} segments a packet on the link`, ...lost];
}

/** As the card counts a full packet. */
function frameBytes(packet: LinkMeasurement['packet']): number {
  return packet === undefined ? Number.POSITIVE_INFINITY : packet.lineBytes / packet.packets - ETHERNET_LINE_BYTES;
}

function hostLines({ hosts, machine, directions }: LinkMeasurement): string[] {
  const packets = (from: 'client' | 'server') => {
    const { packetsPerGigabyte, meanPacketBytes } = directions.find((direction) => direction.from === from) ?? {};
    if (packetsPerGigabyte === undefined || meanPacketBytes === undefined) return '';
    return `  ${countInWords(packetsPerGigabyte)} packets/GB of ${meanPacketBytes.toFixed(0)} bytes sent`;
  };
  if (hosts !== undefined) {
    return (['client', 'server'] as const).map((end) => `host ${end}  ${costInWords(hosts[end])}${packets(end)}`);
  }
  const sent = directions.map(({ from }) => packets(from)).filter((text) => text !== '');
  if (machine === undefined) return sent.map((text) => `link${text}`);
  return [
    `both hosts  ${costInWords(machine)}${sent.join('')}`,
    machine.carrierSecondsPerGigabyte === undefined
      ? 'which host took what is known only of ends on cores of their own, as root and without --rps: try --pin auto'
      : 'which host took what is not known: its switch or proxy runs on any core',
  ];
}

function costInWords(cost: HostCost): string {
  const { cpuSecondsPerGigabyte, softirqSecondsPerGigabyte, carrierSecondsPerGigabyte } = cost;
  const parts = [
    `softirq ${secondsText(softirqSecondsPerGigabyte)}`,
    ...(carrierSecondsPerGigabyte === undefined ? [] : [`switch ${secondsText(carrierSecondsPerGigabyte)}`]),
  ];
  return `${secondsText(cpuSecondsPerGigabyte)} CPU s/GB (${parts.join(', ')})`;
}

/** Fast paths cost hundredths of a second. */
export function secondsText(seconds: number): string {
  return seconds < 1 ? seconds.toFixed(3) : threeDigits(seconds);
}

/** `716 k`, `15.3 k` */
export function countInWords(count: number): string {
  if (count >= 1e6) return `${threeDigits(count / 1e6)} M`;
  return count >= 1000 ? `${threeDigits(count / 1000)} k` : count.toFixed(0);
}
