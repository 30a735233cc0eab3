import { referenceTables } from '../reference/reference-tables.js';
import type { ReportedCell } from '../reported-cell.js';
import type { Content } from './markup.js';
import { table } from './table.js';

/** --reference: what others published of such networks, beside ours. */
export function referencePart(cells: readonly ReportedCell[]): Content {
  return referenceTables(cells).map(({ caption, columns, rows }) => table(caption, columns, rows, 'summary'));
}
