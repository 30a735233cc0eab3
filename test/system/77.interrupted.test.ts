import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNative } from '../../lib/platform/load-native.js';
import { deafUdpSocket } from '../support/deaf-udp-socket.js';
import { commands, type Finished, IperfProcess, type Program, run, startServer } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { leftBehind, machineState } from '../support/machine-state.js';
import { playClient } from '../support/scripted-client.js';
import { playServer, type ServerStep } from '../support/scripted-server.js';

const root = process.getuid?.() === 0;
const SIGNALS = [
  ['SIGINT', 'Interrupt(2)'],
  ['SIGTERM', 'Terminated(15)'],
  ['SIGHUP', 'Hangup(1)'],
] as const;

let network: LoopbackNamespace;
beforeAll(() => {
  if (root) network = new LoopbackNamespace();
});
afterAll(() => network?.[Symbol.dispose]());

async function interrupted(client: IperfProcess, signal: NodeJS.Signals = 'SIGINT'): Promise<Finished> {
  const before = performance.now();
  client.signal(signal);
  const finished = await client.finished();
  expect(performance.now() - before).toBeLessThan(3_000);
  return finished;
}

async function printed(program: IperfProcess, pattern: RegExp): Promise<void> {
  await expect.poll(() => program.stdout, { timeout: 8_000 }).toMatch(pattern);
}

const INTERVAL = /0\.00-0\.\d\d +sec/;
const SUMMARY = /- - - -[\s\S]*sender\n.*\(receiver statistics not available\)\n$/;

describe.runIf(root)('a client that is interrupted in mid-test', () => {
  let server: IperfProcess;
  beforeAll(async () => {
    server = await startServer('vnetperf', network.fd);
  });
  afterAll(() => server?.kill());

  it.each(SIGNALS)('by %s prints its summary, ends with 0 and tells the server', async (signal, name) => {
    const before = server.stderr.length;
    await using client = new IperfProcess('vnetperf', network.fd, [
      '-c',
      '127.0.0.1',
      '-t',
      '30',
      '-i',
      '0.3',
      '-b',
      '1M',
    ]);
    await printed(client, INTERVAL);
    const { status, stdout, stderr } = await interrupted(client, signal);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: `iperf3: interrupt - the client has terminated by signal ${name}\n`,
    });
    expect(stdout).toMatch(SUMMARY);
    await expect.poll(() => server.stderr.slice(before)).toBe('iperf3: the client has terminated\n');
    expect(server.stdout).toMatch(/receiver\n-+\nServer listening on 5201 \(test #\d+\)\n-+\n$/);
  });

  it.each(['-R', '--bidir', '-u', '-P 3'])('with %s', async (option) => {
    const args = ['-c', '127.0.0.1', '-t', '30', '-i', '0.3', '-b', '1M', ...option.split(' ')];
    await using client = new IperfProcess('vnetperf', network.fd, args);
    await printed(client, INTERVAL);
    const own = option === '-R' ? / receiver\n/ : / sender\n/;
    expect(await interrupted(client)).toMatchObject({ status: 0, stdout: expect.stringMatching(own) });
    expect(await run('vnetperf', network.fd, ['-c', '127.0.0.1', '-k', '1'])).toMatchObject({ status: 0 });
  });

  it('is one document with what was measured under -J', async () => {
    const args = ['-c', '127.0.0.1', '-t', '30', '-i', '0.1', '-b', '1M', '-J'];
    const before = server.stdout.length;
    await using client = new IperfProcess('vnetperf', network.fd, args);
    // It prints nothing until it ends, and how long a busy machine takes to start it is no matter: the server tells.
    await expect.poll(() => server.stdout.slice(before), { timeout: 8_000 }).toMatch(/Accepted connection/);
    await sleep(900);
    const { status, stdout, stderr } = await interrupted(client);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { error, intervals, end } = JSON.parse(stdout);
    expect(error).toBe('interrupt - the client has terminated by signal Interrupt(2)');
    expect(intervals.length).toBeGreaterThan(2);
    expect(end.sum_sent.bytes).toBeGreaterThan(0);
  });

  it('twice in a row, as npx hands Ctrl-C on, is interrupted once', async () => {
    await using client = new IperfProcess('vnetperf', network.fd, [
      '-c',
      '127.0.0.1',
      '-t',
      '30',
      '-i',
      '0.3',
      '-b',
      '1M',
    ]);
    await printed(client, INTERVAL);
    client.signal('SIGINT');
    expect(await interrupted(client)).toMatchObject({ status: 0, stdout: expect.stringMatching(SUMMARY) });
  });

  it('tells an iperf3 server too', async () => {
    await using other = await startServer('iperf3', network.fd, ['--forceflush'], { port: 5202 });
    const args = ['-c', '127.0.0.1', '-p', '5202', '-t', '30', '-i', '0.3', '-b', '1M'];
    await using client = new IperfProcess('vnetperf', network.fd, args);
    await printed(client, INTERVAL);
    expect(await interrupted(client)).toMatchObject({ status: 0 });
    await expect.poll(() => other.stderr).toContain('the client has terminated');
  });
});

describe.runIf(root)('a client that is interrupted elsewhere', () => {
  it.each<ServerStep>([
    'connection accepted',
    'parameters taken',
    'stream accepted',
    'test started (01)',
    'results asked for (0D)',
    'results sent',
  ])('%s', async (step) => {
    const server = await playServer(network.fd, step, () => {});
    try {
      const args = ['-c', '127.0.0.1', '-p', String(server.port), '-n', '1K'];
      await using client = new IperfProcess('vnetperf', network.fd, args);
      await server.played;
      await sleep(100);
      const { status, stderr } = await interrupted(client);
      expect({ status, stderr }).toEqual({
        status: 0,
        stderr: 'iperf3: interrupt - the client has terminated by signal Interrupt(2)\n',
      });
    } finally {
      server.close();
    }
  });

  it('a second time, half a second later, ends it without winding up', async () => {
    const server = await playServer(network.fd, 'parameters taken', () => {});
    try {
      const args = ['-c', '127.0.0.1', '-p', String(server.port)];
      await using client = new IperfProcess('vnetperf', network.fd, args);
      await server.played;
      await sleep(100);
      const before = performance.now();
      client.signal('SIGINT');
      await sleep(400);
      expect(await interrupted(client)).toMatchObject({ status: null, signal: 'SIGINT' });
      // The goodbye is waited for a second.
      expect(performance.now() - before).toBeLessThan(900);
    } finally {
      server.close();
    }
  });

  it('while it waits for the answer to its UDP greeting', async () => {
    const server = await playServer(network.fd, 'streams asked for (0A)', () => {});
    const udp = deafUdpSocket(network.fd, server.port);
    try {
      await using client = new IperfProcess('vnetperf', network.fd, [
        '-c',
        '127.0.0.1',
        '-p',
        String(server.port),
        '-u',
      ]);
      await server.played;
      await udp.wait('readable');
      expect(await interrupted(client)).toMatchObject({
        status: 0,
        stderr: 'iperf3: interrupt - the client has terminated by signal Interrupt(2)\n',
      });
    } finally {
      udp.close();
      server.close();
    }
  });

  it('twice, while a name is looked up and the name server is silent', async () => {
    using lossy = new LoopbackNamespace();
    lossy.run('ip', 'address', 'add', '198.18.0.1/24', 'dev', 'lo');
    const nameServer = loadNative().openSocket({
      protocol: 'udp',
      family: 4,
      namespace: lossy.fd,
      bind: { host: '198.18.0.1', port: 53 },
    });
    const directory = mkdtempSync(join(tmpdir(), 'vnetperf-resolver-'));
    try {
      writeFileSync(join(directory, 'resolv.conf'), 'nameserver 198.18.0.1\n');
      // In a mount namespace of its own, so that this machine's resolver stays as it is.
      const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
      const args = ['--net=/proc/self/fd/3', 'unshare', '--mount', 'sh', '-c', script, join(directory, 'resolv.conf')];
      const client = spawn('nsenter', [...args, ...commands.vnetperf, '-c', 'some-host.example'], {
        stdio: ['ignore', 'pipe', 'pipe', lossy.fd],
      });
      try {
        const ended = once(client, 'close');
        await nameServer.wait('readable');
        client.kill('SIGINT');
        const [line] = await once(client.stderr!, 'data');
        expect(String(line)).toBe('iperf3: interrupt - the client has terminated by signal Interrupt(2)\n');
        // The resolver cannot be called back: the program would end when it gives up.
        await sleep(300);
        const before = performance.now();
        client.kill('SIGINT');
        expect(await ended).toEqual([null, 'SIGINT']);
        expect(performance.now() - before).toBeLessThan(1_000);
      } finally {
        client.kill('SIGKILL');
      }
    } finally {
      nameServer.close();
      rmSync(directory, { recursive: true });
    }
  });
});

describe.runIf(root)('a server that is interrupted', () => {
  it.each(SIGNALS)('by %s while it waits ends with 0', async (signal, name) => {
    await using server = await startServer('vnetperf', network.fd, [], { port: 5203 });
    const { status, stderr } = await interrupted(server, signal);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: `iperf3: interrupt - the server has terminated by signal ${name}\n`,
    });
  });

  it.each<[Program, string]>([
    ['vnetperf', 'iperf3: error - the server has terminated'],
    ['iperf3', 'iperf3: error - the server has terminated'],
  ])('in mid-test tells a client that is %s, which ends with 1 and its summary', async (program, sentence) => {
    await using server = await startServer('vnetperf', network.fd, ['-i', '0.3'], { port: 5203 });
    const args = ['-c', '127.0.0.1', '-p', '5203', '-t', '30', '-i', '0.3', '-b', '1M', '--forceflush'];
    await using client = new IperfProcess(program, network.fd, args);
    await printed(client, INTERVAL);
    const { status, stdout, stderr } = await interrupted(server);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'iperf3: interrupt - the server has terminated by signal Interrupt(2)\n',
    });
    expect(stdout).toMatch(/receiver\n$/);
    const told = await client.finished();
    expect(told.status).toBe(1);
    expect(told.stderr).toContain(sentence);
    expect(told.stdout).toMatch(/sender\n/);
  });

  it('in mid-test under -J prints one document', async () => {
    await using server = await startServer('vnetperf', network.fd, ['-J'], { port: 5203 });
    const args = ['-c', '127.0.0.1', '-p', '5203', '-t', '30', '-i', '0.3', '-b', '1M'];
    await using client = new IperfProcess('vnetperf', network.fd, args);
    await printed(client, INTERVAL);
    const { status, stdout } = await interrupted(server);
    expect(status).toBe(0);
    const { error, end } = JSON.parse(stdout);
    expect(error).toBe('interrupt - the server has terminated by signal Interrupt(2)');
    expect(end.sum_received.bytes).toBeGreaterThan(0);
    await client.finished();
  });

  it('while a client says nothing', async () => {
    await using server = await startServer('vnetperf', network.fd, [], { port: 5203 });
    const [control] = await playClient(network.fd, 5203, 'parameters sent');
    expect(await interrupted(server)).toMatchObject({ status: 0 });
    expect(await control?.rest()).toEqual(Buffer.from([0x0b]));
    control?.close();
  });
});

describe.runIf(root)('run that is interrupted', () => {
  it.each(SIGNALS)(
    'by %s in mid-test prints its summary, ends with 0 and removes the network',
    async (signal, name) => {
      const before = machineState();
      await using program = new IperfProcess('vnetperf', network.fd, [
        'run',
        'bridge',
        '-t',
        '30',
        '-i',
        '0.3',
        '-b',
        '1M',
      ]);
      await printed(program, INTERVAL);
      const { status, stdout, stderr } = await interrupted(program, signal);
      expect({ status, stderr }).toEqual({
        status: 0,
        stderr: `iperf3: interrupt - the client has terminated by signal ${name}\n`,
      });
      expect(stdout).toMatch(/sender\n/);
      expect(leftBehind(before)).toEqual([]);
    },
  );

  it('while it builds removes what there is', async () => {
    for (const delayMs of [80, 120, 160, 200]) {
      const before = machineState();
      await using program = new IperfProcess('vnetperf', network.fd, ['run', 'bridge', '-t', '30']);
      await sleep(delayMs);
      const { status, signal } = await interrupted(program);
      // Until the test has begun, the signal ends it as it ends any other program.
      expect([0, null]).toContain(status);
      expect(status === 0 ? null : 'SIGINT').toBe(signal);
      expect(leftBehind(before)).toEqual([]);
    }
  });
});
