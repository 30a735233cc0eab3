import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const tarballLimitBytes = 1_000_000;
const treeLimitBytes = 5_000_000;

export function tarballSize({ tarballBytes }) {
  return within(tarballBytes, tarballLimitBytes);
}

/** What npx leaves on disk, dependencies and all, as du counts it. */
export async function treeSize({ installed }) {
  const modules = join(installed, 'node_modules');
  const paths = await readdir(modules, { recursive: true });
  const sizes = await Promise.all(paths.map(async (path) => (await lstat(join(modules, path))).blocks * 512));
  return within(
    sizes.reduce((sum, bytes) => sum + bytes, 0),
    treeLimitBytes,
  );
}

function within(bytes, limitBytes) {
  const words = (of) => `${Math.ceil(of / 1000)} kB`;
  if (bytes >= limitBytes) throw new Error(`${words(bytes)}, where less than ${words(limitBytes)} is promised.`);
  return `${words(bytes)} of at most ${words(limitBytes)}`;
}
