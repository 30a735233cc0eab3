import { median } from '../../compare/statistics/median.js';
import { MEASURE, PINNED } from '../../compare/suite/container-networks.js';
import { countInWords, secondsText } from '../link-price-lines.js';
import type { ReportedCell } from '../reported-cell.js';
import { isNetwork } from './own-cell.js';
import { PUBLISHED_ORDER, PUBLISHED_SOURCES } from './published-figures.js';

/** Beyond the published ratio: what makes up for it is then told too. */
const FAR_MORE = 1.5;

/**
 * Networks whose order across hosts has been published: whether it is the same here, and where not, what the processors
 * and the packets of each say. Nothing over a link with a rate, which is then what limits them all.
 */
export function orderSentences(cells: readonly ReportedCell[]): string[] {
  const found = PUBLISHED_ORDER.flatMap((kind) => cells.find((cell) => isOf(kind, cell)) ?? []);
  return found.slice(1).map((slower, index) => pairSentence(found[index]!, slower));
}

function isOf(kind: string, own: ReportedCell): boolean {
  const { cell, summary, measured } = own;
  return (
    cell.role !== 'twin' &&
    isNetwork({ kind }, own) &&
    [undefined, PINNED].includes(cell.levels[MEASURE]) &&
    summary.medianBitsPerSecond !== undefined &&
    measured.every(
      ({ measurement: { link, directions } }) =>
        link !== undefined &&
        link.rateBitsPerSecond === undefined &&
        directions.every(({ datagrams }) => datagrams === undefined),
    )
  );
}

function pairSentence(faster: ReportedCell, slower: ReportedCell): string {
  const [first, second] = [faster, slower].map(({ cell }) => cell.levels.topology!);
  const ratio = faster.summary.medianBitsPerSecond! / slower.summary.medianBitsPerSecond!;
  const published = publishedRatio(first!, second!);
  const times = `${ratio.toFixed(2)} times, published ${published.toFixed(2)}`;
  const why = `${costs(faster)}; ${costs(slower)}.`;
  if (ratio >= 1) {
    const said = `As published, ${first} is not slower than ${second} (${times})`;
    return ratio > FAR_MORE * published ? `${said}, and by far more: ${why}` : `${said}.`;
  }
  return overlap(faster, slower)
    ? `${first} and ${second}, published in this order, are not told apart here (${times}): ${why}`
    : `Other than published, ${second} is faster than ${first} here (${times}): ${why}`;
}

function publishedRatio(first: string, second: string): number {
  const rates = [first, second].map((kind) =>
    PUBLISHED_SOURCES.flatMap(({ figures }) => figures).find(
      (figure) => figure.quantity === 'rate' && figure.kind === kind,
    ),
  );
  const [a, b] = rates.map((figure) => (figure?.quantity === 'rate' ? figure.bitsPerSecond : Number.NaN));
  return a! / b!;
}

function overlap({ summary: a }: ReportedCell, { summary: b }: ReportedCell): boolean {
  if (a.medianInterval === undefined || b.medianInterval === undefined) return true;
  return a.medianInterval[1] >= b.medianInterval[0] && b.medianInterval[1] >= a.medianInterval[0];
}

/** `calico takes 0.310 CPU s/GB of both hosts, 0.120 of it softirq, and 22.1 k packets/GB, limited by core 0 ...` */
function costs({ cell, summary, measured }: ReportedCell): string {
  const links = measured.flatMap(({ measurement }) => measurement.link ?? []);
  const machine = links.flatMap((link) => link.machine ?? []);
  const switches = machine.flatMap((cost) => cost.carrierSecondsPerGigabyte ?? []);
  const packets = links.flatMap(({ directions }) => directions[0]?.packetsPerGigabyte ?? []);
  const parts = [
    ...(machine.length === 0
      ? []
      : [
          `${secondsText(median(machine.map((cost) => cost.cpuSecondsPerGigabyte)))} CPU s/GB of both hosts`,
          `${secondsText(median(machine.map((cost) => cost.softirqSecondsPerGigabyte)))} of it softirq`,
        ]),
    ...(switches.length === 0 ? [] : [`${secondsText(median(switches))} of its switches`]),
    ...(packets.length === 0 ? [] : [`${countInWords(median(packets))} packets/GB`]),
  ];
  const limit = summary.limitedBy.length === 0 ? '' : `, limited by ${summary.limitedBy.join('; ')}`;
  return `${cell.levels.topology} takes ${parts.join(', ')}${limit}`;
}
