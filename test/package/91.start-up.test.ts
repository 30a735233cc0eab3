import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const watch = new URL('../support/loaded-files.mjs', import.meta.url).href;
const directory = mkdtempSync(join(tmpdir(), 'vnetperf-start-up-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** What a start costs, by what does not depend on the machine: how much of the package it loads, and what of Node. */
async function loadedBy(name: string, ...words: string[]) {
  const path = join(directory, name);
  await promisify(execFile)(process.execPath, ['--import', watch, main, ...words], {
    env: { ...process.env, LOADED_FILES: path },
    timeout: 30_000,
  });
  const { files, builtin } = JSON.parse(readFileSync(path, 'utf8')) as { files: string[]; builtin: string[] };
  const bytes = files.reduce((sum, url) => sum + statSync(fileURLToPath(url)).size, 0);
  return { files: files.length, kilobytes: bytes / 1000, builtin };
}

describe('a start loads what it uses:', () => {
  it.each(['--version', '-v'])('%s the binary and no more', async (option) => {
    const { files, kilobytes, builtin } = await loadedBy(`version${option}`, option);
    expect(files).toBeLessThanOrEqual(6);
    expect(kilobytes).toBeLessThan(12);
    for (const heavy of ['crypto', 'child_process', 'zlib', 'dns/promises', 'worker_threads', 'http'])
      expect(builtin).not.toContain(heavy);
  });

  it.runIf(process.getuid?.() === 0)('a run neither comparisons nor pages', async () => {
    const { files, kilobytes, builtin } = await loadedBy('run', 'run', 'veth', '-t', '1');
    expect(files).toBeLessThanOrEqual(45);
    expect(kilobytes).toBeLessThan(620);
    for (const heavy of ['zlib', 'dns/promises', 'worker_threads', 'http']) expect(builtin).not.toContain(heavy);
  });
});
