import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Finished, IperfProcess, type Program, run, startServer } from '../support/iperf-process.js';
import { forwardAmount, type IperfReport, reportOf, reverseAmount } from '../support/iperf-report.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { resources } from '../support/process-resources.js';
import { mostAtOnce, servedTests } from '../support/server-events.js';

const BUSY = 'the server is busy running a test. try again later';
const HALF_A_CLIENT = fileURLToPath(new URL('../support/half-a-client.mjs', import.meta.url));

/** One of several: its streams, and an amount that no other has. */
interface Asked {
  program: Program;
  options: string[];
  /** -n, for all of its streams together. */
  bytes: number;
}

/** Long enough for all to be under way at once, however slowly they start. */
const SECONDS = 3;

/** At rates that leave nobody waiting for a core. */
function asked(program: Program, kibibytes: number, ...options: string[]): Asked {
  const udp = options.includes('-u');
  const streams = Number(options[options.indexOf('-P') + 1] ?? 1) || 1;
  const bits = Math.round((kibibytes * 1024 * 8) / streams / SECONDS);
  const block = udp ? '1000' : '4K';
  return {
    program,
    options: ['-n', `${kibibytes}K`, '-b', `${bits}`, '-l', block, ...options],
    bytes: kibibytes * 1024,
  };
}

const tcp: Asked[] = [
  asked('iperf3', 1000),
  asked('iperf3', 1400, '-R'),
  asked('iperf3', 1800, '--bidir'),
  asked('vnetperf', 2200, '-P', '4'),
  asked('vnetperf', 2600, '-R', '-P', '2'),
];
const udp: Asked[] = [
  asked('iperf3', 300, '-u'),
  asked('iperf3', 400, '-u', '-R'),
  asked('iperf3', 500, '-u', '-P', '4'),
  asked('vnetperf', 600, '-u', '--bidir'),
  asked('vnetperf', 700, '-u', '-P', '4', '-R'),
];

describe.runIf(process.getuid?.() === 0)('several clients at once', () => {
  let loopback: LoopbackNamespace;
  let server: IperfProcess;
  beforeAll(() => {
    loopback = new LoopbackNamespace();
  });
  afterAll(() => loopback[Symbol.dispose]());
  beforeEach(async () => {
    server = await startServer('vnetperf', loopback.fd, ['--max-clients', '8', '--json-stream']);
  });
  afterEach(() => server.kill());

  async function together(clients: readonly Asked[], host = '127.0.0.1'): Promise<Finished[]> {
    return await Promise.all(
      clients.map(({ program, options }) => run(program, loopback.fd, ['-c', host, '-J', ...options])),
    );
  }

  /** Both ends of each test have the same figures, and they are of the amount that this client was to move. */
  async function expectOwnBytes(clients: readonly Asked[], finished: readonly Finished[]): Promise<void> {
    for (const [index, { program, options, bytes }] of clients.entries()) {
      const end = finished[index] as Finished;
      expect({ program, options, status: end.status, said: end.stderr }).toMatchObject({ status: 0, said: '' });
      const report = reportOf(end) as IperfReport & { start: { cookie: string } };
      const { cookie } = report.start;
      await expect.poll(() => servedTests(server.stdout).map((test) => test.cookie)).toContain(cookie);
      const served = servedTests(server.stdout).find((test) => test.cookie === cookie);
      const atServer = { ...report, end: served?.end as IperfReport['end'] };
      const directions = {
        forward: options.includes('-R') ? undefined : forwardAmount(report, atServer),
        reverse: options.some((option) => ['-R', '--bidir'].includes(option)) && reverseAmount(report, atServer),
      };
      const moved: number[] = [];
      for (const [direction, amount] of Object.entries(directions)) {
        if (!amount) continue;
        const { sent, received, told } = amount;
        expect({ options, direction, told: told.client }).toEqual({ options, direction, told: told.server });
        // What is under way when a receiving client has its amount is nobody's; otherwise all that was sent has come.
        if (direction === 'forward' && !options.includes('--bidir'))
          expect({ options, received }).toEqual({ options, received: sent });
        for (const figure of [sent, received]) {
          expect(figure, `${options.join(' ')} ${direction}`).toBeLessThan(1.07 * bytes);
          moved.push(figure);
        }
      }
      // A test in both directions is over when either has its amount, however far the other is by then.
      const least = options.includes('--bidir') ? Math.max(...moved) : Math.min(...moved);
      expect(least, options.join(' ')).toBeGreaterThan(0.93 * bytes);
      expect(Math.min(...moved), options.join(' ')).toBeGreaterThan(0.5 * bytes);
    }
  }

  it.each([
    ['TCP', tcp, '127.0.0.1'],
    ['UDP', udp, '127.0.0.1'],
    ['TCP and UDP over IPv6', [...tcp.slice(1, 4), ...udp.slice(2)], '::1'],
  ])('%s: each ends well, with its own bytes', async (_, clients, host) => {
    await expectOwnBytes(clients, await together(clients, host));
    expect(mostAtOnce(server.stdout)).toBe(clients.length);
    expect(servedTests(server.stdout).map(({ number, error }) => ({ number, error }))).toEqual(
      clients.map((_, index) => ({ number: index + 1, error: undefined })),
    );
    expect(server.stderr).toBe('');
  });

  it('the ninth of eight is told that the server is busy, disturbs nobody, and is served when there is room', async () => {
    const eight = [...tcp.slice(0, 4), ...udp.slice(0, 4)];
    const running = together(eight);
    await expect.poll(() => startedTests(server), { timeout: 5_000 }).toBe(8);
    for (const program of ['iperf3', 'vnetperf'] as const) {
      const ninth = await run(program, loopback.fd, ['-c', '127.0.0.1', '-n', '1M']);
      expect(ninth).toMatchObject({ status: 1, stderr: expect.stringContaining(BUSY) });
    }
    await expectOwnBytes(eight, await running);
    expect(await run('iperf3', loopback.fd, ['-c', '127.0.0.1', '-n', '1M'])).toMatchObject({ status: 0 });
  });

  it('clients that are killed in set-up and in mid-test leave the others alone, and nothing behind', async () => {
    // What is made with the first test of a process stays.
    for (const first of [[], ['-u']]) {
      expect(await run('iperf3', loopback.fd, ['-c', '127.0.0.1', '-n', '10K', ...first])).toMatchObject({ status: 0 });
    }
    await sleep(300);
    const before = resources(server.pid);
    const others = [tcp[0]!, tcp[3]!, udp[2]!, udp[3]!];
    await using midTcp = new IperfProcess('iperf3', loopback.fd, ['-c', '127.0.0.1', '-t', '9', '-b', '8M', '-P', '3']);
    await using midUdp = new IperfProcess('vnetperf', loopback.fd, ['-c', '127.0.0.1', '-t', '9', '-u', '-R']);
    await expect.poll(() => startedTests(server), { timeout: 5_000 }).toBe(4);
    await using halfTcp = new IperfProcess([process.execPath, HALF_A_CLIENT], loopback.fd, [
      'tcp',
      '4',
      '127.0.0.1',
      '5201',
    ]);
    await using halfUdp = new IperfProcess([process.execPath, HALF_A_CLIENT], loopback.fd, [
      'udp',
      '4',
      '127.0.0.1',
      '5201',
    ]);
    await expect.poll(() => [halfTcp.stdout, halfUdp.stdout], { timeout: 5_000 }).toEqual(['half\n', 'half\n']);
    const running = together(others);
    await sleep(500);
    for (const dying of [halfTcp, halfUdp, midTcp, midUdp]) dying.signal('SIGKILL');
    await expectOwnBytes(others, await running);
    await expect.poll(() => resources(server.pid), { timeout: 5_000 }).toEqual(before);
    expect(servedTests(server.stdout).filter(({ error }) => error !== undefined)).toHaveLength(4);
  });

  it('a UDP client that falls silent in set-up holds up no TCP, and UDP for seconds only', async () => {
    await using silent = new IperfProcess([process.execPath, HALF_A_CLIENT], loopback.fd, [
      'udp',
      '2',
      '127.0.0.1',
      '5201',
    ]);
    await expect.poll(() => silent.stdout, { timeout: 5_000 }).toBe('half\n');
    silent.signal('SIGSTOP');
    const began = performance.now();
    const waiting = together([udp[0]!, udp[3]!]);
    await expectOwnBytes([tcp[1]!], await together([tcp[1]!]));
    expect(startedTests(server)).toBe(1);
    await expectOwnBytes([udp[0]!, udp[3]!], await waiting);
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  it.runIf(existsSync('/proc/sys/net/mptcp/enabled'))(
    'a client of Multipath TCP is served beside others, on the same listening socket',
    async () => {
      const listening = () => loopback.run('ss', '-Hltne', 'sport', '=', '5201');
      const before = listening();
      await using half = new IperfProcess([process.execPath, HALF_A_CLIENT], loopback.fd, [
        'mptcp',
        '2',
        '127.0.0.1',
        '5201',
      ]);
      await expect.poll(() => half.stdout, { timeout: 5_000 }).toBe('half\n');
      const both = [[], ['-m', '-P', '2']].map((options): Asked => {
        return { program: 'vnetperf', options: ['-n', '1M', ...options], bytes: 1024 * 1024 };
      });
      await expectOwnBytes(both, await together(both));
      // It is still waited for: nobody had to wait for it.
      expect(servedTests(server.stdout)).toHaveLength(2);
      expect(listening()).toBe(before);
      expect(before).toContain('ino:');
    },
  );

  it.each(['2', '1'])('of %s: a log that cannot be opened any more fails nobody, and is told of once', async (most) => {
    const directory = mkdtempSync(join(tmpdir(), 'vnetperf-test-'));
    const options = ['--max-clients', most, '--logfile', join(directory, 'log')];
    const logging = await startServer('vnetperf', loopback.fd, options, { port: 5202 });
    try {
      rmSync(directory, { recursive: true });
      for (const program of ['iperf3', 'vnetperf'] as const) {
        const end = await run(program, loopback.fd, ['-c', '127.0.0.1', '-p', '5202', '-n', '1M']);
        expect(end).toMatchObject({ status: 0, stderr: '' });
      }
      await expect.poll(() => logging.stdout).toMatch(most === '1' ? /receiver/ : /#2: .*receiver/);
      expect(logging.stderr).toBe(
        'warning: unable to open log file: No such file or directory (reports go to standard output)\n',
      );
    } finally {
      await logging.kill();
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('all are told when the server is stopped', async () => {
    const five = [...tcp.slice(0, 2), ...udp.slice(0, 2), tcp[4]!].map(({ program, options }) => {
      const endless = options.map((option, index) => (options[index - 1] === '-n' ? '20M' : option));
      return new IperfProcess(program, loopback.fd, ['-c', '127.0.0.1', ...endless]);
    });
    try {
      await expect.poll(() => startedTests(server), { timeout: 5_000 }).toBe(5);
      server.signal('SIGINT');
      for (const { status, stderr } of await Promise.all(five.map((client) => client.finished(5_000)))) {
        expect({ status, stderr }).toMatchObject({
          status: 1,
          stderr: expect.stringContaining('the server has terminated'),
        });
      }
      expect(await server.finished(5_000)).toMatchObject({ status: 0 });
      expect(servedTests(server.stdout)).toHaveLength(5);
    } finally {
      for (const client of five) await client.kill();
    }
  });
});

function startedTests(server: IperfProcess): number {
  return server.stdout.split('\n').filter((line) => line.startsWith('{"event":"start"')).length;
}
