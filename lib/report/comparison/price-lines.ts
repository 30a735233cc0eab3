import { tableLines, wrapped } from '../table-layout.js';
import { priceNotes, priceTable } from './price-table.js';
import { type ReportSection, reportedCells } from './section.js';

/** Below the table of a comparison, where it is across hosts. */
export function priceLines(
  section: Pick<ReportSection, 'plan' | 'runs' | 'analysis'>,
  width: number | undefined,
): string[] {
  const cells = reportedCells(section);
  const price = priceTable(cells);
  if (price === undefined) return [];
  const layout = price.columns.map(({ title, numeric }, index) => ({ title: index === 0 ? 'price' : title, numeric }));
  return ['', ...tableLines(layout, price.rows, width), ...priceNotes(cells).flatMap((note) => wrapped(note, width))];
}
