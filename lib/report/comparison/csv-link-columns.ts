import type { LinkMeasurement } from '../../compare/link-measurement.js';
import { type CsvColumn, ofMeasured } from './csv-column.js';

/** Of tests between two hosts. */
export const LINK_COLUMNS: readonly CsvColumn[] = [
  column('link_rate_bits_per_s', 'of the line between the hosts', ({ rateBitsPerSecond }) => rateBitsPerSecond),
  column('link_carries_bits_per_s', 'goodput of full packets at that rate', (link) => link.carriesBitsPerSecond),
  column('packet_payload_bytes', 'of a full packet, or of a datagram', ({ packet }) => packet?.payloadBytes),
  column('packet_line_bytes', 'the same on the line, preamble and gap too', ({ packet }) => packet?.lineBytes),
  column('link_packets', 'that the senders put on the link', ({ directions }) => sum(directions, 'packets')),
  column('link_bytes', 'the same as frames', ({ directions }) => sum(directions, 'bytes')),
  ...(['client', 'server'] as const).flatMap((end) => [
    column(
      `${end}_host_cpu_s_per_gb`,
      `threads, switch and softirq of the ${end}'s host`,
      ({ hosts }) => hosts?.[end].cpuSecondsPerGigabyte,
    ),
    column(`${end}_softirq_s_per_gb`, 'softirq of that', ({ hosts }) => hosts?.[end].softirqSecondsPerGigabyte),
  ]),
  column('both_hosts_cpu_s_per_gb', 'of both together', ({ machine }) => machine?.cpuSecondsPerGigabyte),
];

function column(name: string, meaning: string, of: (link: LinkMeasurement) => number | undefined): CsvColumn {
  return { name, meaning, value: ofMeasured(({ measurement: { link } }) => link && of(link)) };
}

function sum(directions: LinkMeasurement['directions'], field: 'packets' | 'bytes'): number | undefined {
  const known = directions.flatMap((direction) => direction[field] ?? []);
  return known.length === 0 ? undefined : known.reduce((total, one) => total + one, 0);
}
