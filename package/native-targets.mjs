// The binaries of the package, and what has to be installed on Debian 12 to make them.
import { existsSync } from 'node:fs';

export const targets = [
  { directory: 'linux-x64', processor: 'x86_64', libc: 'glibc' },
  { directory: 'linux-x64', processor: 'x86_64', libc: 'musl' },
  { directory: 'linux-arm64', processor: 'aarch64', libc: 'glibc' },
  { directory: 'linux-arm64', processor: 'aarch64', libc: 'musl' },
];

/** A package each, and a file by which it is seen to be there. */
const requirements = {
  clang: '/usr/bin/clang++',
  lld: '/usr/bin/ld.lld',
  'g++': '/usr/lib/gcc/x86_64-linux-gnu/12/libstdc++.a',
  'libstdc++-12-dev-arm64-cross': '/usr/lib/gcc-cross/aarch64-linux-gnu/12/libstdc++.a',
};

/** Throws with the command that installs them where packages are missing. */
export function requireCompilers() {
  const missing = Object.keys(requirements).filter((name) => !existsSync(requirements[name]));
  if (missing.length === 0) return;
  throw new Error(
    `The binaries are made on Debian 12 for x64, and these packages are missing. Install them with: ` +
      `apt-get install --no-install-recommends ${missing.join(' ')}`,
  );
}
