import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commands, testGroups } from '../../lib/cli/commands.js';
import { iperf3Options } from '../../lib/cli/iperf3-options.js';
import { ownOptions, testOutcomeOptions } from '../../lib/cli/own-options.js';
import { kinds } from '../../lib/topology/kinds.js';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(checkout, path), 'utf8');
const pages = [
  ...['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'CHANGELOG.md'],
  ...readdirSync(join(checkout, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

function sideOf(name: string): string {
  return (
    [...iperf3Options, ...ownOptions, ...testOutcomeOptions].find((option) => option.name === name)?.side ?? 'both'
  );
}

describe('pages of commands', () => {
  it('have the options of the tables, as they are now', () => {
    const options = { encoding: 'utf8', timeout: 10_000 } as const;
    expect(execFileSync(process.execPath, [join(checkout, 'docs/options.mjs')], options)).toBe('');
  });

  it.each(commands.filter(({ words }) => words !== 'help').map((command) => [command.words, command] as const))(
    '%s has every option of its help',
    (words, { groups }) => {
      const page = read(`docs/${words.split(' ')[0]}.md`);
      for (const { long } of groups.flatMap(({ options }) => options)) expect(page).toContain(`--${long}`);
    },
  );

  it.each(['client', 'server'] as const)('%s has the options that this side takes, and no other', (side) => {
    const page = read(`docs/${side}.md`);
    for (const option of testGroups.flatMap(({ options }) => options)) {
      const taken = ['both', side].includes(sideOf(option.name)) && option.name !== 'latency';
      const row = new RegExp(`^\\| \`(-\\S, )?--${option.long}[\` [|]`, 'm');
      expect(row.test(page), `--${option.long} in docs/${side}.md`).toBe(taken);
    }
  });
});

describe('README and its pages', () => {
  it.each(iperf3Options.map(({ long, short }) => [long, short] as const))('say how --%s compares', (long, short) => {
    const readme = read('README.md');
    const [, section = ''] = /## In place of iperf3\n([\s\S]*?)\n## /.exec(readme) ?? [];
    expect([`\`--${long}\``, `\`-${short}\``].some((spelling) => section.includes(spelling))).toBe(true);
    expect(read('docs/iperf3.md')).toMatch(new RegExp(`--${long}\\b`));
  });

  it.each(['README.md', 'docs/networks.md'])('%s has every kind of network', (page) => {
    for (const kind of kinds.keys()) expect(read(page)).toContain(`\`${kind}\``);
  });

  it('README names the command that runs the tests', () => {
    expect(read('README.md')).toContain('\n./test/run\n');
  });

  it.each(pages)('the links of %s lead somewhere', (page) => {
    const text = read(page);
    for (const [, target = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      expect(existsSync(join(checkout, file)), `${page}: ${target}`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(read(file)), `${page}: ${target}`).toContain(anchor);
    }
  });

  it.each(pages)('%s names no path of a machine', (page) => {
    expect(read(page)).not.toMatch(/\/(home|root|Users|work|var\/tmp)\//);
  });
});

describe('examples', () => {
  const examples = readdirSync(join(checkout, 'examples'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => /\.(mjs|ts)$/.test(name) && !name.includes('node_modules'),
  );

  it.each(examples)('%s is short', (name) => {
    expect(read(join('examples', name)).split('\n').length).toBeLessThan(60);
  });
});

/** As the pages that show Markdown make them of headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/\s/g, '-'),
  );
}
