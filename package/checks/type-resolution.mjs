import { spawnSync } from 'node:child_process';
import { checkout } from '../packed.mjs';

/** That TypeScript finds the types of what Node loads, from every sort of project that ES modules alone can serve. */
export function typeResolution({ tarball }) {
  const { status, stdout, stderr } = spawnSync(
    'npx',
    ['attw', '--profile', 'esm-only', '--format', 'ascii', '--no-color', '--no-emoji', tarball],
    { cwd: checkout, encoding: 'utf8', timeout: 60_000 },
  );
  if (status !== 0) throw new Error(`attw ended with ${status}:\n${stdout}${stderr}`);
  return 'types are found from ES modules and bundlers';
}
