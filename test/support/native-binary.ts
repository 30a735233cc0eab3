import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { binaryCandidates, detectLibc } from '../../lib/platform/load-native.js';

/** The addon of the checkout, for tests that load it in a process or a thread of its own. */
export const nativeBinary = binaryCandidates({
  platform: process.platform,
  arch: process.arch,
  libc: detectLibc(),
  binary: process.env.VNETPERF_BINARY,
  packageRoot: fileURLToPath(new URL('../..', import.meta.url)),
})[0] as string;
