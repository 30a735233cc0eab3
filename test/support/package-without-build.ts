import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** What the package has in it, without the addon that is built here: its own binaries are the only ones to be found. */
export class PackageWithoutBuild {
  readonly directory = mkdtempSync(join(tmpdir(), 'vnetperf-prebuilt-'));
  readonly command = join(this.directory, 'dist/cli/main.js');

  constructor() {
    for (const part of ['dist', 'prebuilds', 'package.json', 'schema']) {
      cpSync(join(checkout, part), join(this.directory, part), { recursive: true });
    }
    symlinkSync(join(checkout, 'node_modules'), join(this.directory, 'node_modules'));
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true });
  }
}
