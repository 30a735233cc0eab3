import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDaemon } from '../../lib/cli/daemon.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'vnetperf-daemon-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('-D', () => {
  function script(name: string, text: string): string {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  }

  it('waits until the daemon listens, and leaves it in a session of its own', async () => {
    const note = join(directory, 'note');
    const path = script(
      'listens.mjs',
      `import { writeFileSync, readFileSync } from 'node:fs';
       const [, , note] = process.argv;
       const session = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')[3];
       writeFileSync(note, JSON.stringify({ session, marker: process.env.VNETPERF_DAEMON, cwd: process.cwd() }));
       process.send({ listening: true }, () => process.disconnect());
       setTimeout(() => {}, 5000);`,
    );
    const pid = await startDaemon([note], path);
    try {
      expect(JSON.parse(readFileSync(note, 'utf8'))).toEqual({
        session: String(pid),
        marker: '1',
        cwd: process.cwd(),
      });
      expect(process.kill(pid, 0)).toBe(true);
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  });

  it('hands on why the daemon could not start', async () => {
    const path = script('fails.mjs', `process.send({ failed: 'iperf3: error - no' }, () => process.exit(1));`);
    await expect(startDaemon([], path)).rejects.toThrow('iperf3: error - no');
  });

  it('is error 133 when the daemon ends without a word', async () => {
    await expect(startDaemon([], script('ends.mjs', 'process.exit(3);'))).rejects.toMatchObject({
      iperf3Number: 133,
      message: 'unable to become a daemon (it ended at once, with status 3)',
    });
  });
});
