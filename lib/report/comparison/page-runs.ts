import type { Limit } from '../../compare/measurement.js';
import { isOutlier, medianRun, type ReportedCell } from '../reported-cell.js';
import { costTable, flowTable } from './cost-tables.js';
import { evidenceText } from './evidence.js';
import { type Content, element } from './markup.js';
import { priceNotes, priceTable } from './price-table.js';
import { rateScale, rateText } from './quantities.js';
import { lostPercentOf, migrationsOf, retransmitsOf } from './run-figures.js';
import type { ReportSection } from './section.js';
import { summaryTable } from './summary-rows.js';
import { table } from './table.js';

/** What held each cell up, in how many of its runs, and the figures that say so. */
export function limitsPart(cells: readonly ReportedCell[]): Content {
  const rows = cells.flatMap((cell) => {
    const kinds = [...new Set(cell.measured.flatMap(({ measurement }) => measurement.limits.map(({ kind }) => kind)))];
    return kinds.map((kind) => {
      const runs = cell.measured.filter(({ measurement }) => measurement.limits.some((limit) => limit.kind === kind));
      const shown = limitOf(medianRun({ measured: runs }), kind);
      return [
        cell.cell.name,
        shown?.text ?? kind,
        `${runs.length} of ${cell.measured.length}`,
        evidenceText(shown?.evidence ?? {}),
      ];
    });
  });
  if (rows.length === 0) return element('p', {}, 'No figure says what kept the runs from being faster.');
  return table(
    'Of the runs so limited, the one with the median throughput',
    [{ title: 'cell' }, { title: 'limited by' }, { title: 'runs', numeric: true }, { title: 'figures' }],
    rows,
  );
}

function limitOf(run: ReportedCell['measured'][number] | undefined, kind: Limit['kind']): Limit | undefined {
  return run?.measurement.limits.find((limit) => limit.kind === kind);
}

/** Whatever a doubtful reader asks first. */
export function oddityPart(section: ReportSection, cells: readonly ReportedCell[]): Content {
  const failures = cells.flatMap(({ cell, failed }) =>
    failed.map(
      ({ block, failure }) =>
        `${cell.name}, block ${block + 1}: ${failure.message}${failure.remedy === undefined ? '' : ` (${failure.remedy})`}`,
    ),
  );
  const warnings = countedWarnings(cells);
  const lines = [...new Set([...summaryTable(section).notes, ...failures, ...warnings])];
  return lines.length === 0
    ? undefined
    : element(
        'ul',
        {},
        lines.map((text) => element('li', {}, text)),
      );
}

/** Warnings that differ by their figures alone are one, told in the words of the first, with how often each cell had it. */
function countedWarnings(cells: readonly ReportedCell[]): string[] {
  const found = new Map<string, { words: string; runs: Map<ReportedCell, number> }>();
  for (const cell of cells) {
    for (const { measurement } of cell.measured) {
      for (const words of new Set(measurement.warnings)) {
        const key = withoutFigures(words);
        const one = found.get(key) ?? { words, runs: new Map() };
        one.runs.set(cell, (one.runs.get(cell) ?? 0) + 1);
        found.set(key, one);
      }
    }
  }
  return [...found.values()].map(({ words, runs }) => {
    const counts = [...runs].map(([{ cell, measured }, count]) => `${cell.name}: ${count} of ${measured.length} runs`);
    return `${words} [${counts.join('; ')}]`;
  });
}

/** Numbers, and what stands in parentheses, also inside others. */
function withoutFigures(words: string): string {
  let text = words;
  for (let before = ''; before !== text; ) {
    before = text;
    text = text.replaceAll(/\([^()]*\)/g, '');
  }
  return text.replaceAll(/[\d.]+/g, '');
}

/** Across hosts. */
export function pricePart(cells: readonly ReportedCell[]): Content {
  const price = priceTable(cells);
  if (price === undefined) return undefined;
  return [
    table(price.caption, price.columns, price.rows, 'summary dense prices'),
    priceNotes(cells).map((note) => element('p', {}, note)),
  ];
}

/** Where the time went, and what the bytes travelled in. */
export function costPart(cells: readonly ReportedCell[]): Content {
  const tables = [costTable(cells), flowTable(cells)].flatMap((one) => one ?? []);
  if (tables.length === 0) return undefined;
  return tables.map(({ caption, columns, rows }) => table(caption, columns, rows));
}

export function runsPart(cells: readonly ReportedCell[]): Content {
  const scale = rateScale(
    cells.flatMap(({ measured }) => measured.map(({ measurement }) => measurement.bitsPerSecond)),
  );
  const rows = cells.flatMap((cell) =>
    [...cell.measured, ...cell.failed]
      .sort((a, b) => a.block - b.block)
      .map((run) => {
        const head = [cell.cell.name, `${run.block + 1}`];
        if (run.outcome === 'failed')
          return [...head, element('span', { class: 'failure' }, 'failed'), '', '', '', run.failure.message];
        const lost = lostPercentOf(run);
        const resent = retransmitsOf(run);
        return [
          ...head,
          rateText(run.measurement.bitsPerSecond, scale),
          resent === undefined ? '' : `${resent}`,
          lost === undefined ? '' : `${lost.toFixed(2)} %`,
          `${migrationsOf(run) ?? ''}`,
          [...(isOutlier(cell, run) ? ['outlier'] : []), ...run.measurement.limits.map(({ text }) => text)].join('; '),
        ];
      }),
  );
  return table(
    'Every run without the warm-up',
    [
      { title: 'cell' },
      { title: 'block', numeric: true },
      { title: scale.unit, numeric: true },
      { title: 'retransmits', numeric: true },
      { title: 'lost', numeric: true },
      { title: 'migrations', numeric: true },
      { title: 'remarks' },
    ],
    rows,
  );
}
