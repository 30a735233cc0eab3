import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VnetperfError } from '../../lib/errors.js';
import { binaryCandidates, detectLibc, loadFor, type NativeHost } from '../../lib/platform/load-native.js';

let packageRoot: string;
beforeEach(() => {
  packageRoot = mkdtempSync(join(tmpdir(), 'vnetperf-loader-'));
});
afterEach(() => rmSync(packageRoot, { recursive: true }));

function host(changes: Partial<NativeHost> = {}): NativeHost {
  return { platform: 'linux', arch: 'x64', libc: 'glibc', binary: undefined, packageRoot, ...changes };
}

/** Not a shared object, so that a try to load it shows in the error which file was tried. */
function place(...path: string[]): string {
  const file = join(packageRoot, ...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'not a binary');
  return file;
}

function failure(of: NativeHost): VnetperfError {
  try {
    loadFor(of);
  } catch (error) {
    expect(error).toBeInstanceOf(VnetperfError);
    return error as VnetperfError;
  }
  throw new Error('nothing was thrown');
}

describe('the binary', () => {
  it('is what was built here, else what came with the package for this platform and libc', () => {
    const prebuilt = place('prebuilds', 'linux-x64', 'vnetperf.glibc.node');
    expect(failure(host()).message).toContain(prebuilt);
    const built = place('build', 'Release', 'vnetperf.node');
    expect(failure(host()).message).toContain(built);
  });

  it('is VNETPERF_BINARY and no other where that is set', () => {
    place('build', 'Release', 'vnetperf.node');
    const own = place('elsewhere.node');
    expect(failure(host({ binary: own }))).toMatchObject({ code: 'ERR_NATIVE_UNLOADABLE' });
    expect(failure(host({ binary: own })).message).toContain(own);

    const missing = failure(host({ binary: join(packageRoot, 'nowhere.node') }));
    expect(missing).toMatchObject({ code: 'ERR_NATIVE_MISSING' });
    expect(missing.remedy).toContain('VNETPERF_BINARY');
  });

  it('may be named from the working directory', () => {
    const own = place('elsewhere.node');
    const named = relative(process.cwd(), own);
    expect(failure(host({ binary: named })).message).toContain(`The native addon ${own} cannot be loaded`);
    expect(failure(host({ binary: named })).message).not.toContain('Cannot find module');
  });

  it('is looked for beside the other libc as little as beside the other processor', () => {
    place('prebuilds', 'linux-x64', 'vnetperf.glibc.node');
    expect(failure(host({ libc: 'musl' })).code).toBe('ERR_NATIVE_MISSING');
    expect(failure(host({ arch: 'arm64' })).code).toBe('ERR_NATIVE_MISSING');
    expect(binaryCandidates(host({ libc: 'musl' })).some((path) => path.includes('glibc'))).toBe(false);
  });

  it('an empty VNETPERF_BINARY is none', () => {
    expect(binaryCandidates(host({ binary: '' }))).toEqual(binaryCandidates(host()));
  });
});

describe('what is said when there is none', () => {
  it('names platform, processor, libc, Node and the places, and what to do', () => {
    const { message, remedy } = failure(host({ libc: 'musl' }));
    expect(message).toContain(`linux-x64 with musl, Node.js ${process.versions.node}`);
    for (const path of binaryCandidates(host({ libc: 'musl' }))) expect(message).toContain(path);
    expect(remedy).toContain('npm run build:native');
  });

  it('is another thing outside Linux', () => {
    expect(failure(host({ platform: 'darwin' })).remedy).toContain('Linux');
  });

  it('keeps the cause of a binary that does not load', () => {
    const file = place('build', 'Release', 'vnetperf.node');
    const error = failure(host());
    expect(error.message).toContain(file);
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.message).toContain((error.cause as Error).message);
  });
});

describe('a binary for another machine', () => {
  /** The header of a shared object for that machine (e_machine), and nothing after it. */
  function header(machine: number): string {
    const file = join(packageRoot, 'foreign.node');
    const bytes = Buffer.alloc(64);
    bytes.write('\x7fELF\x02\x01\x01', 'latin1');
    bytes.writeUInt16LE(3, 16);
    bytes.writeUInt16LE(machine, 18);
    writeFileSync(file, bytes);
    return file;
  }

  it('is named as such, and VNETPERF_BINARY as what to correct', () => {
    const other = process.arch === 'arm64' ? { name: 'x64', machine: 62 } : { name: 'arm64', machine: 183 };
    const error = failure(host({ arch: process.arch, binary: header(other.machine) }));
    expect(error).toMatchObject({ code: 'ERR_NATIVE_UNLOADABLE' });
    expect(error.message).toContain(`(it is a binary for ${other.name})`);
    expect(error.remedy).toContain('VNETPERF_BINARY');
  });

  it('is not suspected where the processor is the right one', () => {
    const machine = process.arch === 'arm64' ? 183 : 62;
    expect(failure(host({ arch: process.arch, binary: header(machine) })).message).not.toContain('it is a binary for');
  });
});

it.each([
  ['musl', '/lib/ld-musl-x86_64.so.1', 'Alpine'],
  ['musl', '/usr/lib/x86_64-linux-musl/libc.so', 'Debian'],
  ['musl', '/usr/lib/libc.so', 'Void'],
  ['glibc', '/usr/lib/x86_64-linux-gnu/libc.so.6', 'Debian'],
  ['glibc', '/lib64/libc-2.34.so', 'RHEL'],
  ['glibc', '/home/me/ld-musl-notes/libc.so.6', 'a name that looks like it'],
])('%s is told by %s in what is mapped (%s)', (libc, library) => {
  const maps = join(packageRoot, 'maps');
  writeFileSync(
    maps,
    `7f0000000000-7f0000100000 r-xp 00000000 08:01 1234                       ${library}\n7ffd0000-7ffe0000 rw-p 00000000 00:00 0     [stack]\n`,
  );
  expect(detectLibc(maps)).toBe(libc);
});

it('the C library is told by what the process runs on', () => {
  const report = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  expect(detectLibc()).toBe(report.header.glibcVersionRuntime === undefined ? 'musl' : 'glibc');
});
