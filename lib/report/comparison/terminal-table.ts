import { tableLines, wrapped } from '../table-layout.js';
import { isSuite, suiteTables } from './suite-table.js';
import { type Summarised, summaryTable } from './summary-rows.js';

/**
 * The table of a comparison for a terminal, and what belongs below it.
 * @param width Of the terminal; undefined = as wide as it gets.
 */
export function terminalTable(result: Summarised, width: number | undefined): string[] {
  const { columns, rows, notes } = summaryTable(result);
  const below = notes.length === 0 ? [] : ['', ...notes.flatMap((note) => wrapped(note, width))];
  if (isSuite(result)) {
    const suite = suiteTables(result);
    const tables = suite.map(({ caption, columns: [first, ...others], rows: cells }) => {
      const title = suite.length === 1 ? first!.title : caption.toLowerCase();
      return tableLines([{ ...first!, title }, ...others], cells, width);
    });
    return [...tables.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines])), ...below];
  }
  const texts = rows.map((row) => columns.map(({ field }) => row.texts[field]));
  const layout = columns.map(({ field, title, numeric }) => ({ title, numeric, wraps: field === 'limitedBy' }));
  return [...tableLines(layout, texts, width), ...below];
}
