import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leftBehind, machineState } from '../support/machine-state.js';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'vnetperf-npx-'));

beforeAll(() => {
  // As npm lays out what is installed.
  mkdirSync(join(project, 'node_modules', '.bin'), { recursive: true });
  symlinkSync(checkout, join(project, 'node_modules', 'vnetperf'));
  symlinkSync('../vnetperf/dist/cli/main.js', join(project, 'node_modules', '.bin', 'vnetperf'));
  writeFileSync(join(project, 'package.json'), '{ "name": "test", "version": "1.0.0", "private": true }');
});
afterAll(() => rmSync(project, { recursive: true }));

describe.runIf(process.getuid?.() === 0)('Ctrl-C under npx, which hands it on to a child that had it already', () => {
  it('ends the test once, with its summary, and leaves nothing', async () => {
    const before = machineState();
    // A group of its own, as the foreground of a terminal has: a signal to the group is what Ctrl-C is.
    const npx = spawn('npx', ['--no-install', 'vnetperf', 'run', 'veth', '-t', '30', '-i', '0.3', '-b', '1M'], {
      cwd: project,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    npx.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    npx.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const closed = once(npx, 'close', { signal: AbortSignal.timeout(30_000) });
    try {
      await expect.poll(() => stdout, { timeout: 20_000 }).toMatch(/0\.00-0\.\d\d +sec/);
      process.kill(-npx.pid!, 'SIGINT');
      await closed;
    } finally {
      if (npx.exitCode === null && npx.signalCode === null) process.kill(-npx.pid!, 'SIGKILL');
    }
    expect(stderr.match(/interrupt - the client has terminated by signal Interrupt\(2\)/g)).toHaveLength(1);
    expect(stdout).toMatch(/- - - -[\s\S]*sender\n.*\(receiver statistics not available\)/);
    expect(leftBehind(before)).toEqual([]);
  });
});
