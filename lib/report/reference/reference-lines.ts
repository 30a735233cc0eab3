import type { ReportedCell } from '../reported-cell.js';
import { tableLines, wrapped } from '../table-layout.js';
import { referenceTables } from './reference-tables.js';

/** --reference on a terminal. */
export function referenceLines(cells: readonly ReportedCell[], width: number | undefined): string[] {
  return referenceTables(cells).flatMap(({ caption, columns, rows }) => [
    '',
    ...wrapped(caption, width),
    ...tableLines(
      columns.map((column, index) => ({ ...column, wraps: index === columns.length - 1 })),
      rows,
      width,
    ),
  ]);
}
