import { referenceTables } from '../reference/reference-tables.js';
import { costTable, flowTable } from './cost-tables.js';
import { commandLine, environmentRows } from './facts.js';
import { markdownTable, markdownText } from './markdown-text.js';
import { priceNotes, priceTable } from './price-table.js';
import { type ReportSection, reportedCells } from './section.js';
import { openingNotices, originText, verdictSentences } from './section-words.js';
import { isSuite, suiteTables } from './suite-table.js';
import { summaryTable } from './summary-rows.js';

/** For an issue, a pull request or a wiki: GitHub's tables, the sentences, what it ran on, how to repeat it. */
export function markdownReport(sections: readonly ReportSection[]): string {
  return `${sections.map(sectionLines).join('\n\n')}\n`;
}

function sectionLines(section: ReportSection): string {
  const { columns, rows, notes } = summaryTable(section);
  const suite = isSuite(section) ? suiteTables(section) : [];
  const blocks = [
    `## ${markdownText(section.heading)}`,
    ...openingNotices(section).map((notice) => `**${markdownText(notice)}**`),
    verdictSentences(section).map(markdownText).join('  \n'),
    ...suite.flatMap((one) => [`${one.caption}:`, markdownTable(one.columns, one.rows)]),
    markdownTable(
      columns.map(({ field, title, numeric }) => ({ title: field === 'name' ? 'cell' : title, numeric })),
      rows.map(({ texts }) => columns.map(({ field }) => texts[field])),
    ),
    notes.map((note) => `- ${markdownText(note)}`).join('\n'),
    ...costs(section),
    ...(section.reference ? published(section) : []),
    commands(section),
    environment(section),
    markdownText(originText(section)),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

function costs(section: ReportSection): string[] {
  const cells = reportedCells(section).filter(({ cell }) => cell.role !== 'twin');
  const tables = [priceTable(cells), costTable(cells), flowTable(cells)].flatMap((one) =>
    one === undefined ? [] : [`${markdownText(one.caption)}:`, markdownTable(one.columns, one.rows)],
  );
  return [...tables, ...priceNotes(cells).map(markdownText)];
}

function published(section: ReportSection): string[] {
  return referenceTables(reportedCells(section)).flatMap(({ caption, columns, rows }) => [
    `${markdownText(caption)}:`,
    markdownTable(columns, rows),
  ]);
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
  return `<details><summary>The machine</summary>\n\n${markdownTable(columns, rows)}\n\n</details>`;
}
