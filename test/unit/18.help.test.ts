import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { commands } from '../../lib/cli/commands.js';
import { compareOptions } from '../../lib/cli/compare/options.js';
import { exitCodes } from '../../lib/cli/help/exit-codes.js';
import { helpOn } from '../../lib/cli/help/help-text.js';
import { iperf3Options } from '../../lib/cli/iperf3-options.js';
import { bothEndsOptions, ownOptions, runOptions } from '../../lib/cli/own-options.js';
import { binaryText, versionText } from '../../lib/cli/version.js';
import { loadNative } from '../../lib/platform/load-native.js';
import { packageVersion } from '../../lib/platform/package-version.js';
import { kinds } from '../../lib/topology/kinds.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'vnetperf-version-'));
const broken = join(directory, 'broken.node');
writeFileSync(broken, 'no binary');
afterAll(() => rmSync(directory, { recursive: true }));

const everyOption = [...iperf3Options, ...ownOptions, ...bothEndsOptions, ...runOptions, ...compareOptions];
const topics = [[], ['all'], ['exit-codes'], ['topology'], ...commands.map(({ words }) => words.split(' '))];

describe('help all', () => {
  const text = helpOn(['all']);

  it.each(everyOption.map(({ long, short }) => [long, short] as const))('explains --%s', (long, short) => {
    const spelling = short === undefined ? ' {5}' : ` -${short}, `;
    expect(text).toMatch(new RegExp(`^ ${spelling}--${long}(?=[ =[]|$)[^\\n]*(  [^ ]|\\n {20})`, 'm'));
  });

  it('explains every kind of network and every status', () => {
    for (const kind of kinds.keys()) expect(text).toMatch(new RegExp(`^ {2}${kind}( {2}|$)`, 'm'));
    for (const { status } of exitCodes) expect(text).toContain(`\n  ${status}`);
  });
});

describe('--help', () => {
  const text = helpOn([]);

  it('is a screen', () => {
    expect(text.split('\n').length).toBeLessThanOrEqual(55);
  });

  it('names every option of a test: scripts look there for what an iperf3 can do', () => {
    for (const { long, short } of [...iperf3Options, ...ownOptions, ...bothEndsOptions]) {
      expect(text).toMatch(new RegExp(`(?<![\\w-])--${long}(?![\\w-])`));
      if (short !== undefined) expect(text).toMatch(new RegExp(`(?<![\\w-])-${short}(?![\\w-])`));
    }
  });

  it('names every command, and each has its own', () => {
    for (const { words, groups } of commands) {
      expect(text).toMatch(new RegExp(`^ {2}${words.split(' ')[0]}\\b`, 'm'));
      const own = helpOn(words.split(' '));
      expect(own).toContain(`vnetperf ${words}`);
      for (const { long } of groups.flatMap(({ options }) => options)) {
        expect(own).toMatch(new RegExp(`--${long}(?![\\w-])`));
      }
    }
  });
});

describe.each(topics)('help on %s', (...topic) => {
  const text = helpOn(topic);

  it('fits 80 columns', () => {
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  it('explains no option that does not exist', () => {
    const known = new Set(
      commands
        .flatMap(({ groups, testOptions = [] }) => [...groups.flatMap(({ options }) => options), ...testOptions])
        .concat(everyOption)
        .map(({ long }) => long),
    );
    for (const [, long] of text.matchAll(/(?<![\w-])--([a-z][a-z0-9-]+)/g)) expect(known).toContain(long);
  });
});

it('help on what there is not is refused with what there is', () => {
  expect(() => helpOn(['nothing'])).toThrow(
    expect.objectContaining({ command: 'help', remedy: expect.stringContaining('exit-codes') }),
  );
});

describe('--version', () => {
  it('begins as iperf3 does, names vnetperf, and lists the features', () => {
    const lines = versionText('Linux host 6.1.0 #1 SMP x86_64', binaryText()).split('\n');
    expect(lines).toEqual([
      `iperf 3.21 (vnetperf ${packageVersion()})`,
      'Linux host 6.1.0 #1 SMP x86_64',
      expect.stringMatching(/^Optional features available: CPU affinity setting, .*authentication.*/),
      expect.stringMatching(/^Binary: (x86_64|aarch64)-linux-(gnu|musl) \((glibc|musl)\), \S+.* \d+\.\d+\.\d+/),
    ]);
    expect(packageVersion()).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('says of which package another binary is', () => {
    const build = { ...loadNative().build, version: '0.0.1' };
    expect(binaryText(() => ({ ...loadNative(), build }))).toMatch(/, made for vnetperf 0\.0\.1$/);
  });

  it.each([
    [broken, /^Binary: none\. The native addon .*broken\.node cannot be loaded on .*/],
    ['/no/such/file', /^Binary: none\. No native addon for .*: looked for \/no\/such\/file$/],
  ])('does not fail where the binary is %s', (binary, words) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, '-v'], {
      encoding: 'utf8',
      timeout: 10_000,
      env: { ...process.env, VNETPERF_BINARY: binary },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatch(words);
  });
});
