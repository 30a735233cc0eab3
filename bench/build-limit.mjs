import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { locateCommand } from '../build-modules/platform/run-command.js';

const SOURCES = fileURLToPath(new URL('limit/', import.meta.url));
/** Git ignores it. */
const DIRECTORY = fileURLToPath(new URL('../build-limit/', import.meta.url));
const FLAGS = ['-std=c11', '-D_GNU_SOURCE', '-O2', '-Wall', '-Wextra', '-Werror', '-pthread'];

/**
 * Compiles the bare loops and returns the path of the program.
 * @param name Of the program: each set of flags has one of its own.
 */
export async function buildLimit(name = 'limit', flags = []) {
  const compiler = ['cc', 'gcc', 'clang'].map((command) => locateCommand(command)).find(Boolean);
  if (compiler === undefined) {
    throw new Error('The bare C loops need a C compiler: sudo apt-get install gcc libc6-dev (or --without limit).');
  }
  const files = (await readdir(SOURCES)).filter((file) => file.endsWith('.c')).map((file) => join(SOURCES, file));
  await mkdir(DIRECTORY, { recursive: true });
  const own = await mkdtemp(join(DIRECTORY, 'building-'));
  try {
    const built = join(own, name);
    await promisify(execFile)(compiler, [...FLAGS, ...flags, ...files, '-o', built], { timeout: 120_000 });
    // Another bench may be running the old one.
    await rename(built, join(DIRECTORY, name));
  } finally {
    await rm(own, { recursive: true, force: true });
  }
  return join(DIRECTORY, name);
}
