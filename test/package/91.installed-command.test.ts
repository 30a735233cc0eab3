import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InstalledPackage } from '../support/installed-package.js';

let installed: InstalledPackage;
beforeAll(async () => {
  // No compiler, no make, no python: iproute2, ethtool, and what every Debian has.
  installed = await InstalledPackage.make('ip', 'ethtool', 'nsenter', 'unshare', 'setpriv', 'true');
  for (const path of [installed.directory, dirname(installed.directory)]) chmodSync(path, 0o755);
});
afterAll(async () => await installed?.dispose());

const run = ['npx', '--no-install', 'vnetperf', 'run', 'veth', '-t', '1'];

describe('a machine with Node and npm, and no compiler', () => {
  it.runIf(process.getuid?.() === 0)('measures a pair of namespaces by npx', async () => {
    const { stdout } = await installed.run(...run);
    expect(stdout).toMatch(/^veth: client 198\.18\.0\.2 .*-> server 198\.18\.0\.3/m);
    expect(stdout).toMatch(/ 0\.00-1\.0\d +sec .* receiver$/m);
    expect(stdout).toMatch(/^cost server +\d+ calls\/GB/m);
  });

  it.runIf(process.getuid?.() === 0)('does so for a user without privileges too', async () => {
    const { stdout } = await installed.runAsNobody('node_modules/.bin/vnetperf', ...run.slice(3));
    expect(stdout).toMatch(/ 0\.00-1\.0\d +sec .* receiver$/m);
  });

  it('says what it is', async () => {
    const { stdout } = await installed.run('npx', '--no-install', 'vnetperf', '--version');
    expect(stdout).toMatch(/^iperf 3\.\d+ \(vnetperf \d+\.\d+\.\d+/);
  });
});
