import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { VnetperfError } from '../errors.js';
import { elfProcessor } from './elf-processor.js';
import type { NativeAddon } from './native.js';
import { packageRoot } from './package-root.js';

export type Libc = 'glibc' | 'musl';

/** What decides which binary is loaded. */
export interface NativeHost {
  platform: string;
  arch: string;
  libc: Libc;
  /** Environment variable VNETPERF_BINARY: this file and no other. */
  binary: string | undefined;
  /** The directory of package.json. */
  packageRoot: string;
}

let loaded: NativeAddon | undefined;

/**
 * The addon of this machine, loaded at the first call.
 *
 * @throws VnetperfError `ERR_NATIVE_MISSING` where there is no binary for this machine, `ERR_NATIVE_UNLOADABLE` where
 * there is one that the system refuses.
 */
export function loadNative(): NativeAddon {
  loaded ??= loadFor(thisHost());
  return loaded;
}

/** Where the binary may be, in order of preference. The first that exists is the one, whether it loads or not. */
export function binaryCandidates(host: NativeHost): string[] {
  if (host.binary !== undefined && host.binary !== '') return [resolve(host.binary)];
  return [
    join(host.packageRoot, 'build', 'Release', 'vnetperf.node'),
    // Never the other libc's as a second try: a binary linked against the wrong one may crash instead of failing.
    join(host.packageRoot, 'prebuilds', `${host.platform}-${host.arch}`, `vnetperf.${host.libc}.node`),
  ];
}

/** {@link loadNative} for a given host, uncached. */
export function loadFor(host: NativeHost): NativeAddon {
  const machine = `${host.platform}-${host.arch} with ${host.libc}, Node.js ${process.versions.node}`;
  const candidates = binaryCandidates(host);
  const path = candidates.find((candidate) => existsSync(candidate));
  if (path === undefined) {
    throw new VnetperfError(`No native addon for ${machine}: looked for ${candidates.join(' and ')}`, {
      code: 'ERR_NATIVE_MISSING',
      remedy: missingRemedy(host),
    });
  }
  try {
    return createRequire(import.meta.url)(path) as NativeAddon;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const processor = elfProcessor(path);
    const foreign = processor === undefined || processor === host.arch ? '' : ` (it is a binary for ${processor})`;
    throw new VnetperfError(`The native addon ${path} cannot be loaded on ${machine}${foreign}: ${reason}`, {
      code: 'ERR_NATIVE_UNLOADABLE',
      remedy: host.binary ? wrongBinary : `Build it on this machine: ${howToBuild}.`,
      cause,
    });
  }
}

const howToBuild = 'run "npm ci && npm run build:native" in a checkout of vnetperf';
const wrongBinary = 'Correct VNETPERF_BINARY, or unset it to use the binary of the package.';

function missingRemedy(host: NativeHost): string {
  if (host.platform !== 'linux') return 'Run vnetperf on Linux: it measures with system calls of the Linux kernel.';
  if (host.binary) return wrongBinary;
  return `The package has binaries for x64 and arm64. Build one: ${howToBuild}, or point VNETPERF_BINARY at one.`;
}

function thisHost(): NativeHost {
  return {
    platform: process.platform,
    arch: process.arch,
    libc: detectLibc(),
    binary: process.env.VNETPERF_BINARY,
    packageRoot: packageRoot(),
  };
}

/**
 * Which C library this process runs on. What is mapped into it cannot be wrong; the report is for want of /proc.
 * @param maps what is read in place of /proc/self/maps.
 */
export function detectLibc(maps = '/proc/self/maps'): Libc {
  try {
    // musl's loader is the library as well. Where the one's name is a link (Debian, Void), the other's is mapped; glibc's
    // is libc.so.6.
    return /\/(ld-musl-[^/]*|libc\.so)$/m.test(readFileSync(maps, 'utf8')) ? 'musl' : 'glibc';
  } catch {
    const report = reportWithoutNetwork() as { header?: { glibcVersionRuntime?: string } };
    return report.header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  }
}

/** The report looks up the names of all peers of open sockets otherwise, which can take minutes. */
function reportWithoutNetwork(): object {
  const settings = process.report as typeof process.report & { excludeNetwork?: boolean };
  const before = settings.excludeNetwork ?? false;
  settings.excludeNetwork = true;
  try {
    return settings.getReport();
  } finally {
    settings.excludeNetwork = before;
  }
}
