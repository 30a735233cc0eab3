import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { hasPauseProgram, pauseProgram } from '../../lib/topology/containers/pause-program.js';
import { tarArchive } from '../../lib/topology/containers/tar-archive.js';

const directory = mkdtempSync(join(tmpdir(), 'vnetperf-image-'));
afterAll(() => rmSync(directory, { recursive: true }));

const HERE = ({ x64: 'amd64', arm64: 'arm64' } as Record<string, string>)[process.arch] ?? process.arch;

describe('the program in the image', () => {
  it('is made for the machines that engines run on', () => {
    expect(['amd64', 'arm64'].map(hasPauseProgram)).toEqual([true, true]);
    expect(['riscv64', 's390x', 'toString', ''].map(hasPauseProgram)).toEqual([false, false, false, false]);
  });

  it.each([
    ['amd64', 62, 'b8220000000f05ebf7'],
    ['arm64', 183, '000080d2010080d2020080d2030080d2040080d2280980d2010000d4f9ffff17'],
  ] as const)('for %s is one segment whose first byte of code is the entry', (architecture, machine, code) => {
    const file = Buffer.from(pauseProgram(architecture));
    expect(file.subarray(0, 7).toString('hex')).toBe('7f454c46020101');
    expect(file.readUInt16LE(18)).toBe(machine);
    const segment = Number(file.readBigUInt64LE(32));
    const offset = Number(file.readBigUInt64LE(24) - file.readBigUInt64LE(segment + 16));
    expect(file.subarray(offset).toString('hex')).toBe(code);
    expect(file.readBigUInt64LE(segment + 32)).toBe(BigInt(file.length));
    expect(file.length).toBeLessThan(200);
  });

  it.runIf(hasPauseProgram(HERE))('runs here, sleeps, goes on after a signal, and ends when it is killed', async () => {
    const path = join(directory, 'pause');
    writeFileSync(path, pauseProgram(HERE as 'amd64'));
    chmodSync(path, 0o755);
    const child = spawn(path, { stdio: 'ignore' });
    try {
      const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
        child.once('exit', (status, signal) => resolve([status, signal])),
      );
      const state = () => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      const asleep = async () => {
        const deadline = performance.now() + 3_000;
        while (state() !== 'S' && performance.now() < deadline) await sleep(5);
        return state();
      };
      expect(await asleep()).toBe('S');
      child.kill('SIGSTOP');
      child.kill('SIGCONT');
      expect(await asleep()).toBe('S');
      child.kill('SIGKILL');
      expect(await ended).toEqual([null, 'SIGKILL']);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('the archive around it', () => {
  it('is what tar takes for one executable file of root', () => {
    const content = pauseProgram('amd64');
    const archive = join(directory, 'image.tar');
    writeFileSync(archive, tarArchive('pause', content));
    const options = { encoding: 'utf8', env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' } } as const;
    expect(execFileSync('tar', ['--list', '--verbose', '--numeric-owner', '-f', archive], options)).toMatch(
      /^-rwxr-xr-x 0\/0 +\d+ 1970-01-01 00:00 pause\n$/,
    );
    expect(execFileSync('tar', ['--extract', '--to-stdout', '-f', archive])).toEqual(Buffer.from(content));
  });

  it.each([0, 1, 511, 512, 513])('of %d bytes is whole blocks', (bytes) => {
    expect(tarArchive('x', new Uint8Array(bytes)).length).toBe(512 * (1 + Math.ceil(bytes / 512) + 2));
  });
});
