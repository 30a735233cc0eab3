import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { commands } from '../support/iperf-process.js';

const vnetperf = commands.vnetperf.join(' ');

/** Everything that a terminal is sent, standard output being a file where one is named. */
function onTerminal(line: string, environment: NodeJS.ProcessEnv = {}): string {
  const { status, stdout } = spawnSync('script', ['-qec', `stty cols 70; ${vnetperf} ${line}`, '/dev/null'], {
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...process.env, NO_COLOR: undefined, TERM: 'xterm', ...environment },
  });
  expect(status).toBe(0);
  return stdout;
}

const ERASE = `${String.fromCharCode(27)}[K`;
// SGR, which is what colours are made of (ECMA-48, 8.3.117).
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`);

it.each([{ FORCE_COLOR: '3' }, { NO_COLOR: '1' }])(
  'help, cores and versions have no colours with %j',
  (environment) => {
    for (const line of ['-h', '-v', 'cpus']) expect(onTerminal(line, environment)).not.toMatch(COLOUR);
  },
);

describe.runIf(process.getuid?.() === 0)('a test that prints nothing until it ends', () => {
  const test = 'run veth -t 3 -b 1M -J >/dev/null';

  it('has a bar with the time left, which is gone at the end, and no colours', () => {
    const sent = onTerminal(test, { FORCE_COLOR: '3' });
    expect(sent).toMatch(/\r\[>? *=*>? *\] 0\/3 {2}seconds {3}3 s left/);
    expect(sent).toMatch(/1\/3 {2}seconds {3}2 s left/);
    expect(sent.endsWith(`\r${ERASE}`)).toBe(true);
    expect(sent).not.toMatch(COLOUR);
    for (const drawn of sent.replaceAll(ERASE, '').split('\r')) expect(drawn.length).toBeLessThan(70);
  });

  it('has none on a dumb terminal, nor where standard error is a file', () => {
    expect(onTerminal(test, { TERM: 'dumb' })).toBe('');
    expect(onTerminal(`${test} 2>/dev/null`)).toBe('');
  });
});
