import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InstalledPackage } from '../support/installed-package.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { leftBehind, machineState, remaining } from '../support/machine-state.js';

const run = promisify(execFile);
const checkout = fileURLToPath(new URL('../..', import.meta.url));
const CONSOLE = join(checkout, 'docs/console.mjs');
/** What a Debian without anything has, and what README asks for: iproute2 and ethtool. */
const PROGRAMS = 'ip tc ethtool nsenter sysctl cat head tr kill rm'.split(' ');

/**
 * The commands of a page are run in a fresh directory in which the packed tarball was installed, with a PATH of Node,
 * npm, a shell, iproute2 and ethtool, in a network namespace that has a loopback and nothing else.
 */
describe.runIf(process.getuid?.() === 0)(
  'every command, copied and pasted, prints what is shown but for figures',
  () => {
    let installed: InstalledPackage;
    let loopback: LoopbackNamespace;
    beforeAll(async () => {
      loopback = new LoopbackNamespace();
      installed = await InstalledPackage.make(...PROGRAMS);
    });
    afterAll(async () => {
      await installed?.dispose();
      loopback?.[Symbol.dispose]();
    });

    async function differences(page: string, path: string): Promise<string> {
      const words = [process.execPath, CONSOLE, '--package', join(installed.directory, 'node_modules/vnetperf'), page];
      const enter = `--net=/proc/${process.pid}/fd/${loopback.fd}`;
      const options = { cwd: checkout, env: { PATH: path }, timeout: 100_000, killSignal: 'SIGKILL' } as const;
      const nsenter = join(installed.programs, 'nsenter');
      return await run(nsenter, [enter, ...words], options).then(
        ({ stdout }) => stdout,
        (error: { stdout?: string; stderr?: string }) => `${error.stdout}${error.stderr}`,
      );
    }

    it('README.md', { timeout: 120_000 }, async () => {
      const before = machineState();
      expect(await differences('README.md', installed.programs)).toBe('');
      expect(await remaining(() => leftBehind(before))).toEqual([]);
    });

    // What stands in these is of the same programs, and of an iperf3 beside them.
    const pages = readdirSync(join(checkout, 'docs')).filter((name) => name.endsWith('.md'));
    it.each(pages)('docs/%s', { timeout: 120_000 }, async (page) => {
      expect(await differences(join('docs', page), process.env.PATH ?? '')).toBe('');
    });
  },
);
