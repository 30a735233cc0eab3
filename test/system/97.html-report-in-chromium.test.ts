/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// For the functions that run inside the browser.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComparisonResult } from '../../lib/compare/result.js';
import { ChromiumPage } from '../support/chromium-page.js';
import { comparisonResult } from '../support/comparison-fixture.js';
import { commands } from '../support/iperf-process.js';
import { lowContrasts } from '../support/low-contrasts.js';

// A browser is nothing that the rest of the tests need: where somebody runs them without one, CI still has it.
describe.runIf(existsSync('/usr/bin/chromium') || process.env.CI)('the page of a comparison in Chromium', () => {
  const result = comparisonResult();
  let directory = '';
  let opened: ChromiumPage;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'vnetperf-page-'));
    const file = join(directory, 'compare-4821.json');
    writeFileSync(file, JSON.stringify(result));
    const [program, ...words] = commands.vnetperf as [string, ...string[]];
    const made = spawnSync(program, [...words, 'report', file, '--html'], { timeout: 30_000, encoding: 'utf8' });
    expect(made.stderr).toBe('');
    opened = await ChromiumPage.open(join(directory, 'compare-4821.html'));
  }, 90_000);

  afterAll(async () => {
    await opened?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('asks nobody for anything and complains of nothing', async () => {
    for (const details of await opened.page.$$('details > summary')) await details.click();
    expect(opened.requests).toEqual([]);
    expect(opened.complaints).toEqual([]);
  });

  it('would not be allowed to ask, or to run anything', async () => {
    const refused = await opened.page.evaluate(async () => {
      const events: string[] = [];
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => events.push(effectiveDirective));
      const image = document.createElement('img');
      image.src = 'http://198.18.0.1/image';
      const script = document.createElement('script');
      script.textContent = 'globalThis.ran = true';
      document.body.append(image, script);
      await new Promise((resolve) => setTimeout(resolve, 300));
      image.remove();
      script.remove();
      return { events, ran: 'ran' in globalThis };
    });
    expect(refused.ran).toBe(false);
    expect(refused.events.sort()).toEqual(['img-src', 'script-src-elem']);
    expect(opened.requests).toEqual([]);
    opened.complaints.length = 0;
  });

  it('shows in its table what the file says: cells, medians, intervals, ratios', async () => {
    const rows = await opened.page.$$eval('table.summary tr', (lines) =>
      lines.map((line) => [...line.children].map((cell) => cell.textContent ?? '')),
    );
    const [head, ...body] = rows;
    expect(head!.slice(0, 5)).toEqual([
      'cell',
      'median Gbit/s',
      '95\u00a0% interval',
      'ratio',
      'ratio, 95\u00a0% interval',
    ]);
    expect(body.map(([name]) => name)).toEqual(result.plan.cells.map(({ name }) => name));
    const gbits = (bits: number) => bits / 1e9;
    for (const [index, { id, role }] of result.plan.cells.entries()) {
      const [, median, interval, ratio, ratioInterval] = body[index]!;
      const summary = result.analysis.cells.find(({ cell }) => cell === id)!;
      expect(Number(median)).toBeCloseTo(gbits(summary.medianBitsPerSecond!), 1);
      expectInterval(interval!, summary.medianInterval!.map(gbits), 1);
      if (role === 'baseline') {
        expect([Number(ratio), ratioInterval]).toEqual([1, 'baseline']);
        continue;
      }
      const figures =
        role === 'twin' ? result.analysis.noise! : result.analysis.contrasts.find(({ cell }) => cell === id)!;
      expect(Number(ratio)).toBeCloseTo(figures.ratio!, 2);
      expectInterval(ratioInterval!, figures.interval!, 2);
    }
  });

  it('has the verdict at its beginning, and every difference with its figures', async () => {
    const sentences = await opened.page.$$eval('.verdict p', (lines) => lines.map((line) => line.textContent));
    expect(sentences).toEqual(result.analysis.sentences);
    const order = await opened.page.evaluate(() => {
      const verdict = document.querySelector('.verdict')!.getBoundingClientRect().top;
      return document.querySelector('table')!.getBoundingClientRect().top - verdict;
    });
    expect(order).toBeGreaterThan(0);
    const rows = await opened.page.$$eval('table', (tables) =>
      [...tables.find((one) => one.textContent?.includes('against'))!.querySelectorAll('tbody tr')].map((line) =>
        [...line.children].map((cell) => cell.textContent ?? ''),
      ),
    );
    const name = (id: string) => result.plan.cells.find((cell) => cell.id === id)!.name;
    expect(rows.map(([cell, baseline, , ratio]) => [cell, baseline, Number(ratio)])).toEqual(
      result.analysis.contrasts.map(({ cell, baseline, ratio }) => [
        name(cell),
        name(baseline),
        Number(ratio!.toFixed(3)),
      ]),
    );
  });

  it.each([1280, 1000, 800, 400, 320])(
    'has a dot for every run and fits, %i pixels wide, in light and dark',
    async (width) => {
      const measured = result.runs.filter(({ block, outcome }) => block >= 0 && outcome === 'measured');
      for (const scheme of ['light', 'dark'] as const) {
        await opened.show(width, scheme);
        const seen = await opened.page.evaluate(() => ({
          scroll: document.documentElement.scrollWidth,
          dots: [...document.querySelectorAll('[id$="-dots-wide-title"], [id$="-dots-narrow-title"]')]
            .map((title) => title.closest('svg')!)
            .filter((svg) => svg.getBoundingClientRect().width > 0)
            .flatMap((svg) => [...svg.querySelectorAll<SVGElement>('.dot')])
            .map(({ dataset }) => `${dataset.cell} ${dataset.block} ${dataset.value}`),
          // What stands out to the right is cut off or scrolls; the hidden head of a table is neither.
          outside: [...document.querySelectorAll('body *')]
            .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
            .filter((element) => element.closest('thead') === null)
            .map((element) => element.outerHTML.slice(0, 100)),
        }));
        expect(seen.scroll).toBeLessThanOrEqual(width);
        expect(seen.outside).toEqual([]);
        expect(seen.dots.sort()).toEqual(
          measured
            .map(
              (run) => `${run.cell} ${run.block} ${run.outcome === 'measured' && run.measurement.bitsPerSecond / 1e9}`,
            )
            .sort(),
        );
        // 4.5:1 for text: WCAG 2.2, 1.4.3.
        expect(await opened.page.evaluate(lowContrasts, 4.5)).toEqual([]);
        expect(await opened.page.evaluate(lowContrasts, 21.1)).not.toEqual([]);
      }
    },
  );

  it('can be heard: headings in order, tables with heads, drawings with names', async () => {
    const found = await opened.page.evaluate(() => ({
      levels: [...document.querySelectorAll('h1, h2, h3')].map(({ tagName }) => Number(tagName[1])),
      heads: [...document.querySelectorAll('th')].every((head) => head.hasAttribute('scope')),
      images: [...document.querySelectorAll('svg[role=img]')].map((svg) =>
        (svg.getAttribute('aria-labelledby') ?? '')
          .split(' ')
          .map((id) => document.getElementById(id)?.textContent ?? ''),
      ),
      doubled: [...document.querySelectorAll('[id]')].map(({ id }) => id),
    }));
    expect(found.levels[0]).toBe(1);
    for (const [index, level] of found.levels.slice(1).entries()) expect(level - found.levels[index]!).toBeLessThan(2);
    expect(found.heads).toBe(true);
    expect(found.images.length).toBeGreaterThan(10);
    for (const texts of found.images) expect(texts.every((text) => text !== '')).toBe(true);
    expect(new Set(found.doubled).size).toBe(found.doubled.length);
  });

  it('carries the result', async () => {
    const text = await opened.page.$eval('#result-1', (block) => block.textContent ?? '');
    const carried = JSON.parse(text) as ComparisonResult;
    expect(carried).toEqual(JSON.parse(JSON.stringify(result)));
  });
});

function expectInterval(text: string, bounds: readonly number[], digits: number): void {
  const read = text.split(' - ').map(Number);
  expect(read).toHaveLength(2);
  for (const [index, bound] of bounds.entries()) expect(read[index]).toBeCloseTo(bound, digits);
}
