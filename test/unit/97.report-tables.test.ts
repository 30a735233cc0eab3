import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvReport } from '../../lib/report/comparison/csv.js';
import { FIGURE_COLUMNS, RUN_COLUMNS } from '../../lib/report/comparison/csv-columns.js';
import { htmlReport } from '../../lib/report/comparison/html.js';
import { markdownReport } from '../../lib/report/comparison/markdown.js';
import { sectionsOf } from '../../lib/report/comparison/section-of.js';
import { summaryTable } from '../../lib/report/comparison/summary-rows.js';
import { textReport } from '../../lib/report/comparison/text.js';
import { comparisonResult } from '../support/comparison-fixture.js';

const result = comparisonResult();
const sections = sectionsOf([{ content: 'comparison', path: 'results/compare-4821.json', result }]);

/** RFC 4180, by its grammar. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (match === null) throw new Error('not RFC 4180');
    row.push(match[1] === undefined ? match[2]! : match[1].replaceAll('""', '"'));
    if (match[3] === '\r\n') {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

describe('the CSV', () => {
  const [head, ...rows] = parseCsv(csvReport(sections));
  const records = rows.map((row) => Object.fromEntries(row.map((value, index) => [head![index]!, value])));

  it('has a row for every run, the warm-up and the failed one too, with the figures of the file', () => {
    expect(records).toHaveLength(result.runs.length);
    for (const [index, run] of result.runs.entries()) {
      const record = records[index]!;
      expect(record.cell).toBe(result.plan.cells.find(({ id }) => id === run.cell)!.name);
      expect(Number(record.block)).toBe(run.block + 1);
      expect(record.outcome).toBe(run.outcome);
      if (run.outcome === 'failed') {
        expect(record.throughput_bits_per_s).toBe('');
        expect(record.failure).toBe(run.failure.message);
        continue;
      }
      expect(Number(record.throughput_bits_per_s)).toBe(run.measurement.bitsPerSecond);
      expect(Number(record.received_bytes)).toBe(run.measurement.directions[0]!.receivedBytes);
      expect(record.limited_by).toBe(run.measurement.limits.map(({ text }) => text).join('; '));
    }
  });

  it('has a column for every factor and one name for each column', () => {
    expect(head).toContain('factor_pin');
    expect(new Set(head).size).toBe(head!.length);
    expect(head!.length).toBe(RUN_COLUMNS.length + 3 + FIGURE_COLUMNS.length);
    expect(records.filter(({ outlier }) => outlier === '1')).toHaveLength(
      result.analysis.cells.flatMap(({ outliers }) => outliers).length,
    );
  });

  it('reads back as written, whatever stands in a name, and never begins like a formula', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', '=', '+', 'a', ' ', 'é') }), (name) => {
        const plan = {
          ...result.plan,
          cells: result.plan.cells.map((cell) => ({ ...cell, name: `${name}${cell.id}` })),
        };
        const [first, ...others] = parseCsv(csvReport([{ ...sections[0]!, plan }]));
        expect(others.every((row) => row.length === first!.length)).toBe(true);
        const read = others[0]![1]!;
        expect(read.replace(/^'/, '')).toBe(`${name}c1`);
        expect(read).not.toMatch(/^[=+\-@\t\r]/);
      }),
      { numRuns: 50 },
    );
  });
});

describe('Markdown', () => {
  const text = markdownReport(sections);

  it('has the verdict, the table, the seed, the commands and the machine', () => {
    expect(text).toMatch(/^## docker-bridge and ovs, pin off or auto\n/);
    for (const { texts } of summaryTable(result).rows) {
      if (texts.median !== '') expect(text).toMatch(new RegExp(`\\| ${texts.median} \\|`));
    }
    expect(text).toContain('Seed 4821.');
    expect(text).toContain(`vnetperf ${result.command.join(' ')}`);
    expect(text).toContain('| processor | Example 9000 8-Core Processor |');
    expect(text).toContain('1.48 times as fast');
  });

  it('keeps commands in their fence, whatever stands in them', () => {
    const written = { ...result, command: ['compare', '```\n</details><script>'] };
    const hostile = markdownReport([{ ...sections[0]!, written }]);
    const fence = /^(`{4,})sh\n[\s\S]*?\n\1$/m.exec(hostile);
    expect(fence?.[0]).toContain("'``` </details><script>'");
  });
});

describe('where the time went', () => {
  const costly = sectionsOf([{ content: 'comparison', path: 'c.json', result: withCosts() }]);

  /** Each run of the baseline with figures that tell runs apart: their median is that of the sixth of eleven. */
  function withCosts() {
    const changed = structuredClone(result);
    for (const run of changed.runs) {
      if (run.outcome !== 'measured' || run.cell !== 'c1') continue;
      const { measurement, block } = run;
      measurement.costs = { client: { systemCallsPerGigabyte: 1000 + block, bytesPerCall: 1e6, userPercent: 2 } };
      Object.assign(measurement.directions[0]!, { datagrams: 9000 + block, packetsSent: 140 + block, fairness: 0.5 });
    }
    return changed;
  }

  it('is a table with the medians of a cell, without columns that nothing stands in', () => {
    const text = markdownReport(costly);
    expect(text).toContain('| cell | end | path | calls/GB | kB/call | user % |');
    expect(text).toMatch(/\| client \| send copy \| 1005 \| 1000 \| 2.0 \|/);
    expect(text).toContain('| cell | sent by | datagrams | packets sent (omit period included) | fairness |');
    expect(text).toMatch(/\| client \| 9005 \| 145 \| 0.500 \|/);
    expect(htmlReport(costly)).toContain('Where the time went');
  });

  it('is not there where nothing is known', () => {
    expect(markdownReport(sections)).not.toContain('calls/GB');
    expect(htmlReport(sections)).not.toContain('Where the time went');
  });

  it('stands in the CSV, each figure in a column', () => {
    const [head, ...rows] = parseCsv(csvReport(costly));
    const row = rows.find((cells) => cells[head!.indexOf('client_bytes_per_call')] === '1000000')!;
    const value = (name: string) => row[head!.indexOf(name)];
    expect(Number(value('client_calls_per_gb'))).toBeGreaterThanOrEqual(999);
    expect(value('client_user_percent')).toBe('2');
    expect(value('server_cpu_s_per_gb')).toBe('');
    expect(value('fairness')).toBe('0.5');
    expect(Number(value('packets_sent'))).toBeGreaterThanOrEqual(139);
  });
});

describe('text', () => {
  it('is the table and the verdict, without what moves a cursor', () => {
    const plan = {
      ...result.plan,
      cells: result.plan.cells.map((cell) => ({ ...cell, name: `\u001b[2J${cell.name}` })),
    };
    const text = textReport([{ ...sections[0]!, plan }], undefined);
    expect(text).not.toContain('\u001b');
    expect(text).toContain('median Gbit/s');
    expect(text).toContain(result.analysis.sentences[0]!);
  });

  it('says that a comparison was interrupted before what it came to', () => {
    const text = textReport([{ ...sections[0]!, written: { ...result, state: 'interrupted' } }], undefined);
    expect(text).toContain('The comparison was interrupted: some planned runs are missing.');
  });
});
