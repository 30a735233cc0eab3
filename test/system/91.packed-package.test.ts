import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const fixture = fileURLToPath(new URL('../fixtures/result-1.0.json', import.meta.url));
let directory: string;

/** As npm installs it: the packed files, and what they depend on beside them. */
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'vnetperf-package-'));
  const modules = join(directory, 'node_modules');
  mkdirSync(join(modules, 'vnetperf'), { recursive: true });
  symlinkSync(join(checkout, 'node_modules/@cfworker'), join(modules, '@cfworker'));
  // The checkout is built; packing would build it again.
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', directory];
  const [packed] = JSON.parse(execFileSync('npm', pack, { cwd: checkout, encoding: 'utf8', timeout: 50_000 })) as [
    { filename: string },
  ];
  execFileSync('tar', [
    '-xf',
    join(directory, packed.filename),
    '--strip-components=1',
    '-C',
    join(modules, 'vnetperf'),
  ]);
});
afterAll(() => rmSync(directory, { recursive: true }));

it('the packed package finds its schema: it reads a result and says what is wrong in a damaged one', () => {
  const damaged = join(directory, 'damaged.json');
  const result = JSON.parse(readFileSync(fixture, 'utf8'));
  writeFileSync(damaged, JSON.stringify({ ...result, plan: { ...result.plan, seed: 0.5 } }));
  const script = `
    import { loadResult } from 'vnetperf';
    const [good, bad] = process.argv.slice(1);
    const { runs } = await loadResult(good);
    const flaw = await loadResult(bad).catch((error) => error.message);
    console.log(JSON.stringify({ runs: runs.length, flaw }));`;
  const answer = execFileSync(process.execPath, ['--input-type=module', '-e', script, fixture, damaged], {
    cwd: directory,
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect(JSON.parse(answer)).toEqual({
    runs: result.runs.length,
    flaw: `${damaged} is a damaged result: plan.seed must be a whole number`,
  });
});

it('the published schema can be imported by its name', () => {
  const script = `
    import schema from 'vnetperf/schema/result-v1.json' with { type: 'json' };
    console.log(schema.$id);`;
  const options = { cwd: directory, encoding: 'utf8', timeout: 30_000 } as const;
  const id = execFileSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], options);
  expect(id).toBe('urn:vnetperf:schema:result:1\n');
});
