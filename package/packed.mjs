// The package as npm would publish it: packed, and installed in an empty directory, as a person would have it.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const checkout = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const deadlineMs = 120_000;

/**
 * What is built here is what is packed: npm's `prepare` would build it again. The dependencies come from npm's cache or
 * the registry.
 * @returns paths of the tarball, of the directory it is installed in and of the package in it; the files that npm
 * packed, and the manifest. Disposing removes it all.
 */
export async function packAndInstall() {
  const directory = await mkdtemp(join(tmpdir(), 'vnetperf-package-'));
  try {
    const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', directory];
    const { stdout } = await run('npm', pack, { cwd: checkout, timeout: deadlineMs });
    const [{ filename, files, size }] = JSON.parse(stdout);
    const tarball = join(directory, filename);
    const installed = join(directory, 'installed');
    await mkdir(installed);
    await writeFile(join(installed, 'package.json'), '{"private":true}\n');
    const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', tarball];
    await run('npm', install, { cwd: installed, timeout: deadlineMs });
    const root = join(installed, 'node_modules', 'vnetperf');
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const remove = () => rm(directory, { recursive: true, force: true });
    return {
      directory,
      tarball,
      tarballBytes: size,
      files: files.map(({ path }) => path),
      installed,
      root,
      manifest,
      remove,
    };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}
