// npm run prebuilds: the binaries of the package, prebuilds/linux-{x64,arm64}/vnetperf.{glibc,musl}.node, made on Debian
// 12 for x64.
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { objectsOf } from './native-build.mjs';
import { keepOnly } from './native-compile.mjs';
import { link } from './native-link.mjs';
import { requireCompilers, targets } from './native-targets.mjs';

const checkout = fileURLToPath(new URL('..', import.meta.url));

try {
  requireCompilers();
  rmSync(join(checkout, 'prebuilds'), { recursive: true, force: true });
  const used = [];
  for (const target of targets) {
    const file = join('prebuilds', target.directory, `vnetperf.${target.libc}.node`);
    const objects = await objectsOf(target);
    await link(target, objects, file);
    used.push(...objects);
    console.log(`${file}  ${Math.round(statSync(join(checkout, file)).size / 1024)} KiB`);
  }
  keepOnly(used);
} catch (error) {
  console.error(`npm run prebuilds: ${error.message}`);
  process.exitCode = 1;
}
