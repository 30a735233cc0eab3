import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

it('the C library is told by what the process runs on', () => {
  const report = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  expect(detectLibc()).toBe(report.header.glibcVersionRuntime === undefined ? 'musl' : 'glibc');
});
