import { EventEmitter } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askPassword } from '../../lib/cli/password.js';
import { writePidFile } from '../../lib/cli/pid-file.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'vnetperf-start-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('-I', () => {
  it('writes the process id, without a newline, for its owner only, and removes it', () => {
    const path = join(directory, 'own.pid');
    const remove = writePidFile(path);
    expect(readFileSync(path, 'utf8')).toBe(String(process.pid));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    remove();
    expect(existsSync(path)).toBe(false);
  });

  it('refuses when the process in the file lives', () => {
    const path = join(directory, 'living.pid');
    writeFileSync(path, `${process.ppid}\n`);
    expect(() => writePidFile(path)).toThrow('Another instance of iperf3 appears to be running');
    expect(readFileSync(path, 'utf8')).toBe(`${process.ppid}\n`);
  });

  it.each([
    ['a process that cannot be: Linux has no such number', () => String(2 ** 22 + 1)],
    ['no process at all', () => 'words'],
    ['nothing', () => ''],
    ['itself', () => String(process.pid)],
    ['process 0, which would be a whole group', () => '0'],
  ])('replaces a file with %s', (_, content) => {
    const path = join(directory, 'stale.pid');
    writeFileSync(path, content());
    const remove = writePidFile(path);
    expect(readFileSync(path, 'utf8')).toBe(String(process.pid));
    remove();
  });

  it('leaves a file alone that has become another process’s', () => {
    const path = join(directory, 'taken.pid');
    const remove = writePidFile(path);
    writeFileSync(path, '1');
    remove();
    expect(readFileSync(path, 'utf8')).toBe('1');
  });

  it('is error 135 where it cannot be written', () => {
    expect(() => writePidFile(join(directory, 'no', 'pid'))).toThrow(
      expect.objectContaining({ iperf3Number: 135, message: 'unable to write PID file: No such file or directory' }),
    );
  });
});

describe('the password', () => {
  class Terminal extends EventEmitter {
    isTTY = true;
    modes: boolean[] = [];
    running = false;
    setRawMode(on: boolean): void {
      this.modes.push(on);
    }
    resume(): void {
      this.running = true;
    }
    pause(): void {
      this.running = false;
    }
  }

  async function ask(...typed: string[]): Promise<{ answer: string; shown: string; terminal: Terminal }> {
    const terminal = new Terminal();
    let shown = '';
    const prompt = { write: (text: string) => (shown += text) };
    const question = askPassword({ input: terminal as unknown as NodeJS.ReadStream, prompt });
    for (const text of typed) terminal.emit('data', Buffer.from(text));
    try {
      return { answer: await question, shown, terminal };
    } finally {
      expect(terminal.modes).toEqual([true, false]);
      expect(terminal.running).toBe(false);
      expect(terminal.listenerCount('data')).toBe(0);
    }
  }

  it('is read without echo, up to the end of the line', async () => {
    const { answer, shown } = await ask('ros', 'si\rmore');
    expect(answer).toBe('rossi');
    expect(shown).toBe('Password: \n');
  });

  it('can be corrected', async () => {
    expect((await ask('wrong\u0015rx\u007fossi\n')).answer).toBe('rossi');
  });

  it('is error 22 when broken off, or when there is no terminal', async () => {
    await expect(ask('ros\u0003')).rejects.toMatchObject({ iperf3Number: 22 });
    const input = { isTTY: false } as NodeJS.ReadStream;
    await expect(askPassword({ input, prompt: { write: () => {} } })).rejects.toMatchObject({
      iperf3Number: 22,
      message:
        'you must specify a username, password, and path to a valid RSA public key ' +
        '(there is no terminal to ask for the password)',
    });
  });
});
