import { rateInWords } from '../../compare/limits/figures-in-words.js';
import type { HostCost, LinkMeasurement } from '../../compare/link-measurement.js';
import { BARE_LINK, MEASURE, PINNED } from '../../compare/suite/container-networks.js';
import { countInWords, headerPercent, secondsText } from '../link-price-lines.js';
import { orderSentences } from '../reference/order-sentences.js';
import type { ReportedCell } from '../reported-cell.js';
import { filledTable, medianText, type TextTable } from '../text-table.js';
import { bareLinkCommand } from './bare-link-command.js';
import { threeDigits } from './quantities.js';

interface PriceRow {
  cell: ReportedCell;
  links: LinkMeasurement[];
}

/**
 * What each network between two hosts took, beside what the bare link gives; medians of the runs. undefined where no cell
 * is across hosts.
 */
export function priceTable(cells: readonly ReportedCell[]): TextTable | undefined {
  const rows = priceRows(cells);
  const figure = (of: (link: LinkMeasurement) => number | undefined, format: (value: number) => string) => ({
    numeric: true,
    of: ({ links }: PriceRow) => medianText(links.map(of), format),
  });
  const hostCost = (end: 'client' | 'server', of: (cost: HostCost) => number | undefined) =>
    figure(({ hosts }) => hosts && of(hosts[end]), secondsText);
  // Beside a network of which nothing else is known, those of the others are to be seen too.
  const isTogether = rows.some(({ links }) => links.some(({ hosts }) => hosts === undefined));
  const bothCost = (of: (cost: HostCost) => number | undefined) =>
    figure(({ machine }) => (isTogether && machine ? of(machine) : undefined), secondsText);
  return filledTable('The price of each network between the hosts, medians of the runs', rows, [
    { title: 'cell', of: ({ cell }) => cell.cell.name },
    { title: `of ${BARE_LINK}`, numeric: true, of: ({ cell }) => efficiency(cell, cells) },
    {
      title: 'payload of line bytes',
      numeric: true,
      of: ({ links: [link] }) => (link?.packet ? `${link.packet.payloadBytes} of ${link.packet.lineBytes}` : ''),
    },
    { title: 'link carries', ...figure(({ carriesBitsPerSecond }) => carriesBitsPerSecond, rateInWords) },
    { title: 'of that', ...figure(reachedPercent, (percent) => `${percent.toFixed(1)} %`) },
    { title: 'headers', ...figure(headerPercent, (percent) => `${percent.toFixed(1)} %`) },
    { title: 'packets/GB', ...figure(packetsPerGigabyte, countInWords) },
    { title: 'segments a packet', ...figure(segmentsPerPacket, threeDigits) },
    { title: 'client CPU s/GB', ...hostCost('client', (cost) => cost.cpuSecondsPerGigabyte) },
    { title: 'its softirq', ...hostCost('client', (cost) => cost.softirqSecondsPerGigabyte) },
    { title: 'server CPU s/GB', ...hostCost('server', (cost) => cost.cpuSecondsPerGigabyte) },
    { title: 'its softirq', ...hostCost('server', (cost) => cost.softirqSecondsPerGigabyte) },
    { title: 'both CPU s/GB', ...bothCost((cost) => cost.cpuSecondsPerGigabyte) },
    { title: 'their softirq', ...bothCost((cost) => cost.softirqSecondsPerGigabyte) },
    { title: 'their switches', ...bothCost((cost) => cost.carrierSecondsPerGigabyte) },
  ]);
}

/** What the table does not say by itself: an order that was published, and what it lacks, with the command that would; nothing where it lacks nothing. */
export function priceNotes(cells: readonly ReportedCell[]): string[] {
  const order = orderSentences(cells);
  const rows = priceRows(cells).map(({ cell }) => cell);
  const kinds = [...new Set(rows.map(({ cell }) => cell.levels.topology ?? ''))];
  if (kinds.length === 0 || kinds.includes(BARE_LINK) || kinds.includes('')) return order;
  return [
    ...order,
    `What share of the bare link they reach is not known: ${BARE_LINK} is not among them. ` +
      `It is with: ${bareLinkCommand(rows)}`,
  ];
}

/** Of a suite the measure that tells the hosts apart. */
function priceRows(cells: readonly ReportedCell[]): PriceRow[] {
  return cells.flatMap((cell) => {
    const links = cell.measured.flatMap(({ measurement }) => measurement.link ?? []);
    return links.length === 0 || cell.cell.role === 'twin' || ![undefined, PINNED].includes(cell.cell.levels[MEASURE])
      ? []
      : [{ cell, links }];
  });
}

/** The ratio of the verdict where it is held against the bare link, else that of the medians. */
function efficiency(own: ReportedCell, cells: readonly ReportedCell[]): string {
  if (own.cell.levels.topology === BARE_LINK) return '1.00';
  const bare = cells.find(
    ({ cell }) =>
      cell.role !== 'twin' &&
      cell.levels.topology === BARE_LINK &&
      Object.entries(cell.levels).every(
        ([factor, level]) => factor === 'topology' || own.cell.levels[factor] === level,
      ),
  );
  const contrast = own.contrasts.find(({ baseline }) => baseline === bare?.cell.id);
  if (contrast?.ratio !== undefined) {
    const [low, high] = contrast.interval ?? [];
    const interval = low === undefined || high === undefined ? '' : ` (${times(low)} - ${times(high)})`;
    return `${times(contrast.ratio)}${interval}`;
  }
  const [rate, bareRate] = [own, bare].map((one) => one?.summary.medianBitsPerSecond);
  return rate === undefined || !bareRate ? '' : times(rate / bareRate);
}

function times(factor: number): string {
  return factor.toFixed(factor < 0.1 ? 3 : 2);
}

/** Of two directions the lesser. */
function reachedPercent({ directions }: LinkMeasurement): number | undefined {
  return least(directions.map((direction) => direction.reachedPercent));
}

function packetsPerGigabyte({ directions }: LinkMeasurement): number | undefined {
  return least(directions.map((direction) => direction.packetsPerGigabyte));
}

function segmentsPerPacket({ directions }: LinkMeasurement): number | undefined {
  return least(directions.map((direction) => direction.segmentsPerPacket));
}

function least(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
