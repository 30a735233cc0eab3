/** Text stays text: no markup, no tag, no link, no end of a table's cell or line. */
export function markdownText(text: string): string {
  return (
    text
      .replaceAll(/[\s\p{Cc}]+/gu, ' ')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll(/[\\`*_{}[\]|~#!$]/g, '\\$&')
      // What GitHub makes links of by itself: mentions and addresses. The joiner is not to be seen.
      .replaceAll(/@(?=\w)/g, '@\u2060')
      .replaceAll(/:\/\//g, ':\u2060//')
  );
}

/** A table of GitHub's. */
export function markdownTable(
  columns: readonly { title: string; numeric: boolean }[],
  rows: readonly (readonly string[])[],
): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    row(columns.map(({ title }) => markdownText(title))),
    row(columns.map(({ numeric }) => (numeric ? '---:' : '---'))),
    ...rows.map((cells) => row(cells.map(markdownText))),
  ].join('\n');
}
