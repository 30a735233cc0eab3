import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadResult } from '../../lib/compare/result-file/result-file.js';
import { LabCommands } from '../support/lab-command.js';
import { isValidByAjv } from '../support/result-documents.js';

const root = process.getuid?.() === 0;

describe('a process that is killed while it saves', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vnetperf-killed-'));
  const path = join(directory, 'result.json');
  afterAll(() => rmSync(directory, { recursive: true }));

  it('leaves a result that is whole, at every moment', async () => {
    const library = new URL('../../dist/index.js', import.meta.url).href;
    const fixture = new URL('../fixtures/result-1.0.json', import.meta.url).pathname;
    // Every version has another number of runs, so that an old end behind a new beginning would show.
    const script = `
      import { loadResult, saveResult } from ${JSON.stringify(library)};
      const [fixture, path] = process.argv.slice(1);
      const result = await loadResult(fixture);
      for (let n = 0; ; n++) {
        await saveResult(path, { ...result, state: 'running', runs: result.runs.slice(0, n % 7) });
        if (n === 0) console.log('saved');
      }`;
    for (let kill = 0; kill < 15; kill++) {
      const words = ['--input-type=module', '-e', script, fixture, path];
      const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
      const exited = once(child, 'exit');
      await once(child.stdout, 'data');
      await sleep(Math.random() * 40);
      child.kill('SIGKILL');
      await exited;
      expect((await loadResult(path)).state).toBe('running');
      expect(readdirSync(directory).filter((name) => name !== 'result.json' && name !== '.result.json.part')).toEqual(
        [],
      );
    }
  });
});

describe.runIf(root)('a comparison that is killed', () => {
  let vnetperf: LabCommands;
  beforeAll(() => {
    vnetperf = new LabCommands();
  });
  afterAll(async () => await vnetperf.dispose());
  afterEach(async () => {
    await vnetperf.run('topology', 'gc');
    await expect.poll(() => vnetperf.left(), { timeout: 5_000 }).toEqual([]);
  });

  it('has lost the run under way and goes on with it', async () => {
    const path = join(vnetperf.directory, 'result.json');
    const compared = vnetperf.start('compare', 'veth', 'bridge', '--runs', '2', '-t', '1', '--output', path);
    const runs = async () => (existsSync(path) ? (await loadResult(path)).runs.length : 0);
    await expect.poll(runs, { timeout: 30_000 }).toBe(4);
    await sleep(500);
    compared.signal('SIGKILL');
    await compared.finished();
    const before = await loadResult(path);
    expect(before).toMatchObject({ state: 'running', runs: { length: 4 } });
    const { status } = await vnetperf.run('compare', '--resume', path);
    expect(status).toBe(0);
    const after = await loadResult(path);
    expect(isValidByAjv(JSON.parse(readFileSync(path, 'utf8')))).toBe(true);
    expect(after).toMatchObject({ state: 'complete', plan: before.plan, runs: { length: 9 } });
    expect(after.runs.slice(0, 4)).toEqual(before.runs);
    expect(new Set(after.runs.map(({ cell, block }) => `${cell} ${block}`)).size).toBe(9);
  });
});
