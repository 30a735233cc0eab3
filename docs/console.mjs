#!/usr/bin/env node
// What README and the pages show of a command is what it prints. The commands of their ```console blocks are run one
// after another in a fresh directory in which vnetperf is installed, so that npx and imports find it too.
//
//   node docs/console.mjs FILE...           where what is printed differs from what is shown, but for figures: status 1
//   node docs/console.mjs --write FILE...   puts what is printed now in its place
//   --package DIR                           the package, unpacked; this checkout unless given
//
// ```console        a line that begins with "$ " is a command, what follows is its output
// ```console once   output that follows from the machine: written with --write, else neither run nor compared
// ```js NAME        is written to the file NAME first
// ```sh             what would take too long, or install: `vnetperf run` and `compare` are tried with --dry-run
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { shapeOf } from './shape.mjs';

const COMMAND_TIMEOUT_MS = 120_000;

/** The fenced blocks of a page in their order: words behind the fence, lines between the fences, place of the first. */
function blocksOf(text) {
  const lines = text.split('\n');
  const blocks = [];
  for (let at = 0; at < lines.length; at++) {
    const [, language, words] = /^```(\w+) ?(.*)$/.exec(lines[at]) ?? [];
    if (language === undefined) continue;
    const end = lines.indexOf('```', at + 1);
    blocks.push({ language, words, begin: at + 1, end, lines: lines.slice(at + 1, end) });
    at = end;
  }
  return blocks;
}

/** [{ command, shown }] */
function commandsOf(block) {
  const commands = [];
  for (const line of block.lines) {
    if (line.startsWith('$ ')) commands.push({ command: line.slice(2), shown: [] });
    else commands.at(-1).shown.push(line);
  }
  return commands;
}

/** As npm lays it out. */
function installed(packageDirectory) {
  const directory = mkdtempSync(join(tmpdir(), 'vnetperf-console-'));
  const modules = join(directory, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  symlinkSync(packageDirectory, join(modules, 'vnetperf'));
  symlinkSync('../vnetperf/dist/cli/main.js', join(modules, '.bin/vnetperf'));
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }\n');
  return directory;
}

/** A line of a block of `sh` without its remark. */
function rehearsal(line) {
  const [, command] = /^((?:npx )?vnetperf (?:run|compare) [^#]*?) *(?:#.*)?$/.exec(line) ?? [];
  return command === undefined ? [] : [`${command} --dry-run`];
}

function run(command, directory) {
  const { stdout, status, error } = spawnSync('sh', ['-c', `exec 2>&1\n${command}`], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: COMMAND_TIMEOUT_MS,
    // Nothing of whoever runs this: npm would warn of settings, and commands find a network that is not theirs.
    env: {
      PATH: `${join(directory, 'node_modules/.bin')}${delimiter}${process.env.PATH}`,
      HOME: directory,
      VNETPERF_STATE_DIRECTORY: join(directory, 'state'),
      NO_UPDATE_NOTIFIER: '1',
    },
  });
  if (error) throw new Error(`${command}: ${error.message}`);
  return { status, printed: stdout === '' ? [] : stdout.replace(/\n$/, '').split('\n') };
}

/** Runs the blocks of one page. @returns the page as it should be, and what differs from it in words. */
function played(path, packageDirectory) {
  const text = readFileSync(path, 'utf8');
  const lines = text.split('\n');
  const directory = installed(packageDirectory);
  const differences = [];
  const written = [];
  try {
    for (const block of blocksOf(text)) {
      if (block.language === 'js' && block.words !== '') {
        writeFileSync(join(directory, block.words), `${block.lines.join('\n')}\n`);
      }
      if (block.language === 'sh') {
        for (const command of block.lines.flatMap(rehearsal)) {
          const { status, printed } = run(command, directory);
          if (status !== 0) differences.push(`${path}: $ ${command}`, `  ended with status ${status}:`, ...printed);
        }
      }
      if (block.language !== 'console' || (block.words === 'once' && !values.write)) continue;
      const now = [];
      for (const { command, shown } of commandsOf(block)) {
        const { printed } = run(command, directory);
        now.push(`$ ${command}`, ...printed.map((line) => line.trimEnd()));
        const [wanted, got] = [shapeOf(shown), shapeOf(printed)];
        if (wanted.join('\n') === got.join('\n')) continue;
        const missing = wanted.filter((line) => !got.includes(line)).map((line) => `  shown, not printed: ${line}`);
        const extra = got.filter((line) => !wanted.includes(line)).map((line) => `  printed, not shown: ${line}`);
        differences.push(`${path}: $ ${command}`, ...missing, ...extra, '  as printed:', ...printed);
      }
      written.push({ block, now });
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  for (const { block, now } of written.reverse()) lines.splice(block.begin, block.end - block.begin, ...now);
  return { text: lines.join('\n'), differences };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean' }, package: { type: 'string' } },
});
const packageDirectory = values.package ?? fileURLToPath(new URL('..', import.meta.url));
for (const file of positionals) {
  const { text, differences } = played(file, resolve(packageDirectory));
  if (values.write) writeFileSync(file, text);
  else if (differences.length > 0) {
    console.log(differences.join('\n'));
    process.exitCode = 1;
  }
}
