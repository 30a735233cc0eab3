import { printable } from '../printable.js';
import { referenceLines } from '../reference/reference-lines.js';
import { wrapped } from '../table-layout.js';
import { priceLines } from './price-lines.js';
import { type ReportSection, reportedCells } from './section.js';
import { openingNotices, verdictSentences } from './section-words.js';
import { terminalTable } from './terminal-table.js';

/** What `compare` showed at its end, again. */
export function textReport(sections: readonly ReportSection[], width: number | undefined): string {
  const parts = sections.map((section) => [
    ...(sections.length > 1 ? [`${section.sources.join(', ')}: ${section.heading}`, ''] : []),
    ...terminalTable(section, width),
    ...priceLines(section, width),
    ...(section.reference ? referenceLines(reportedCells(section), width) : []),
    '',
    ...openingNotices(section).flatMap((notice) => wrapped(notice, width)),
    ...verdictSentences(section).flatMap((sentence) => wrapped(sentence, width)),
  ]);
  return `${parts.map((lines) => printable(lines.join('\n'))).join('\n\n\n')}\n`;
}
