import { isSuite, suiteTable } from './suite-table.js';
import { type Summarised, summaryTable } from './summary-rows.js';
import { tableLines, wrapped } from './table-layout.js';

/**
 * The table of a comparison for a terminal, and what belongs below it.
 * @param width Of the terminal; undefined = as wide as it gets.
 */
export function terminalTable(result: Summarised, width: number | undefined): string[] {
  const { columns, rows, notes } = summaryTable(result);
  const below = notes.length === 0 ? [] : ['', ...notes.flatMap((note) => wrapped(note, width))];
  if (isSuite(result)) {
    const suite = suiteTable(result);
    return [...tableLines(suite.columns, suite.rows, width), ...below];
  }
  const texts = rows.map((row) => columns.map(({ field }) => row.texts[field]));
  const layout = columns.map(({ field, title, numeric }) => ({ title, numeric, wraps: field === 'limitedBy' }));
  return [...tableLines(layout, texts, width), ...below];
}
