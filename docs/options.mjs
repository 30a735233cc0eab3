#!/usr/bin/env node
// Tables of options, factors, columns and exit codes in the pages of commands, out of the tables that the program itself reads them
// by. Needs what `npm run build:lib` makes.
//
//   node docs/options.mjs           which page is not up to date: status 1
//   node docs/options.mjs --write   brings them up to date
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commands, testGroups } from '../build-modules/cli/commands.js';
import { exitCodes } from '../build-modules/cli/help/exit-codes.js';
import { bothEndsOptions } from '../build-modules/cli/own-options.js';
import { factorLevels } from '../build-modules/compare/plan/factors.js';
import { FIGURE_COLUMNS, RUN_COLUMNS } from '../build-modules/report/comparison/csv-columns.js';

const PAGES = ['run', 'between', 'compare', 'report', 'doctor', 'cpus', 'topology', 'completion', 'exit-codes'];

/** What stands between the marks `<!-- NAME: ... -->` and `<!-- end of NAME -->` of a page. */
const parts = {
  options: (page) => (page === 'client' || page === 'server' ? sideTables(page) : commandTables(page)),
  statuses: () =>
    table(
      'Status',
      '',
      exitCodes.map(({ status, meaning }) => [status, meaning]),
    ),
  factors: () =>
    table(
      'FACTOR',
      'LEVEL',
      factorLevels.map(({ name, levels }) => [name, levels]),
    ),
  columns: () => {
    const factor = { name: 'factor_...', meaning: 'level of each factor: topology, pin ...' };
    const columns = [...RUN_COLUMNS, factor, ...FIGURE_COLUMNS];
    return table(
      'Column',
      '',
      columns.map(({ name, meaning }) => [name, meaning]),
    );
  },
};

/** Of `-c` and `-s`: what the one or the other would refuse stands on the pages of those that take it. */
function sideTables(page) {
  const own = page === 'client' ? 'Client' : 'Server';
  const taken = ({ side, name }) =>
    (side === 'both' || side === page) && !bothEndsOptions.some((one) => one.name === name);
  const groups = testGroups
    .map(({ title, options }) => ({ title, options: options.filter(taken) }))
    .filter(({ options }) => options.length > 0);
  return [...groups.filter(({ title }) => title === own), ...groups.filter(({ title }) => title !== own)]
    .map(groupTable)
    .join('\n\n');
}

function commandTables(page) {
  const asked = commands.filter(({ words }) => words.split(' ')[0] === page);
  return asked
    .flatMap(({ words, groups, testOptions = [] }) => [
      ...groups.map(({ title, options }) =>
        groupTable({ title: asked.length > 1 ? `${words}: ${title}` : title, options }),
      ),
      ...(testOptions.length === 0
        ? []
        : [`Options of a test, as those of [-c](client.md) and [run](run.md): ${names(testOptions)}.`]),
    ])
    .join('\n\n');
}

function names(options) {
  return options.map(({ long, short }) => `\`${short === undefined ? `--${long}` : `-${short}`}\``).join(' ');
}

function groupTable({ title, options }) {
  const rows = options.map((option) => [typed(option), option.meaning]);
  return table(title, '', rows);
}

function typed({ long, short, argument, value }) {
  const behind = value === undefined ? '' : argument === 'optional' ? `[=${value}]` : ` ${value}`;
  return `${short === undefined ? '' : `-${short}, `}--${long}${behind}`;
}

function table(left, right, rows) {
  const cell = (text) => text.replaceAll('|', '\\|');
  return [
    `| ${left} | ${right} |`,
    '|---|---|',
    ...rows.map(([name, text]) => `| \`${cell(name)}\` | ${cell(text)} |`),
  ].join('\n');
}

const outdated = [];
for (const page of ['client', 'server', ...PAGES]) {
  const path = fileURLToPath(new URL(`${page}.md`, import.meta.url));
  const before = readFileSync(path, 'utf8');
  const after = before.replace(
    /(<!-- (\w+): [^>]*-->\n)[\s\S]*?(<!-- end of \2 -->)/g,
    (_, begin, name, end) => `${begin}\n${parts[name](page)}\n\n${end}`,
  );
  if (after === before) continue;
  if (process.argv.includes('--write')) writeFileSync(path, after);
  else outdated.push(page);
}
if (outdated.length > 0) {
  console.log(`not up to date: ${outdated.join(', ')}. Run: npm run docs:options -- --write`);
  process.exitCode = 1;
}
