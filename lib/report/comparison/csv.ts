import type { CsvColumn } from './csv-column.js';
import { FIGURE_COLUMNS, factorColumn, RUN_COLUMNS } from './csv-columns.js';
import { type ReportSection, reportedCells } from './section.js';

/**
 * One row a run, the warm-up too, in the order in which they were done; RFC 4180 in UTF-8, with CRLF. Numbers have a
 * point and no thousands, and the unit stands in the name of the column.
 */
export function csvReport(sections: readonly ReportSection[]): string {
  const factors = new Set(sections.flatMap(({ plan }) => plan.cells.flatMap(({ levels }) => Object.keys(levels))));
  const columns = [...RUN_COLUMNS, ...[...factors].map(factorColumn), ...FIGURE_COLUMNS];
  const rows = sections.flatMap((section) => {
    const cells = new Map(reportedCells(section).map((cell) => [cell.cell.id, cell]));
    return section.runs.flatMap((run) => {
      const cell = cells.get(run.cell);
      return cell === undefined ? [] : [columns.map((column) => field(column.value({ section, cell, run })))];
    });
  });
  return [columns.map(({ name }) => field(name)), ...rows].map((fields) => `${fields.join(',')}\r\n`).join('');
}

function field(value: ReturnType<CsvColumn['value']>): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return `${value}`;
  // A spreadsheet computes text that begins like a formula, and this text may have come from anywhere.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
