import { costTable, flowTable } from './cost-tables.js';
import { commandLine, environmentRows } from './facts.js';
import { type ReportSection, reportedCells } from './section.js';
import { openingNotices, originText, verdictSentences } from './section-words.js';
import { isSuite, suiteTable } from './suite-table.js';
import { summaryTable } from './summary-rows.js';

/** For an issue, a pull request or a wiki: GitHub's tables, the sentences, what it ran on, how to repeat it. */
export function markdownReport(sections: readonly ReportSection[]): string {
  return `${sections.map(sectionLines).join('\n\n')}\n`;
}

function sectionLines(section: ReportSection): string {
  const { columns, rows, notes } = summaryTable(section);
  const suite = isSuite(section) ? suiteTable(section) : undefined;
  const blocks = [
    `## ${escaped(section.heading)}`,
    ...openingNotices(section).map((notice) => `**${escaped(notice)}**`),
    verdictSentences(section).map(escaped).join('  \n'),
    ...(suite === undefined ? [] : [tableText(suite.columns, suite.rows)]),
    tableText(
      columns.map(({ field, title, numeric }) => ({ title: field === 'name' ? 'cell' : title, numeric })),
      rows.map(({ texts }) => columns.map(({ field }) => texts[field])),
    ),
    notes.map((note) => `- ${escaped(note)}`).join('\n'),
    ...costs(section),
    commands(section),
    environment(section),
    escaped(originText(section)),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

function costs(section: ReportSection): string[] {
  const cells = reportedCells(section).filter(({ cell }) => cell.role !== 'twin');
  return [costTable(cells), flowTable(cells)].flatMap((one) =>
    one === undefined ? [] : [`${escaped(one.caption)}:`, tableText(one.columns, one.rows)],
  );
}

function tableText(
  columns: readonly { title: string; numeric: boolean }[],
  rows: readonly (readonly string[])[],
): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    row(columns.map(({ title }) => escaped(title))),
    row(columns.map(({ numeric }) => (numeric ? '---:' : '---'))),
    ...rows.map((cells) => row(cells.map(escaped))),
  ].join('\n');
}

function commands(section: ReportSection): string {
  const { plan, written } = section;
  const cells = reportedCells(section).filter(({ cell }) => cell.role !== 'twin' && cell.command.length > 0);
  const lines = [
    ...(written === undefined ? [] : ['# all of it, in the same order', commandLine(['vnetperf', ...written.command])]),
    ...cells.flatMap(({ cell }) => [`# ${cell.name}`, commandLine(cell.command)]),
  ].map((line) => line.replaceAll(/\s/g, ' '));
  if (lines.length === 0) return '';
  // A fence must be longer than any that stands inside it.
  const longest = Math.max(
    2,
    ...lines.map((line) => Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length))),
  );
  const fence = '`'.repeat(longest + 1);
  const order = written === undefined ? '' : ` Seed ${plan.seed}.`;
  return `To repeat it:${order}\n\n${fence}sh\n${lines.join('\n')}\n${fence}`;
}

function environment({ environment }: ReportSection): string {
  if (environment === undefined) return '';
  const rows = environmentRows(environment);
  const columns = ['what', 'as found'].map((title) => ({ title, numeric: false }));
  return `<details><summary>The machine</summary>\n\n${tableText(columns, rows)}\n\n</details>`;
}

/** Text stays text: no markup, no tag, no link, no end of a table's cell or line. */
function escaped(text: string): string {
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
