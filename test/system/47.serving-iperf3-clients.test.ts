import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IperfProcess, listeningPorts, run, startServer } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { remaining } from '../support/machine-state.js';

const HOST = ['-c', '127.0.0.1'];
const QUICK = [...HOST, '-n', '40K'];

describe.runIf(process.getuid?.() === 0)('our server and iperf3 clients', () => {
  let loopback: LoopbackNamespace;
  let directory: string;
  beforeAll(() => {
    loopback = new LoopbackNamespace();
    directory = mkdtempSync(join(tmpdir(), 'vnetperf-test-'));
  });
  afterAll(() => {
    loopback[Symbol.dispose]();
    rmSync(directory, { recursive: true });
  });

  const client = (...args: string[]) => run('iperf3', loopback.fd, args);

  it('-D with -I goes on in the background, names its process, and serves', async () => {
    const pidFile = join(directory, 'pid');
    const log = join(directory, 'log');
    const started = await run('vnetperf', loopback.fd, ['-s', '-D', '-I', pidFile, '--logfile', log]);
    expect(started).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const pid = Number(readFileSync(pidFile, 'utf8'));
    try {
      // It listens already: that is what the first process waited for.
      expect(listeningPorts(pid)).toContain(5201);
      expect(pid).not.toBe(process.pid);
      expect(statSync(pidFile).mode & 0o777).toBe(0o600);
      expect(await client(...QUICK)).toMatchObject({ status: 0 });
      const second = await run('vnetperf', loopback.fd, ['-s', '-p', '5202', '-I', pidFile]);
      expect(second).toMatchObject({ status: 1 });
      expect(second.stderr).toContain('Another instance of iperf3 appears to be running');
    } finally {
      process.kill(pid, 'SIGTERM');
    }
    expect(await remaining(() => [pid].filter(isRunning))).toEqual([]);
    expect(() => statSync(pidFile)).toThrow('ENOENT');
    expect(readFileSync(log, 'utf8')).toMatch(
      /Server listening on 5201 \(test #1\)[\s\S]+ receiver\n[\s\S]+\(test #2\)/,
    );
  });

  it('-1 leaves after one test', async () => {
    await using server = await startServer('vnetperf', loopback.fd, ['-1']);
    expect(await client(...QUICK)).toMatchObject({ status: 0 });
    expect(await server.finished(3_000)).toMatchObject({ status: 0, stderr: '' });
    expect((await client(...QUICK)).status).toBe(1);
  });

  it('--idle-timeout with -1 leaves with status 0 when nobody comes', async () => {
    const begin = performance.now();
    await using server = await startServer('vnetperf', loopback.fd, ['-1', '--idle-timeout', '1']);
    expect(await server.finished(5_000)).toMatchObject({ status: 0 });
    expect(performance.now() - begin).toBeGreaterThan(1_000);
  });

  it('--idle-timeout alone starts afresh and serves on', async () => {
    await using server = await startServer('vnetperf', loopback.fd, ['--idle-timeout', '1']);
    await sleep(1_300);
    expect(server.running).toBe(true);
    expect(await client(...QUICK)).toMatchObject({ status: 0 });
    expect(server.stdout.match(/Server listening on 5201 \(test #1\)/g)).toHaveLength(1);
  });

  describe('--server-bitrate-limit', () => {
    it.each([
      { name: 'a rate above it', asked: ['-b', '3M'] },
      { name: 'streams that are above it together', asked: ['-b', '1M', '-P', '3'] },
      { name: 'directions that are above it together', asked: ['-b', '1200K', '--bidir'] },
      { name: 'a pacing rate above it', asked: ['--fq-rate', '3M'] },
    ])('refuses $name', async ({ asked }) => {
      await using server = await startServer('vnetperf', loopback.fd, ['--server-bitrate-limit', '2M']);
      const refused = await client(...QUICK, ...asked);
      expect(refused.status).toBe(1);
      expect(refused.stderr).toContain('total required bandwidth is larger than server limit');
      expect(await client(...QUICK, '-b', '2M')).toMatchObject({ status: 0 });
      expect(server.running).toBe(true);
    });

    it.each([
      { name: 'forward', direction: [] as string[] },
      { name: 'reverse', direction: ['-R'] },
      { name: 'both ways', direction: ['--bidir'] },
    ])('ends a test that turns out to be above it, $name', async ({ direction }) => {
      await using server = await startServer('vnetperf', loopback.fd, ['--server-bitrate-limit', '50M/0.5']);
      const begin = performance.now();
      const ended = await client(...HOST, '-t', '8', ...direction);
      expect(performance.now() - begin).toBeLessThan(6_000);
      expect(ended.status).toBe(1);
      expect(server.stderr).toContain('total required bandwidth is larger than server limit');
      expect(await client(...QUICK)).toMatchObject({ status: 0 });
    });
  });

  it('--server-max-duration refuses what would take longer, or has no end in time', async () => {
    await using server = await startServer('vnetperf', loopback.fd, ['--server-max-duration', '2']);
    for (const asked of [
      ['-t', '3'],
      ['-t', '2', '-O', '1'],
      ['-n', '1M'],
    ]) {
      const refused = await client(...HOST, ...asked);
      expect({ asked, status: refused.status }).toEqual({ asked, status: 1 });
    }
    expect(await client(...HOST, '-t', '1', '-b', '1M')).toMatchObject({ status: 0 });
    expect(server.stderr.match(/requested duration exceeds/g)).toHaveLength(3);
  });

  it('tells a second client that it is busy, and does not disturb the first', async () => {
    await using server = await startServer('vnetperf', loopback.fd);
    await using first = new IperfProcess('iperf3', loopback.fd, [...HOST, '-t', '1', '-b', '8M', '-J']);
    await sleep(400);
    for (const program of ['iperf3', 'vnetperf'] as const) {
      const second = await run(program, loopback.fd, QUICK);
      expect(second.status).toBe(1);
      expect(second.stderr).toContain('the server is busy running a test. try again later');
    }
    const { status, stdout } = await first.finished();
    expect(status).toBe(0);
    const { end } = JSON.parse(stdout) as { end: { sum_sent: { bytes: number }; sum_received: { bytes: number } } };
    expect(end.sum_received.bytes).toBe(end.sum_sent.bytes);
    expect(server.running).toBe(true);
  });

  it("is told so by iperf3's server", async () => {
    await using _server = await startServer('iperf3', loopback.fd);
    await using first = new IperfProcess('iperf3', loopback.fd, [...HOST, '-t', '1', '-b', '8M']);
    await sleep(400);
    const second = await run('vnetperf', loopback.fd, QUICK);
    expect(second.status).toBe(1);
    expect(second.stderr).toContain('the server is busy running a test. try again later');
    expect(await first.finished()).toMatchObject({ status: 0 });
  });
});

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
