import { openSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locateCommand, runCommand } from '../../lib/platform/run-command.js';

describe('a command', () => {
  it('gets its words as they are, without a shell, in the C locale', async () => {
    const { stdout } = await runCommand(['printf', '%s|', '$HOME', 'a b', '`id`', '*']);
    expect(stdout).toBe('$HOME|a b|`id`|*|');
    expect((await runCommand(['printenv', 'LC_ALL'])).stdout).toBe('C\n');
  });

  it('reads its input and finds the descriptors it was given', async () => {
    expect((await runCommand(['cat'], { input: 'to be copied' })).stdout).toBe('to be copied');
    const fd = openSync('/proc/self/ns/net', 'r');
    const { stdout } = await runCommand(['readlink', '/proc/self/fd/3'], { descriptors: [fd] });
    expect(stdout).toMatch(/^net:\[\d+\]\n$/);
  });

  it('that fails is an error with its status and its words', async () => {
    await expect(runCommand(['ls', '/nowhere/at/all'])).rejects.toMatchObject({
      code: 'ERR_COMMAND_FAILED',
      exitStatus: 2,
      stderr: expect.stringContaining('No such file or directory'),
      message: expect.stringMatching(/^"ls \/nowhere\/at\/all" ended with status 2: ls: /),
    });
  });

  it('that does not read its input fails by its status, not by the pipe', async () => {
    await expect(runCommand(['false'], { input: 'x'.repeat(1_000_000) })).rejects.toMatchObject({ exitStatus: 1 });
  });

  it('that does not end is ended, together with its pipes', async () => {
    const start = performance.now();
    // The background process holds stdout open long after its parent is gone.
    await expect(runCommand(['sh', '-c', 'sleep 2 & sleep 2'], { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'ERR_COMMAND_TIMEOUT',
    });
    expect(performance.now() - start).toBeLessThan(1_500);
  });

  it('that writes without end is ended', async () => {
    await expect(runCommand(['yes'], { outputLimitBytes: 10_000 })).rejects.toMatchObject({
      code: 'ERR_COMMAND_OUTPUT',
    });
  });

  it('that is not there is one sentence with the command that installs it', async () => {
    await expect(runCommand(['no-such-program'])).rejects.toMatchObject({
      code: 'ERR_COMMAND_MISSING',
      message: 'vnetperf needs no-such-program, which is not on this machine',
    });
  });
});

describe('programs are found', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'vnetperf-path-'));
    for (const path of ['bin/plain', 'sbin/admin', 'sbin/plain', 'other/text']) {
      await mkdir(join(root, path, '..'), { recursive: true });
      await writeFile(join(root, path), '');
      if (!path.endsWith('text')) await chmod(join(root, path), 0o755);
    }
  });
  afterAll(() => rm(root, { recursive: true }));

  it('in PATH first, then in the sbin beside each bin', () => {
    const path = `${root}/other:${root}/bin`;
    expect(locateCommand('plain', path)).toBe(`${root}/bin/plain`);
    expect(locateCommand('admin', path)).toBe(`${root}/sbin/admin`);
  });

  it('only where they can be executed, and nowhere else', () => {
    expect(locateCommand('text', `${root}/other`)).toBeUndefined();
    expect(locateCommand('admin', `${root}/other`)).toBeUndefined();
    expect(locateCommand('bin', root)).toBeUndefined();
    expect(locateCommand('plain', '')).toBeUndefined();
  });
});
