import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ComparisonResult } from '../../lib/compare/result.js';
import { htmlReport } from '../../lib/report/comparison/html.js';
import { markdownReport } from '../../lib/report/comparison/markdown.js';
import { escapeMarkup } from '../../lib/report/comparison/markup.js';
import { sectionsOf } from '../../lib/report/comparison/section-of.js';
import { svgReport } from '../../lib/report/comparison/svg.js';
import { comparisonResult } from '../support/comparison-fixture.js';

/** What a person or another program wrote: all else is of a fixed set that a file is validated against. */
const FREE_TEXT = new Set(
  'name message remedy remarks text warnings description command kernel node model virtualization interface qdisc master namespace path congestion version sentences limitedBy failure createdAt startedAt'.split(
    ' ',
  ),
);

function withText<T>(value: T, replace: (text: string) => string, free = false): T {
  if (typeof value === 'string') return (free ? replace(value) : value) as T;
  if (Array.isArray(value)) return value.map((one) => withText(one, replace, free)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, withText(one, replace, FREE_TEXT.has(key))]),
  ) as T;
}

const whole = comparisonResult();
/** A few runs are enough for every part of a page. */
const small: ComparisonResult = { ...whole, runs: whole.runs.filter(({ block }) => block >= 3 && block <= 6) };

function sectionsWith(text: string) {
  return sectionsOf([
    { content: 'comparison', path: `${text}.json`, result: withText(small, (own) => `${own}${text}`) },
  ]);
}

/** Tags and the names of their attributes, and no values: escaping leaves no `<` or `>` inside those. */
function skeleton(markup: string): string[] {
  return [...markup.replace(/<script[^>]*>[^<]*<\/script>/g, '<script>').matchAll(/<[^>]*>?/g)].map(([tag]) =>
    tag.replaceAll(/"[^"]*"/g, '""'),
  );
}

const attacks = [
  '<script>alert(1)</script>',
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</title></svg></style><b>',
  '<!--',
  ']]>&lt;&#60;',
  '\u0000\u001b[31m\ud800\uffff',
];
const hostile = fc.oneof(
  fc.constantFrom(...attacks),
  fc.string({
    unit: fc.constantFrom('<', '>', '"', "'", '&', '/', '=', '-', '!', 's', ' ', '`', '|', '\n'),
    minLength: 1,
  }),
  fc.string({ unit: 'binary', minLength: 1 }),
);

describe('a report of a file that means harm', () => {
  const benign = { html: skeleton(htmlReport(sectionsWith('x'))), svg: skeleton(svgReport(sectionsWith('x'))) };

  it('has the tags and attributes of a harmless one: nothing from a file becomes markup', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(skeleton(htmlReport(sectionsWith(text)))).toEqual(benign.html);
        expect(skeleton(svgReport(sectionsWith(text)))).toEqual(benign.svg);
      }),
      { numRuns: 25, examples: attacks.map((attack): [string] => [attack]) },
    );
  }, 60_000);

  it('carries its data unchanged, in a block that nothing in it can end', () => {
    for (const attack of attacks) {
      const [section] = sectionsWith(attack);
      const blocks = [
        ...htmlReport([section!]).matchAll(/<script type="application\/json" id="result-1">([^<]*)<\/script>/g),
      ];
      expect(blocks).toHaveLength(1);
      expect(JSON.parse(blocks[0]![1]!)).toEqual(JSON.parse(JSON.stringify(section!.data)));
    }
  });

  it('leaves data out that is too large for a page, and says so', () => {
    const [section] = sectionsWith('');
    const page = htmlReport([{ ...section!, data: { filler: 'x'.repeat(5_000_001) } }]);
    expect(page).not.toContain('<script');
    expect(page).toContain('too large for this page to carry');
  });

  it('allows no script and no request, and no style but its own', () => {
    const page = htmlReport(sectionsWith(''));
    expect(page).toContain('content="default-src &#39;none&#39;; style-src &#39;sha256-');
    expect(page).not.toMatch(/ on\w+=| style=| src=| href=|@import|url\((?!#)/);
    expect(page).not.toMatch(/<(link|iframe|object|embed|img|form|base)\b/);
  });

  it('stays one table in Markdown, with as many cells in each row', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = markdownReport(sectionsWith(text)).split('\n');
        const first = lines.findIndex((line) => line.startsWith('| cell'));
        const rows = lines.slice(first, first + 2 + small.plan.cells.length);
        const bars = rows.map((row) => row.replaceAll(/\\./g, '').split('|').length);
        expect(new Set(bars).size).toBe(1);
        expect(lines[first + rows.length]).toBe('');
        // The only tags are our own.
        const prose = lines.join('\n').replace(/```+sh[\s\S]*?\n```+/g, '');
        expect(prose.match(/<[^>]*>/g)).toEqual(['<details>', '<summary>', '</summary>', '</details>']);
      }),
      { numRuns: 50, examples: attacks.map((attack): [string] => [attack]) },
    );
  });

  it('escapes text in a way that reads back as the same text', () => {
    const entities = (text: string) => text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const escaped = escapeMarkup(text);
        expect(escaped).not.toMatch(/[<>"']/);
        expect(entities(escaped)).toBe(text.replace(/[^\P{Cc}\n\t]/gu, '\uFFFD'));
      }),
    );
  });
});
