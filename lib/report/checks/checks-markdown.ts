import { markdownTable, markdownText } from '../comparison/markdown-text.js';
import type { CheckSuite } from './check-suite.js';

/** For the summary of a build: each suite as a table, a row a check. */
export function checksMarkdown(suites: readonly CheckSuite[]): string {
  return suites
    .map(({ name, checks }) => {
      const columns = ['check', 'outcome', ''].map((title) => ({ title, numeric: false }));
      const rows = checks.map((check) => [check.name, check.outcome, check.sentence]);
      return `### ${markdownText(name)}\n\n${markdownTable(columns, rows)}\n`;
    })
    .join('\n');
}
