import { join } from 'node:path';
import { packageRoot } from './package-root.js';

/**
 * The words that start a part of this package as a process of its own. It runs what was built of it, also where the
 * sources run as they are.
 * @param name Of the file in dist/processes, without its ending.
 */
export function ownProgram(name: 'weave-sleeve' | 'packet-queues'): [program: string, script: string] {
  return [process.execPath, join(packageRoot(), 'dist', 'processes', `${name}.js`)];
}
