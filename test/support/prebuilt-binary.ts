import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Prebuilt {
  arch: 'x64' | 'arm64';
  libc: 'glibc' | 'musl';
}

export const prebuilts: Prebuilt[] = [
  { arch: 'x64', libc: 'glibc' },
  { arch: 'x64', libc: 'musl' },
  { arch: 'arm64', libc: 'glibc' },
  { arch: 'arm64', libc: 'musl' },
];

/** A binary of the package, as `npm run prebuilds` leaves it. Throws Error with that command where it has not run. */
export function prebuiltBinary({ arch, libc }: Prebuilt): string {
  const path = fileURLToPath(new URL(`../../prebuilds/linux-${arch}/vnetperf.${libc}.node`, import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is missing: run "npm run prebuilds"`);
  return path;
}

/** What readelf prints of a file of any processor. */
export function readelf(path: string, ...flags: string[]): string {
  return execFileSync('readelf', ['--wide', ...flags, path], { encoding: 'utf8', timeout: 5000 });
}

interface DynamicSymbol {
  name: string;
  /** `GLIBC_2.34`; of symbols without one, undefined. */
  version: string | undefined;
  /** Without it the library loads as well. */
  weak: boolean;
  defined: boolean;
}

export function dynamicSymbols(path: string): DynamicSymbol[] {
  return readelf(path, '--dyn-syms')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([number, , , , , , , name]) => /^\d+:$/.test(number ?? '') && name !== undefined)
    .map(([, , , , binding, , section, name]) => {
      const [symbol, version] = name!.split(/@@?/);
      return { name: symbol!, version, weak: binding === 'WEAK', defined: section !== 'UND' };
    });
}

/** The libraries without which it does not load. */
export function neededLibraries(path: string): string[] {
  return [...readelf(path, '--dynamic').matchAll(/\(NEEDED\).*\[(.+)\]/g)].map((match) => match[1]!);
}
