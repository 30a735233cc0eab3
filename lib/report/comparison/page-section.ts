import type { ReportedCell } from '../reported-cell.js';
import { dotPlot } from './dot-plot.js';
import { NARROW, WIDE } from './figure.js';
import { type Content, element, type Markup } from './markup.js';
import { coreParts } from './page-cores.js';
import { environmentPart, networkPart, planPart, repeatPart } from './page-facts.js';
import { latencyPart, overTimePart, resentPart } from './page-figures.js';
import { detail, folded, type PartPlace, part } from './page-part.js';
import { referencePart } from './page-reference.js';
import { costPart, limitsPart, oddityPart, pricePart, runsPart } from './page-runs.js';
import { differencesPart, summaryPart } from './page-summary.js';
import { type ReportSection, reportedCells } from './section.js';
import { openingNotices, originText, verdictSentences } from './section-words.js';

const MANY_CELLS = 10;

/** The answer first, then what it rests on, then what a reader needs to do it again. */
export function pageSection(section: ReportSection, { id, alone }: { id: string; alone: boolean }): Markup {
  const cells = reportedCells(section);
  // The twin is the baseline again: beside it, its details would only fill the page.
  const detailed = cells.filter(({ cell }) => cell.role !== 'twin');
  const place: PartPlace = { id, level: alone ? 2 : 3, long: detailed.length > MANY_CELLS };
  return element(
    'section',
    { id },
    alone ? undefined : element('h2', {}, section.heading),
    element('p', { class: 'faint' }, originText(section)),
    openingNotices(section).map((notice) => element('p', { class: 'notice', role: 'note' }, notice)),
    element(
      'div',
      { class: 'verdict' },
      verdictSentences(section).map((sentence) => element('p', {}, sentence)),
    ),
    summaryPart(section),
    part('Every run', place, dots(cells, id)),
    part('Differences', place, differencesPart(section)),
    part('The price of the network', place, pricePart(cells)),
    section.reference ? part('Published figures', place, referencePart(cells)) : undefined,
    detail('What limited it', place, limitsPart(detailed)),
    detail('Where the time went', place, costPart(detailed)),
    detail('Throughput over time', place, overTimePart(detailed, id)),
    coreParts(detailed, place),
    detail('Round trips', place, latencyPart(detailed)),
    detail('Retransmits and loss', place, resentPart(cells, id)),
    part('Outliers, failures, warnings', place, oddityPart(section, cells)),
    part('To repeat it', place, repeatPart(section)),
    folded('Plan and order', place, planPart(section)),
    folded('Figures of every run', place, runsPart(cells)),
    folded('The network', place, networkPart(detailed)),
    folded('The machine', place, environmentPart(section)),
  );
}

function dots(cells: readonly ReportedCell[], id: string): Content {
  return element(
    'figure',
    {},
    element('div', { class: 'wide' }, dotPlot(cells, { width: WIDE, id: `${id}-dots-wide` })),
    element('div', { class: 'narrow' }, dotPlot(cells, { width: NARROW, id: `${id}-dots-narrow` })),
    element(
      'p',
      { class: 'faint' },
      'A dot is a run, from top to bottom in the order of the blocks. The bar is the 95 % interval of the median, the line in it the median. Diamonds are outliers, crosses runs that failed.',
    ),
  );
}
