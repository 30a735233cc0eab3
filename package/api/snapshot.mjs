// `npm run api:snapshot` writes down the API's shape; with --check it is compared with what is written down.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { checkout } from '../packed.mjs';
import { apiShape } from './shape.mjs';

const snapshot = join('test', 'fixtures', 'api.d.ts');
const shape = apiShape();

if (process.argv.includes('--check')) {
  const { status, stdout } = spawnSync(
    'diff',
    ['-u', '--label', 'what is committed', '--label', 'what is built', snapshot, '-'],
    {
      cwd: checkout,
      input: shape,
      encoding: 'utf8',
    },
  );
  if (status !== 0) {
    process.stdout.write(stdout);
    console.error(
      'The API has changed. Where that is meant, run "npm run api:snapshot" and commit it with the change.',
    );
    process.exitCode = 1;
  }
} else {
  writeFileSync(join(checkout, snapshot), shape);
}
