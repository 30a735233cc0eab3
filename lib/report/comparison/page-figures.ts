import type { ReportedCell } from '../reported-cell.js';
import { type FigureOptions, NARROW, WIDE } from './figure.js';
import { type Content, element, type Markup } from './markup.js';
import { microsecondsText } from './quantities.js';
import { lossPlot, retransmitPlot } from './retransmits.js';
import { retransmitsOf } from './run-figures.js';
import { table } from './table.js';
import { throughputOverTime, timeScales } from './throughput-over-time.js';

/** A small drawing for each cell, beside each other, with its name above it. */
export function panels(
  cells: readonly ReportedCell[],
  draw: (cell: ReportedCell, options: FigureOptions) => Markup | undefined,
  id: string,
  className = 'panels',
): Content {
  const drawn = cells.flatMap((cell, index) => {
    const drawing = draw(cell, { width: NARROW, id: `${id}-${index + 1}` });
    return drawing === undefined ? [] : [element('figure', {}, element('figcaption', {}, cell.cell.name), drawing)];
  });
  return drawn.length === 0 ? undefined : element('div', { class: className }, drawn);
}

export function overTimePart(cells: readonly ReportedCell[], id: string): Content {
  const scales = timeScales(cells);
  const drawings = panels(cells, (cell, options) => throughputOverTime(cell, scales, options), `${id}-time`);
  if (drawings === undefined) return undefined;
  return [element('p', { class: 'faint' }, 'A line is a run; the thick one had the median throughput.'), drawings];
}

/** What TCP sent again and what UDP lost; a sentence where there was nothing of it. */
export function resentPart(cells: readonly ReportedCell[], id: string): Content {
  const counts = cells.flatMap(({ measured }) => measured.flatMap((run) => retransmitsOf(run) ?? []));
  const none = counts.length > 0 && counts.every((count) => count === 0);
  return [
    none
      ? element('p', {}, 'TCP sent nothing again in any run that counts.')
      : atBothWidths((options) => retransmitPlot(cells, options), `${id}-resent`),
    atBothWidths((options) => lossPlot(cells, options), `${id}-lost`),
  ];
}

function atBothWidths(draw: (options: FigureOptions) => Markup | undefined, id: string): Content {
  const wide = draw({ width: WIDE, id: `${id}-wide` });
  if (wide === undefined) return undefined;
  return element(
    'figure',
    {},
    element('div', { class: 'wide' }, wide),
    element('div', { class: 'narrow' }, draw({ width: NARROW, id: `${id}-narrow` })),
  );
}

const PERCENTILES = [50, 90, 99, 99.9];

/** Median over the runs of each percentile. */
export function latencyPart(cells: readonly ReportedCell[]): Content {
  const rows = cells.flatMap(({ cell, measured }) =>
    (['idle', 'loaded'] as const).flatMap((when) => {
      const found = measured.flatMap(({ measurement }) => measurement.latency?.[when] ?? []);
      if (found.length === 0) return [];
      const samples = found.reduce((sum, one) => sum + one.samples, 0);
      const lost = found.reduce((sum, one) => sum + one.lost, 0);
      const percentiles = PERCENTILES.map((percentile) => {
        const values = found.flatMap(
          (one) => one.percentiles.find((known) => known.percentile === percentile)?.microseconds ?? [],
        );
        return values.length === 0 ? '' : microsecondsText(middle(values));
      });
      return [[cell.name, when === 'idle' ? 'idle' : 'under load', ...percentiles, `${samples}`, `${lost}`]];
    }),
  );
  if (rows.length === 0) return undefined;
  return table(
    'UDP round trips between the ends: the median of the runs',
    [
      { title: 'cell' },
      { title: 'when' },
      ...PERCENTILES.map((percentile) => ({ title: percentile === 50 ? 'median' : `${percentile} %`, numeric: true })),
      { title: 'samples', numeric: true },
      { title: 'lost', numeric: true },
    ],
    rows,
  );
}

function middle(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b);
  const half = ordered.length / 2;
  return (ordered[Math.ceil(half) - 1]! + ordered[Math.floor(half)]!) / 2;
}
