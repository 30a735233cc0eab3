import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const library = new URL('../../dist/index.js', import.meta.url).href;

it('of an error that nobody caught Node shows a line of code, not a file in one line', () => {
  const program = `import { buildTopology } from ${JSON.stringify(library)}; await buildTopology('no-such-kind');`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect(status).toBe(1);
  const [place = '', code = ''] = stderr.split('\n');
  expect(place).toMatch(/\/dist\/.*\.js:\d+$/);
  expect(code).toContain('throw');
  expect(code.length).toBeLessThan(500);
  expect(stderr).toContain("code: 'ERR_UNKNOWN_KIND'");
});
