import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands, type Finished, IperfProcess, run, startServer } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { leftBehind, machineState } from '../support/machine-state.js';
import { message } from '../support/protocol-vectors.js';
import { introduce, tcpParameters } from '../support/scripted-client.js';

const root = process.getuid?.() === 0;

let network: LoopbackNamespace;
let server: IperfProcess;
let directory: string;
beforeAll(async () => {
  if (!root) return;
  network = new LoopbackNamespace();
  server = await startServer('vnetperf', network.fd);
  directory = mkdtempSync(join(tmpdir(), 'vnetperf-lacks-'));
});
afterAll(async () => {
  await server?.kill();
  network?.[Symbol.dispose]();
  if (directory !== undefined) rmSync(directory, { recursive: true });
});

function vnetperf(line: string, env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return run('vnetperf', network.fd, line.split(' '), { env });
}

/** Status 1, nothing on stdout but how far it came, and these lines on stderr. */
async function fails(line: string, ...expected: (string | RegExp)[]): Promise<void> {
  const { status, stderr } = await vnetperf(line);
  expect({ status, lines: stderr.trimEnd().split('\n') }).toEqual({
    status: 1,
    lines: expected.map((one) => (typeof one === 'string' ? one : expect.stringMatching(one))),
  });
}

async function serves(): Promise<void> {
  expect(await vnetperf('-c 127.0.0.1 -k 1 -i 0')).toMatchObject({ status: 0, stderr: '' });
}

const NO_CORE =
  /unable to set CPU affinity: Invalid argument \(core 99 is not one that this process may use; it may use [0-9,-]+\)$/;
const CHOOSE = /^ {2}Choose from [0-9,-]+\.$/;

describe.runIf(root)('cores that do not exist', () => {
  it.each(['-c 127.0.0.1 --pin 99', '-c 127.0.0.1 -A 99'])('%s', async (line) => {
    await fails(line, NO_CORE, CHOOSE);
  });

  it('a server ends at once', async () => {
    await fails('-s -p 5999 -A 99', NO_CORE, CHOOSE, 'iperf3: exiting');
  });

  it('run builds nothing', async () => {
    const before = machineState();
    const { status, stdout, stderr } = await vnetperf('run veth --pin 0:99');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^vnetperf: unable to set CPU affinity/),
      expect.stringMatching(CHOOSE),
    ]);
    expect(leftBehind(before)).toEqual([]);
  });

  it('of the server, asked for by the client, are an error that the server names', async () => {
    await fails(
      '-c 127.0.0.1 -A 0,99',
      'iperf3: SERVER ERROR - unable to set CPU affinity, errno: Invalid argument',
      'iperf3: error - unable to set CPU affinity: Invalid argument',
      '  See what the server says about it.',
    );
    expect(server.stderr).toMatch(/unable to set CPU affinity: Invalid argument \(core 99\)\n {2}Choose a core/);
    await serves();
  });

  it.each(['-c 127.0.0.1 -A 99', 'run veth --pin 0:99', '-s -p 5999 -A 99'])(
    'are one document with the key error under -J: %s',
    async (line) => {
      const { status, stdout, stderr } = await vnetperf(`${line} -J`);
      expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject({
        end: {},
        error: expect.stringMatching(NO_CORE),
        vnetperf: { error: { code: 'ERR_AFFINITY', remedy: expect.stringMatching(/^Choose from/) } },
      });
    },
  );
});

describe.runIf(root)('programs and privileges that are missing', () => {
  /** A PATH that leads to these programs alone. */
  function pathWith(...programs: string[]): string {
    const bin = mkdtempSync(join(directory, 'path-'));
    for (const program of programs) symlinkSync(program, join(bin, program.slice(program.lastIndexOf('/') + 1)));
    return bin;
  }

  /** nsenter, which starts the command, must be found too. */
  const NSENTER = '/usr/bin/nsenter';

  it('no ip', async () => {
    const { status, stdout, stderr } = await vnetperf('run veth', { PATH: pathWith(NSENTER) });
    expect({ status, stdout, lines: stderr.trimEnd().split('\n') }).toEqual({
      status: 1,
      stdout: '',
      lines: ['vnetperf: veth needs ip, which is not on this machine', '  Install it with: apt-get install iproute2'],
    });
  });

  it('no ip is one document with the key error under -J', async () => {
    const { status, stdout, stderr } = await vnetperf('run veth -J', { PATH: pathWith(NSENTER) });
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      error: 'veth needs ip, which is not on this machine',
      vnetperf: { error: { code: 'ERR_COMMAND_MISSING', remedy: 'Install it with: apt-get install iproute2' } },
    });
  });

  /** Under a user namespace in which a limit is 0, with these commands before the program. */
  function underLimit(limit: string, before: string[], ...args: string[]) {
    const script = `echo 0 > /proc/sys/user/${limit} && exec "$@"`;
    const command = ['--user', '--map-root-user', 'sh', '-c', script, 'sh', ...before, ...commands.vnetperf, ...args];
    const { status, stdout, stderr } = spawnSync('unshare', command, { encoding: 'utf8', timeout: 10_000 });
    return { status, stdout, lines: stderr.trimEnd().split('\n') };
  }
  const withoutPrivileges = ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all'];

  it('no permission for user namespaces', () => {
    const before = machineState();
    expect(underLimit('max_user_namespaces', withoutPrivileges, 'run', 'veth')).toEqual({
      status: 1,
      stdout: '',
      lines: [
        'vnetperf: building a network without root privileges needs user namespaces, and user.max_user_namespaces is 0',
        '  Allow them with: sysctl -w user.max_user_namespaces=1024, or run vnetperf as root.',
      ],
    });
    expect(leftBehind(before)).toEqual([]);
  });

  it('no permission for user namespaces is one document with the key error under -J', () => {
    const { status, stdout, lines } = underLimit('max_user_namespaces', withoutPrivileges, 'run', 'veth', '-J');
    expect({ status, lines }).toEqual({ status: 1, lines: [''] });
    expect(JSON.parse(stdout)).toMatchObject({
      error: expect.stringContaining('needs user namespaces'),
      vnetperf: { error: { code: 'ERR_ROOTLESS' } },
    });
  });

  it('no permission for network namespaces', () => {
    expect(underLimit('max_net_namespaces', [], 'run', 'veth')).toEqual({
      status: 1,
      stdout: '',
      lines: [
        'vnetperf: veth needs one more network namespace than this user may have',
        '  Raise the limit with: sysctl -w user.max_net_namespaces=1024',
      ],
    });
  });

  it('client and server need no program at all', async () => {
    const { status } = await vnetperf('-c 127.0.0.1 -k 1 -i 0', { PATH: pathWith(NSENTER) });
    expect(status).toBe(0);
  });
});

describe.runIf(root)('ports, devices and files that cannot be had', () => {
  it('a port that is taken', async () => {
    await fails(
      '-s',
      'iperf3: error - unable to start listener for connections: Address already in use (port 5201)',
      '  Another program has that port (ss -lntup shows which): end it, or choose another port with -p.',
      'iperf3: exiting',
    );
    await serves();
  });

  it('an address that is not of this machine, for a server', async () => {
    await fails(
      '-s -p 5999 -B 198.18.77.1',
      'iperf3: error - unable to start listener for connections: Cannot assign requested address (port 5999)',
      '  No interface of this machine has the address given with -B: see ip address.',
      'iperf3: exiting',
    );
  });

  it.each(['-c 127.0.0.1', '-s -p 5999'])('a device that there is not: %s', async (line) => {
    const exiting = line.startsWith('-s') ? ['iperf3: exiting'] : [];
    await fails(
      `${line} --bind-dev nodev0`,
      /^iperf3: error - Unable to bind-to-device \(check perror, maybe permissions\?\)/,
      '  This machine has no network device of that name: see ip link.',
      ...exiting,
    );
  });

  it.each(['-c 127.0.0.1', '-s -p 5999'])('a log file that cannot be written: %s', async (line) => {
    const exiting = line.startsWith('-s') ? ['iperf3: exiting'] : [];
    await fails(
      `${line} --logfile /nonexistent/log`,
      'iperf3: error - unable to open log file: No such file or directory',
      '  Give --logfile a file that can be written: /nonexistent/log cannot.',
      ...exiting,
    );
  });

  it('a pid file that cannot be written', async () => {
    await fails(
      '-s -p 5999 -I /nonexistent/pid',
      'iperf3: error - unable to write PID file: No such file or directory',
      '  Give -I a file that can be written: /nonexistent/pid cannot.',
      'iperf3: exiting',
    );
  });

  it('a file to send that cannot be read: the server is not troubled with it', async () => {
    const before = server.stdout.length;
    await fails(
      '-c 127.0.0.1 -F /nonexistent/data',
      'iperf3: error - unable to open -F file: No such file or directory',
      '  Give -F a file that can be read: /nonexistent/data cannot.',
    );
    expect(server.stdout.slice(before)).toBe('');
  });

  it('a file to send that is a directory', async () => {
    mkdirSync(join(directory, 'data'));
    await fails(
      `-c 127.0.0.1 -F ${directory}/data`,
      'iperf3: error - unable to open -F file: Is a directory',
      `  Give -F a file: ${directory}/data is a directory.`,
    );
  });

  it('a file of the server that cannot be written: the client is told', async () => {
    await using other = await startServer('vnetperf', network.fd, ['-F', '/nonexistent/received'], { port: 5999 });
    await fails(
      '-c 127.0.0.1 -p 5999 -k 1',
      'iperf3: SERVER ERROR - unable to open -F file, errno: No such file or directory',
      'iperf3: error - unable to open -F file: No such file or directory',
      '  See what the server says about it.',
    );
    expect(other.stderr).toContain(
      'iperf3: error - unable to open -F file: No such file or directory (/nonexistent/received)',
    );
    expect(other.running).toBe(true);
  });

  it('descriptors for so many streams: the server says what gives it more, and serves on', async () => {
    const few = ['prlimit', '--nofile=40:40', ...commands.vnetperf, '-s', '-p', '5999'];
    await using other = new IperfProcess(few, network.fd, []);
    await other.listening(5999);
    await using client = new IperfProcess('vnetperf', network.fd, ['-c', '127.0.0.1', '-p', '5999', '-P', '32']);
    const said =
      'warning: unable to accept connection from client: Too many open files (it waits until there is room; ulimit -n gives it more)\n';
    await expect.poll(() => other.stderr, { timeout: 10_000 }).toBe(said);
    await client.kill();
    await expect
      .poll(() => run('vnetperf', network.fd, ['-c', '127.0.0.1', '-p', '5999', '-k', '1']), { timeout: 10_000 })
      .toMatchObject({ status: 0, stderr: '' });
  });

  it('a public key that is none', async () => {
    writeFileSync(join(directory, 'key.pem'), 'no key\n');
    const line = `-c 127.0.0.1 --username u --rsa-public-key-path ${directory}/key.pem`;
    const { status, stderr } = await vnetperf(line, { IPERF3_PASSWORD: 'p' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/you must specify a username, password, and path to a valid RSA public key/);
    expect(stderr).not.toMatch(/\n {4}at /);
    await serves();
  });
});

describe.runIf(root)('what the kernel does not give', () => {
  it('a congestion control that there is not', async () => {
    await fails(
      '-c 127.0.0.1 -C nosuch',
      'iperf3: error - unable to set TCP_CONGESTION: Supplied congestion control algorithm not supported on this host (tcp data stream to 127.0.0.1 port 5201)',
      '  See sysctl net.ipv4.tcp_available_congestion_control; others are loaded with modprobe tcp_NAME.',
    );
    await serves();
  });

  it('a window that is too large', async () => {
    await fails(
      '-c 127.0.0.1 -w 512M',
      /^iperf3: error - socket buffer size not set correctly \(asked for 536870912, the kernel gave \d+ to send and \d+ to receive\)$/,
      '  Raise net.core.wmem_max and net.core.rmem_max with sysctl on the host that says so, or ask for less.',
    );
    await serves();
  });

  it('a flow label over IPv4', async () => {
    await fails(
      '-c 127.0.0.1 -L 5',
      'iperf3: error - unable to set IPv6 flow label',
      '  A flow label exists only in IPv6: add -6.',
    );
    await serves();
  });

  it.each(['1', '2'])('MPTCP, switched off, with a server for so many clients: %s', async (clients) => {
    using without = new LoopbackNamespace();
    without.run('sysctl', '-q', '-w', 'net.mptcp.enabled=0');
    await using plain = await startServer('vnetperf', without.fd, ['--max-clients', clients]);
    const { status, stderr } = await run('vnetperf', without.fd, ['-c', '127.0.0.1', '-m', '-k', '1']);
    expect({ status, lines: stderr.trimEnd().split('\n') }).toEqual({
      status: 1,
      lines: [
        'iperf3: error - protocol does not exist (MPTCP is not to be had from this kernel)',
        '  See sysctl net.mptcp.enabled, on both hosts; kernels before 5.6 have none.',
      ],
    });

    // A client whose own kernel has it.
    const listening = () => without.run('ss', '-Hltne', 'sport', '=', '5201');
    const before = listening();
    const control = await introduce(without.fd, 5201);
    control.send(message(JSON.stringify({ ...tcpParameters, mptcp: true })));
    expect((await control.take(9)).toString('hex')).toBe('fe0000008300000000');
    control.close();
    expect(plain.stderr).toContain('protocol does not exist (MPTCP is not to be had from this kernel)');
    expect(before).toContain('ino:');
    expect(listening()).toBe(before);
    await expect
      .poll(() => run('vnetperf', without.fd, ['-c', '127.0.0.1', '-k', '1']))
      .toMatchObject({ status: 0, stderr: '' });
  });

  it('the server is still there', () => {
    expect(server.running).toBe(true);
    expect(server.stderr).not.toMatch(/\n {4}at /);
  });
});
