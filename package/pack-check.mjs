// `npm run pack:check`: what npm would publish, held against what is promised of it. A line a check; status 1 where one
// of them fails.
import process from 'node:process';
import { binaries } from './checks/binaries.mjs';
import { command } from './checks/command.mjs';
import { contents } from './checks/contents.mjs';
import { installScripts } from './checks/install-scripts.mjs';
import { licences } from './checks/licences.mjs';
import { machinePaths } from './checks/machine-paths.mjs';
import { manifest } from './checks/manifest.mjs';
import { tarballSize, treeSize } from './checks/sizes.mjs';
import { typeResolution } from './checks/type-resolution.mjs';
import { packAndInstall } from './packed.mjs';

/** Each returns what it saw, in a few words, or throws an error with one sentence. */
const checks = {
  'publint --strict': manifest,
  'attw, esm-only': typeResolution,
  contents,
  'no install script': installScripts,
  binaries,
  'no path of a machine': machinePaths,
  licences,
  'size of the tarball': tarballSize,
  'size of the installed tree': treeSize,
  'the command': command,
};

const packed = await packAndInstall();
try {
  for (const [name, check] of Object.entries(checks)) {
    try {
      console.log(`ok    ${name}: ${await check(packed)}`);
    } catch (error) {
      console.log(`FAIL  ${name}: ${error.message}`);
      process.exitCode = 1;
    }
  }
} finally {
  await packed.remove();
}
