import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands, IperfProcess, run, startServer } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { leftBehind, machineState } from '../support/machine-state.js';
import { resources } from '../support/process-resources.js';

const root = process.getuid?.() === 0;
const DIRECTIONS = ['', ' -R', ' --bidir', ' -u', ' -u -R'];

let network: LoopbackNamespace;
let server: IperfProcess;
beforeAll(async () => {
  if (!root) return;
  network = new LoopbackNamespace();
  server = await startServer('vnetperf', network.fd);
});
afterAll(async () => {
  await server?.kill();
  network?.[Symbol.dispose]();
});

function start(line: string): IperfProcess {
  return new IperfProcess('vnetperf', network.fd, line.split(' '));
}

async function running(program: IperfProcess): Promise<void> {
  await expect.poll(() => program.stdout, { timeout: 8_000 }).toMatch(/0\.00-0\.\d\d +sec/);
}

async function serves(): Promise<void> {
  await expect
    .poll(() => run('vnetperf', network.fd, ['-c', '127.0.0.1', '-k', '1', '-i', '0']), { timeout: 5_000 })
    .toMatchObject({ status: 0, stderr: '' });
}

describe.runIf(root)('a client that is killed in mid-test', () => {
  it.each(DIRECTIONS)('leaves the server free within seconds:%s', async (direction) => {
    await serves();
    const before = { said: server.stderr.length, resources: resources(server.pid) };
    await using client = start(`-c 127.0.0.1 -t 30 -i 0.2 -b 1M${direction}`);
    await running(client);
    await client.kill();
    await serves();
    expect(server.stderr.slice(before.said)).toMatch(/^iperf3: the client has unexpectedly closed the connection/);
    await expect.poll(() => resources(server.pid), { timeout: 5_000 }).toEqual(before.resources);
  });
});

describe.runIf(root)('a server that is killed in mid-test', () => {
  it.each(DIRECTIONS)('is noticed by the client at once:%s', async (direction) => {
    await using doomed = await startServer('vnetperf', network.fd, [], { port: 5204 });
    await using client = start(`-c 127.0.0.1 -p 5204 -t 30 -i 0.2 -b 1M${direction}`);
    await running(client);
    await doomed.kill();
    const before = performance.now();
    const { status, stdout, stderr } = await client.finished();
    expect(performance.now() - before).toBeLessThan(4_000);
    expect({ status, lines: stderr.trimEnd().split('\n') }).toEqual({
      status: 1,
      lines: [
        'iperf3: error - control socket has closed unexpectedly (while the test was running: received nothing more before the server closed the connection)',
        '  The server may have been stopped or have failed; see what it says itself.',
      ],
    });
    expect(stdout).toMatch(/statistics not available\)|sender\n/);
  });
});

describe.runIf(root)('whoever reads the output is gone', () => {
  /** Reads until something has come, and then no more. */
  async function readBriefly(line: string): Promise<{ status: number | null; stderr: string; seconds: number }> {
    const program = spawn('nsenter', ['--net=/proc/self/fd/3', ...commands.vnetperf, ...line.split(' ')], {
      stdio: ['ignore', 'pipe', 'pipe', network.fd],
    });
    try {
      let stderr = '';
      program.stderr?.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      const ended = once(program, 'close', { signal: AbortSignal.timeout(10_000) });
      await once(program.stdout!, 'data');
      const before = performance.now();
      program.stdout?.destroy();
      const [status] = await ended;
      return { status, stderr, seconds: (performance.now() - before) / 1000 };
    } finally {
      program.kill('SIGKILL');
    }
  }

  it.each(['-c 127.0.0.1 -t 30 -i 0.2 -b 1M', '-c 127.0.0.1 -t 30 -i 0.2 -b 1M --json-stream'])(
    'a client ends: %s',
    async (line) => {
      const { status, stderr, seconds } = await readBriefly(line);
      // As a shell reports a program that SIGPIPE ended.
      expect(status).toBe(141);
      expect(stderr).not.toMatch(/EPIPE|\n {4}at /);
      expect(seconds).toBeLessThan(4);
      await serves();
    },
  );

  it('run ends and removes the network', async () => {
    const before = machineState();
    const { status, seconds } = await readBriefly('run bridge -t 30 -i 0.2 -b 1M');
    expect(status).toBe(141);
    expect(seconds).toBeLessThan(4);
    expect(leftBehind(before)).toEqual([]);
  });

  it('a server goes on serving', async () => {
    const program = spawn('nsenter', ['--net=/proc/self/fd/3', ...commands.vnetperf, '-s', '-p', '5205'], {
      stdio: ['ignore', 'pipe', 'ignore', network.fd],
    });
    try {
      await once(program.stdout!, 'data');
      program.stdout?.destroy();
      for (let time = 0; time < 2; time++) {
        const { status } = await run('vnetperf', network.fd, ['-c', '127.0.0.1', '-p', '5205', '-k', '1', '-i', '0']);
        expect(status).toBe(0);
      }
      expect(program.exitCode).toBe(null);
    } finally {
      program.kill('SIGKILL');
    }
  });
});

describe.runIf(root)('the machine', () => {
  it('still has its server, and nothing else', async () => {
    await serves();
    expect(server.stderr).not.toMatch(/Error:|\n {4}at /);
  });
});
