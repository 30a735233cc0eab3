import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands, IperfProcess } from '../support/iperf-process.js';
import { LabCommands } from '../support/lab-command.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';

const root = process.getuid?.() === 0;
const [node, program] = commands.vnetperf as [string, string];

function vnetperf(line: string, stdout: 'pipe' | number = 'pipe') {
  const words = line.split(' ').filter((word) => word !== '');
  return spawnSync(node, [program, ...words], { encoding: 'utf8', timeout: 20_000, stdio: ['ignore', stdout, 'pipe'] });
}

// What ends with 3 and 4 is tried with the gates, with a second signal among the interruptions.
describe('0', () => {
  it.each(['-h', '-v', 'help all', 'help exit-codes', 'completion bash', 'cpus', 'topology ls', 'run veth --dry-run'])(
    '%s',
    (line) => {
      const { status, stdout, stderr } = vnetperf(line);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).not.toBe('');
    },
  );
});

describe('1, and standard error says why', () => {
  it.each([
    '',
    '-c 127.0.0.1 -p 1 -t 1',
    '-c host.invalid -t 1',
    '-s -p 0',
    'run nosuch',
    'run',
    'between host netns:nosuch',
    'compare veth',
    'compare --resume /no/such/file',
    'report /no/such/file',
    'doctor nosuch',
    'cpus what',
    'topology what',
    'topology down nosuch',
    'topology exec nosuch client -- true',
    'completion tcsh',
    'help nosuch',
    'nosuch',
  ])('vnetperf %s', (line) => {
    const { status, stderr } = vnetperf(line);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^(vnetperf|iperf3): /);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});

describe('141, where nobody reads', () => {
  it.each(['-h', '-v', 'help all', 'completion zsh', 'cpus', 'topology ls', 'run veth --dry-run'])('%s', (line) => {
    // The other end is to have gone before anything is written.
    const script = `{ sleep 0.2; exec "$0" "$@"; } | true; exit "\${PIPESTATUS[0]}"`;
    const words = [node, program, ...line.split(' ')];
    const { status, stderr } = spawnSync('bash', ['-c', script, ...words], { encoding: 'utf8', timeout: 20_000 });
    expect({ status, stderr }).toEqual({ status: 141, stderr: '' });
  });

  it('1, where it cannot be written', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = vnetperf('help all', full);
    closeSync(full);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^vnetperf: standard output took no more: ENOSPC.*\n$/),
    });
  });
});

describe.runIf(root)('1, where the report of a test cannot be written', () => {
  it.each(['', '-J'])('run veth %s', (option) => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = vnetperf(`run veth -n 1M ${option}`, full);
    closeSync(full);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^vnetperf: standard output took no more: ENOSPC/m);
  });
});

describe.runIf(root)('of a signal', () => {
  let network: LoopbackNamespace;
  beforeAll(() => {
    network = new LoopbackNamespace();
  });
  afterAll(() => network?.[Symbol.dispose]());

  it('0: a server that was told to stop', async () => {
    await using server = new IperfProcess('vnetperf', network.fd, ['-s']);
    await expect.poll(() => server.stdout, { timeout: 10_000 }).toMatch(/Server listening/);
    server.signal('SIGTERM');
    expect(await server.finished()).toMatchObject({ status: 0, signal: null });
  });
});

describe.runIf(root)('topology exec', () => {
  const labs = new LabCommands();
  beforeAll(async () => void (await labs.run('topology', 'up', 'veth', '--name', 'status')));
  afterAll(async () => {
    await labs.run('topology', 'down', 'status');
    await labs.dispose();
  });

  it.each([
    ['exit 0', 0],
    ['exit 42', 42],
    ['kill -TERM $$', 143],
  ])('ends as the command: %s', async (script, status) => {
    expect(await labs.run('topology', 'exec', 'status', 'client', '--', 'sh', '-c', script)).toMatchObject({ status });
  });
});
