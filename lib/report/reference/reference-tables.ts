import { rateInWords } from '../../compare/limits/figures-in-words.js';
import type { Measurement } from '../../compare/measurement.js';
import { medianRun, type ReportedCell } from '../reported-cell.js';
import type { TextTable } from '../text-table.js';
import { explanation, type OwnTest } from './explanation.js';
import { ownCell } from './own-cell.js';
import { PUBLISHED_SOURCES, type PublishedFigure, type PublishedSource } from './published-figures.js';

/** Published figures beside ours, a table for each source. */
export function referenceTables(cells: readonly ReportedCell[]): TextTable[] {
  return PUBLISHED_SOURCES.map((source) => ({
    caption: `Published: ${source.description}`,
    columns: [
      { title: 'network', numeric: false },
      { title: 'published', numeric: true },
      { title: 'ours', numeric: true },
      { title: 'difference', numeric: false },
    ],
    rows: source.figures.map((figure) => row(figure, source, cells)),
  }));
}

function row(figure: PublishedFigure, source: PublishedSource, cells: readonly ReportedCell[]): string[] {
  const own = ownCell(figure, cells);
  const ownOf = (other: PublishedFigure) => ownTest(ownCell(other, cells));
  return [
    `${figure.name}${suffix(figure)}`,
    publishedText(figure),
    own === undefined ? 'not measured' : ownText(figure, own),
    explanation(figure, source, ownTest(own), ownOf),
  ];
}

function suffix(figure: PublishedFigure): string {
  if (figure.quantity === 'round-trip') return ', round trip';
  if (figure.quantity === 'loss') return ', loss by UDP';
  if (figure.protocol === 'udp') return ', UDP';
  return figure.pinned === undefined ? ', TCP' : `, TCP ${figure.pinned ? 'pinned' : 'unpinned'}`;
}

function publishedText(figure: PublishedFigure): string {
  switch (figure.quantity) {
    case 'round-trip':
      return `${(1000 * figure.milliseconds).toFixed(0)} us`;
    case 'loss':
      return figure.percent === 0 ? 'none' : `${figure.percent} %`;
    case 'rate':
      return figure.upToBitsPerSecond === undefined
        ? rateInWords(figure.bitsPerSecond)
        : `${rateInWords(figure.bitsPerSecond)} to ${rateInWords(figure.upToBitsPerSecond)}`;
  }
}

function ownText({ quantity }: PublishedFigure, { summary }: ReportedCell): string {
  const { medianBitsPerSecond, idleRoundTripMicroseconds, lostPercent } = summary;
  if (quantity === 'rate') return medianBitsPerSecond === undefined ? 'failed' : rateInWords(medianBitsPerSecond);
  if (quantity === 'loss')
    return lostPercent === undefined ? '' : lostPercent === 0 ? 'none' : `${lostPercent.toFixed(2)} %`;
  return idleRoundTripMicroseconds === undefined ? '' : `${idleRoundTripMicroseconds.toFixed(0)} us`;
}

function ownTest(cell: ReportedCell | undefined): OwnTest | undefined {
  const bitsPerSecond = cell?.summary.medianBitsPerSecond;
  if (cell === undefined || bitsPerSecond === undefined) return undefined;
  const run = medianRun(cell);
  return { bitsPerSecond, link: run?.measurement.link, askedBitsPerSecond: run && askedRate(run.measurement) };
}

/** Where the sender did not keep up: what it sent. */
function askedRate({ limits, directions, durationSeconds }: Measurement): number | undefined {
  const asked = limits.find(({ kind }) => kind === 'asked-rate')?.evidence.askedBitsPerSecond;
  const [direction] = directions;
  return asked ?? (direction?.sentBytes === undefined ? undefined : (8 * direction.sentBytes) / durationSeconds);
}
