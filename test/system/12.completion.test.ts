import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const zshDriver = fileURLToPath(new URL('../support/zsh-completion.zsh', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'vnetperf-completion-'));
const environment = { ...process.env, PATH: `${directory}:${process.env.PATH}`, HOME: directory, TERM: 'dumb' };

beforeAll(() => {
  symlinkSync(program, join(directory, 'vnetperf'));
  for (const shell of ['bash', 'zsh', 'fish']) {
    writeFileSync(join(directory, shell), run('vnetperf', ['completion', shell]));
  }
  writeFileSync(join(directory, 'result.json'), '{}');
});
afterAll(() => rmSync(directory, { recursive: true }));

function run(command: string, words: readonly string[], input = ''): string {
  const options = { encoding: 'utf8', timeout: 30_000, env: environment, cwd: directory, input } as const;
  const { status, stdout, stderr, error } = spawnSync(command, words, options);
  expect({ command, status, stderr, error }).toEqual({ command, status: 0, stderr: '', error: undefined });
  return stdout;
}

/** As readline splits it: words end at blanks, and = and : are words too. */
function bash(line: string): string[] {
  const words = line.split(/ +|(?<=[=:])|(?=[=:])/);
  const script = `source ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _vnetperf; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const offered = run('bash', ['--norc', '-c', script, 'bash', ...words])
    .split('\n')
    .filter((word) => word !== '');
  // Of a command that is in two directories, readline shows one.
  return [...new Set(offered)];
}

function fish(line: string): string[] {
  return run('fish', ['--no-config', '-c', 'source ./fish; complete -C $argv[1]', line])
    .split('\n')
    .filter((row) => row !== '')
    .map((row) => row.split('\t')[0]!);
}

function zsh(...lines: string[]): string[] {
  const typed = run('zsh', ['-f', zshDriver, './zsh', ...lines])
    .trimEnd()
    .split('\n');
  // The blank behind a whole word is one that zsh may take back.
  return typed.map((line) => line.trimEnd());
}

it.each(['bash', 'zsh', 'fish'])('%s reads the script without complaint', (shell) => {
  run(shell, ['-n', join(directory, shell)]);
});

describe('bash completes', () => {
  it.each([
    ['vnetperf com', ['compare', 'completion']],
    ['vnetperf run loop', ['loopback']],
    ['vnetperf run veth --send', ['--send-path']],
    ['vnetperf run veth --send-path ', ['copy', 'sendfile', 'splice', 'zerocopy', 'auto']],
    ['vnetperf run veth --send-path=s', ['sendfile', 'splice']],
    ['vnetperf -c host -f k', ['k']],
    ['vnetperf --json run', []],
    ['vnetperf compare veth bridge ipv', ['ipvlan']],
    ['vnetperf compare veth --vary pi', ['pin=']],
    ['vnetperf compare veth --vary pin=off,a', ['off,auto']],
    ['vnetperf compare --vary direction=rev', ['reverse']],
    ['vnetperf topology ', ['up', 'ls', 'exec', 'down', 'gc', '--help']],
    ['vnetperf topology up veth --na', ['--name']],
    ['vnetperf topology exec net s', ['server']],
    ['vnetperf topology exec net client -- nsente', ['nsenter']],
    ['vnetperf between host pid', ['pid:']],
    ['vnetperf report res', ['result.json']],
    ['vnetperf -F res', ['result.json']],
    ['vnetperf help exit', ['exit-codes']],
    ['vnetperf completion ', ['bash', 'zsh', 'fish']],
  ])('%s', (line, offered) => {
    expect(bash(line)).toEqual(offered);
  });
});

describe('fish completes', () => {
  it.each([
    ['vnetperf com', ['compare', 'completion']],
    ['vnetperf run loop', ['loopback']],
    ['vnetperf run veth --send', ['--send-path']],
    ['vnetperf run veth --send-path ', ['auto', 'copy', 'sendfile', 'splice', 'zerocopy']],
    ['vnetperf compare veth --vary pin=off,a', ['pin=off,auto']],
    ['vnetperf topology ', ['down', 'exec', 'gc', 'ls', 'up']],
    ['vnetperf topology exec net s', ['server']],
    ['vnetperf topology exec net client -- nsente', ['nsenter']],
    ['vnetperf report res', ['result.json']],
  ])('%s', (line, offered) => {
    expect(fish(line)).toEqual(offered);
  });
});

it('zsh completes', () => {
  const typed = {
    'vnetperf compl': 'vnetperf completion',
    'vnetperf run loop': 'vnetperf run loopback',
    'vnetperf run veth --send': 'vnetperf run veth --send-path=',
    'vnetperf run veth --send-path=spl': 'vnetperf run veth --send-path=splice',
    'vnetperf compare veth bridge ipv': 'vnetperf compare veth bridge ipvlan',
    'vnetperf compare veth --vary pi': 'vnetperf compare veth --vary pin=',
    'vnetperf compare veth --vary pin=off,a': 'vnetperf compare veth --vary pin=off,auto',
    'vnetperf topology e': 'vnetperf topology exec',
    'vnetperf topology up veth --na': 'vnetperf topology up veth --name=',
    'vnetperf topology exec net s': 'vnetperf topology exec net server',
    'vnetperf topology exec net client -- nsente': 'vnetperf topology exec net client -- nsenter',
    'vnetperf report res': 'vnetperf report result.json',
  };
  const lines = zsh(...Object.keys(typed));
  expect(Object.fromEntries(Object.keys(typed).map((line, index) => [line, lines[index]]))).toEqual(typed);
});

describe.runIf(process.getuid?.() === 0)('a network that is up', () => {
  const name = `tab-${process.pid}`;
  beforeAll(() => void run('vnetperf', ['topology', 'up', 'veth', '--name', name]));
  afterAll(() => void run('vnetperf', ['topology', 'down', name]));

  it('is offered by its name', () => {
    expect(bash('vnetperf topology down tab-')).toContain(name);
    expect(fish('vnetperf topology exec tab-')).toContain(name);
    expect(zsh(`vnetperf topology down ${name.slice(0, -1)}`)).toEqual([`vnetperf topology down ${name}`]);
    expect(bash(`vnetperf between netns:vnetperf-${name}-c`)).toEqual([`vnetperf-${name}-client`]);
  });
});
