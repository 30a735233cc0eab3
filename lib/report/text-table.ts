import { median } from '../compare/statistics/median.js';

/** A table as text by column, without columns in which nothing stands. */
export interface TextTable {
  caption: string;
  columns: { title: string; numeric: boolean }[];
  rows: string[][];
}

interface TextColumn<Row> {
  title: string;
  numeric?: boolean;
  of(row: Row): string;
}

/** undefined where there is no row. */
export function filledTable<Row>(
  caption: string,
  rows: readonly Row[],
  columns: readonly TextColumn<Row>[],
): TextTable | undefined {
  const cells = columns
    .map(({ title, numeric = false, of }) => ({ title, numeric, texts: rows.map(of) }))
    .filter(({ texts }) => texts.some((text) => text !== ''));
  if (rows.length === 0) return undefined;
  return {
    caption,
    columns: cells.map(({ title, numeric }) => ({ title, numeric })),
    rows: rows.map((_, row) => cells.map(({ texts }) => texts[row] ?? '')),
  };
}

export function medianText(values: readonly (number | undefined)[], format: (value: number) => string): string {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? '' : format(median(known));
}
