import { type Content, element, type Markup } from './markup.js';

export interface TableColumn {
  title: string;
  /** Stands to the right. */
  numeric?: boolean | undefined;
}

/**
 * A table whose first column heads its rows. Each cell knows its column's title, which a narrow screen shows before it
 * in place of the head of the table.
 */
export function table(
  caption: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly Content[])[],
  className = '',
): Markup {
  return element(
    'table',
    { class: className === '' ? undefined : className, role: 'table' },
    element('caption', {}, caption),
    element(
      'thead',
      { role: 'rowgroup' },
      element(
        'tr',
        { role: 'row' },
        columns.map(({ title, numeric }) =>
          element('th', { scope: 'col', role: 'columnheader', class: numeric ? 'number' : undefined }, title),
        ),
      ),
    ),
    element(
      'tbody',
      { role: 'rowgroup' },
      rows.map((cells) =>
        element(
          'tr',
          { role: 'row' },
          cells.map((content, index) => tableCell(content, index, columns[index])),
        ),
      ),
    ),
  );
}

function tableCell(content: Content, index: number, column: TableColumn | undefined): Markup {
  const numeric = column?.numeric ? 'number' : undefined;
  if (index === 0) return element('th', { scope: 'row', role: 'rowheader', class: numeric }, content);
  // Roles are said, since a narrow screen shows rows as blocks and browsers then forget that it is a table.
  return element('td', { role: 'cell', class: numeric, 'data-title': column?.title }, element('span', {}, content));
}
