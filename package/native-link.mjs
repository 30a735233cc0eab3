// Objects to an addon. The C++ library is inside; what is left to the machine is the C library, by the name that either
// libc answers to. One set of objects serves both: on 64 bits their structures and constants are the kernel's.
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const checkout = fileURLToPath(new URL('..', import.meta.url));

const common = [
  ...['-shared', '-fuse-ld=lld', '-static-libgcc', '-Wl,--version-script=native/exports.map'],
  ...['-Wl,-z,nodelete', '-Wl,-z,relro', '-Wl,-z,now', '-Wl,--gc-sections', '-Wl,--icf=safe', '-Wl,--strip-all'],
];

const clang = (args) => promisify(execFile)('clang++', args, { cwd: checkout, timeout: 60_000 });

/** musl's loader answers to libc.so and looks into no file for it. glibc's finds none, and says so instead of crashing. */
async function libraryNamedLikeMusl(target) {
  const file = `build-prebuilds/musl-${target}/libc.so`;
  mkdirSync(join(checkout, dirname(file)), { recursive: true });
  await clang([
    `--target=${target}`,
    '-shared',
    '-fuse-ld=lld',
    '-nostdlib',
    '-Wl,-soname,libc.so',
    '-x',
    'c++',
    '/dev/null',
    '-o',
    file,
  ]);
  return file;
}

/**
 * @param {{ processor: string, libc: string }} target
 * @param {string[]} objects
 * @param {string} file
 */
export async function link({ processor, libc }, objects, file) {
  const target = `${processor}-linux-gnu`;
  mkdirSync(join(checkout, dirname(file)), { recursive: true });
  const libraries =
    libc === 'glibc'
      ? ['-static-libstdc++', '-Wl,--as-needed']
      : [
          ...['-nodefaultlibs', '-Wl,-Bstatic', '-lstdc++', '-lgcc', '-lgcc_eh', '-lgcc', '-Wl,-Bdynamic'],
          ...['-Wl,--no-as-needed', await libraryNamedLikeMusl(target)],
        ];
  await clang([`--target=${target}`, ...common, ...objects, ...libraries, '-o', file]);
}
