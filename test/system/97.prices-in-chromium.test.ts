/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// For the functions that run inside the browser.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChromiumPage } from '../support/chromium-page.js';
import { suiteAcrossHosts } from '../support/comparison-across-hosts.js';
import { commands } from '../support/iperf-process.js';
import { lowContrasts } from '../support/low-contrasts.js';

describe.runIf(existsSync('/usr/bin/chromium') || process.env.CI)(
  'the page of networks across hosts in Chromium',
  () => {
    let directory = '';
    let opened: ChromiumPage;

    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'vnetperf-page-'));
      const file = join(directory, 'suite.json');
      const result = suiteAcrossHosts({ hosts: 941, vxlan: 908, 'ovs-vxlan': 700, calico: 940 }, 1e9);
      writeFileSync(file, JSON.stringify(result));
      const [program, ...words] = commands.vnetperf as [string, ...string[]];
      const options = { timeout: 30_000, encoding: 'utf8' } as const;
      const made = spawnSync(program, [...words, 'report', file, '--html', '--reference'], options);
      expect(made.stderr).toBe('');
      opened = await ChromiumPage.open(join(directory, 'suite.html'));
    }, 90_000);

    afterAll(async () => {
      await opened?.close();
      rmSync(directory, { recursive: true, force: true });
    });

    it('has the price of each network, and published figures beside ours', async () => {
      const tables = await opened.page.$$eval('table', (all) =>
        all.map((one) => ({
          caption: one.querySelector('caption')?.textContent ?? '',
          rows: [...one.querySelectorAll('tbody tr')].map((row) => [...row.children].map((cell) => cell.textContent)),
        })),
      );
      const of = (caption: RegExp) => tables.find((one) => caption.test(one.caption))!.rows;
      expect(of(/^Across two hosts/).map(([network]) => network)).toEqual(['hosts', 'vxlan', 'ovs-vxlan', 'calico']);
      expect(of(/^The price of each network/)[1]!.slice(2, 6)).toEqual([
        '1398 of 1538',
        '909 Mbit/s',
        '99.9 %',
        '3.3 %',
      ]);
      const published = of(/^Published: two servers/).find(([network]) => network?.startsWith('Docker overlay'))!;
      expect(published.slice(1)).toEqual([
        '900 Mbit/s',
        'not measured',
        '99.0 % of the 909 Mbit/s that 1 Gbit/s carries of such packets',
      ]);
    });

    it.each([1280, 1000, 800, 320])('fits, %i pixels wide', async (width) => {
      await opened.show(width, 'light');
      const seen = await opened.page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth,
        outside: [...document.querySelectorAll('body *')]
          .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
          .filter((element) => element.closest('thead') === null)
          .map((element) => element.outerHTML.slice(0, 100)),
      }));
      expect(seen).toEqual({ scroll: expect.toSatisfy((scroll: number) => scroll <= width), outside: [] });
      expect(await opened.page.evaluate(lowContrasts, 4.5)).toEqual([]);
      expect(opened.requests).toEqual([]);
      expect(opened.complaints).toEqual([]);
    });
  },
);
