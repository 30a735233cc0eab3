import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { VnetperfError } from '../errors.js';
import type { NativeAddon } from './native.js';

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
  if (host.binary !== undefined && host.binary !== '') return [host.binary];
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
    throw new VnetperfError(`The native addon ${path} cannot be loaded on ${machine}: ${reason}`, {
      code: 'ERR_NATIVE_UNLOADABLE',
      remedy: 'Build it on this machine: run "npm ci && npm run build:native" in a checkout of vnetperf.',
      cause,
    });
  }
}

function missingRemedy(host: NativeHost): string {
  if (host.platform !== 'linux') return 'Run vnetperf on Linux: it measures with system calls of the Linux kernel.';
  if (host.binary) return 'Correct VNETPERF_BINARY, or unset it to use the binary of the package.';
  return 'Build it: run "npm ci && npm run build:native" in a checkout of vnetperf, or point VNETPERF_BINARY at a binary.';
}

function thisHost(): NativeHost {
  return {
    platform: process.platform,
    arch: process.arch,
    libc: detectLibc(),
    binary: process.env.VNETPERF_BINARY,
    packageRoot: packageRoot(dirname(fileURLToPath(import.meta.url))),
  };
}

/** Upwards to package.json: from dist/platform as published, and from lib/platform where the sources run as they are. */
function packageRoot(start: string): string {
  for (let directory = start; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'package.json')) || directory === dirname(directory)) return directory;
  }
}

/** Which C library this process runs on. What is mapped into it cannot be wrong; the report is for want of /proc. */
export function detectLibc(): Libc {
  try {
    return readFileSync('/proc/self/maps', 'utf8').includes('ld-musl-') ? 'musl' : 'glibc';
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
