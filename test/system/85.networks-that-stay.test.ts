import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kindsHere, NO_KINDS } from '../support/buildable-kinds.js';
import { commands } from '../support/iperf-process.js';
import { LabCommands } from '../support/lab-command.js';
import { remaining } from '../support/machine-state.js';

const root = process.getuid?.() === 0;
const { buildable, refused, unplannable, args: argsOf, engine } = root ? await kindsHere() : NO_KINDS;
afterAll(() => engine?.[Symbol.asyncDispose]());
/** Whose ends are in a namespace that others use too. */
const SHARED = ['loopback', 'docker-host'].filter((kind) => buildable.includes(kind));
const SHAREABLE = buildable.filter((kind) => !SHARED.includes(kind));

describe.runIf(root)('a network that stays', () => {
  let vnetperf: LabCommands;
  beforeEach(() => {
    vnetperf = new LabCommands();
  });
  afterEach(() => vnetperf.dispose());

  const topology = (...args: string[]) => vnetperf.run('topology', ...args);
  async function succeeds(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await topology(...args);
    expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: '' });
    return stdout;
  }

  /** Every end of a network, from inside it: where it is, and that it has its address. */
  async function reachesEveryEnd(name: string, endpoints: { name: string; ipv4: string; place: string }[]) {
    for (const end of endpoints) {
      // A path: of an end inside an engine of the lab's own, which other engines do not know.
      expect(end.place).toMatch(/^(netns:vnetperf-(one|two)-|docker:vnetperf-|pid:|host$|\/.*\.namespace$)/);
      const addresses = await succeeds('exec', name, end.name, '--', 'ip', '-4', '-oneline', 'address', 'show');
      expect(addresses).toContain(` ${end.ipv4}/`);
    }
  }

  async function up(kind: string, name: string): Promise<void> {
    const told = await succeeds('up', kind, ...argsOf(kind), '--name', name);
    expect(told).toMatch(new RegExp(`^${name} is up: .*\\n`));
    expect(told).toContain(`topology exec ${name} client -- `);
    expect(told).toContain(`topology down ${name}`);
  }

  async function downAndNothingLeft(name: string): Promise<void> {
    expect(await succeeds('down', name)).toBe('');
    expect(vnetperf.left()).toEqual([]);
    expect((await engine?.objects()) ?? []).toEqual([]);
    expect(await succeeds('ls')).toBe('no networks\n');
  }

  it.each(SHARED)('%s: up, ls, exec at every end, gc that leaves it, down, and nothing left', async (kind) => {
    await up(kind, 'one');
    expect(await succeeds('ls')).toMatch(new RegExp(`^NAME .*\\none +${kind} +up +client [\\d.]+, server [\\d.]+\\n$`));
    const [lab] = JSON.parse(await succeeds('ls', '-J'));
    expect(lab).toMatchObject({ name: 'one', kind, status: 'up' });
    expect(await succeeds('gc')).toBe('nothing to remove\n');
    await reachesEveryEnd('one', lab.endpoints);
    await downAndNothingLeft('one');
  });

  it.each(SHAREABLE)(
    'two of %s: up at once, ls, exec at every end, gc that leaves them; one is not the other; down, and nothing left',
    async (kind) => {
      await Promise.all(['one', 'two'].map((name) => up(kind, name)));
      const row = (name: string) => `${name} +${kind} +up +client [\\d.]+, server [\\d.]+\\n`;
      expect(await succeeds('ls')).toMatch(new RegExp(`^NAME .*\\n${row('one')}${row('two')}$`));
      const labs = JSON.parse(await succeeds('ls', '-J'));
      expect(labs).toMatchObject(['one', 'two'].map((name) => ({ name, kind, status: 'up' })));
      expect(await succeeds('gc')).toBe('nothing to remove\n');
      await reachesEveryEnd('one', labs[0].endpoints);
      const insideOf = async (name: string) =>
        (await succeeds('exec', name, 'server', '--', 'readlink', '/proc/self/ns/net')).trim();
      expect(await insideOf('one')).not.toBe(await insideOf('two'));
      await succeeds('down', 'one');
      // What the other has still carries packets.
      const { ipv4, port = 5201, serverPort = port } = labs[1].target ?? labs[1].endpoints[1];
      const listening = ['-s', '-1', '-p', `${serverPort}`];
      const server = vnetperf.start('topology', 'exec', 'two', 'server', ...commands.vnetperf, ...listening);
      expect(await server.printed(/Server listening/)).toBe(true);
      const target = ['-c', ipv4, '-p', `${port}`];
      const asked = await succeeds('exec', 'two', 'client', ...commands.vnetperf, ...target, '-n', '1M', '-b10M');
      expect(asked).toContain('iperf Done.');
      expect((await server.finished()).status).toBe(0);
      await downAndNothingLeft('two');
    },
  );

  it('has the name of its KIND unless told otherwise, and a name only once, also for two at the same time', async () => {
    const outcomes = await Promise.all([topology('up', 'veth'), topology('up', 'veth')]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual([0, 1]);
    expect(outcomes.find(({ status }) => status === 1)?.stderr).toBe(
      'vnetperf: there is a network named veth already\n' +
        '  Choose another with --name, or remove it with: vnetperf topology down veth\n',
    );
    expect(await topology('up', 'bridge', '--name', 'veth')).toMatchObject({ status: 1, stdout: '' });
    await succeeds('exec', 'veth', 'client', 'ip', 'link', 'show', 'client0');
    await succeeds('down', 'veth');
    expect(vnetperf.left()).toEqual([]);
  });

  it('does not take a namespace that has its name already, and leaves it', async () => {
    const netns = 'vnetperf-test-taken-server';
    execFileSync('ip', ['netns', 'add', netns]);
    try {
      const inode = readlinkOf(netns);
      expect(await topology('up', 'veth', '--name', 'test-taken')).toEqual({
        status: 1,
        signal: null,
        stdout: '',
        stderr: expect.stringMatching(
          /^vnetperf: the network namespace vnetperf-test-taken-server cannot be made: .*File exists\n {2}Choose another name with --name; .*\n$/,
        ),
      });
      expect(readlinkOf(netns)).toBe(inode);
    } finally {
      execFileSync('ip', ['netns', 'del', netns]);
    }
    expect(vnetperf.left()).toEqual([]);
  });

  it.each([
    ['an unknown network', ['down', 'nobody'], /there is no network named nobody\n {2}Build one with: /],
    ['an unknown network to run in', ['exec', 'nobody', 'client', 'true'], /there is no network named nobody\n/],
    ['a name that cannot be a file', ['up', 'veth', '--name', '../x'], /'\.\.\/x' cannot be the name of a network\n/],
    ['an unknown kind', ['up', 'vlan'], /there is no network of the kind "vlan"\n {2}Choose one of: /],
    ...[...refused, ...unplannable].map((kind): [string, string[], RegExp] => [
      `${kind}, for which the kernel lacks something,`,
      ['up', kind],
      /^vnetperf: .* needs .*\n {2}.*\n$/,
    ]),
  ])('%s is one sentence', async (_, args, stderr) => {
    expect(await topology(...args)).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(stderr) });
    expect(vnetperf.left()).toEqual([]);
  });

  it('is not for ordinary users, who are told what is', async () => {
    const script = new URL('../../dist/cli/main.js', import.meta.url).pathname;
    const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
    const words = [...nobody, process.execPath, script, 'topology', 'up', 'veth'];
    expect(() => execFileSync('setpriv', words, { stdio: 'pipe' })).toThrow(
      expect.objectContaining({
        status: 1,
        stderr: Buffer.from(
          'vnetperf: networks that outlive the command need root: an unprivileged one goes with its process\n' +
            '  Run this as root; what goes with the command can be measured without: vnetperf run KIND\n',
        ),
      }),
    );
  });

  describe('exec', () => {
    beforeEach(() => succeeds('up', 'veth', '--name', 'test-exec'));

    it('passes words, output and status on', async () => {
      const words = ['exec', 'test-exec', 'server', '--', 'sh', '-c', 'echo "$1"; echo err >&2; exit 7', 'sh', '-J a'];
      expect(await topology(...words)).toEqual({ status: 7, signal: null, stdout: '-J a\n', stderr: 'err\n' });
    });

    it.each(['SIGTERM', 'SIGINT', 'SIGUSR1'] as const)('passes %s on', async (signal) => {
      const script = `trap 'echo got it; exit 3' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`;
      const running = vnetperf.start('topology', 'exec', 'test-exec', 'client', '--', 'sh', '-c', script);
      expect(await running.printed(/ready/)).toBe(true);
      running.signal(signal);
      expect(await running.finished()).toMatchObject({ status: 3, stdout: 'ready\ngot it\n' });
    });

    it('passes a signal on that comes with the first word of the command', async () => {
      const heldUp = new URL('../support/held-up-after-spawn.mjs', import.meta.url).pathname;
      vnetperf.environment.NODE_OPTIONS = `--import ${heldUp}`;
      const script = "trap 'echo got it; exit 3' TERM; echo ready; while :; do sleep 0.05; done";
      const running = vnetperf.start('topology', 'exec', 'test-exec', 'client', '--', 'sh', '-c', script);
      expect(await running.printed(/ready/)).toBe(true);
      running.signal('SIGTERM');
      expect(await running.finished()).toMatchObject({ status: 3, stdout: 'ready\ngot it\n' });
    });

    it('tells by its status which signal ended the command', async () => {
      expect(await topology('exec', 'test-exec', 'client', 'sh', '-c', 'kill -KILL $$')).toMatchObject({ status: 137 });
    });

    it('takes its command along when it is killed', async () => {
      const file = join(vnetperf.directory, 'pid');
      const script = `echo $$ > ${file}; echo ready; exec sleep 30`;
      const running = vnetperf.start('topology', 'exec', 'test-exec', 'client', '--', 'sh', '-c', script);
      expect(await running.printed(/ready/)).toBe(true);
      running.signal('SIGKILL');
      await running.finished();
      await succeeds('down', 'test-exec');
      expect(await remaining(() => vnetperf.left())).toEqual([]);
    });

    it('knows its endpoints', async () => {
      expect(await topology('exec', 'test-exec', 'switch', 'true')).toMatchObject({
        status: 1,
        stderr: 'vnetperf: test-exec has no endpoint switch\n  Choose one of: client, server.\n',
      });
    });
  });

  it('of which somebody has removed a namespace can still be taken down', async () => {
    await succeeds('up', 'bridge', '--name', 'test-cut');
    execFileSync('ip', ['netns', 'del', 'vnetperf-test-cut-switch']);
    expect(await topology('exec', 'test-cut', 'switch', 'true')).toMatchObject({
      stderr: expect.stringContaining('the namespace vnetperf-test-cut-switch of test-cut is gone\n'),
    });
    await succeeds('down', 'test-cut');
    expect(vnetperf.left()).toEqual([]);
  });

  it('is not confused by a journal of another version', async () => {
    await succeeds('up', 'veth', '--name', 'test-version');
    const other = join(vnetperf.directory, 'state', 'labs', '00000000.json');
    writeFileSync(other, '{"version": 2, "short": "00000000"}');
    expect(JSON.parse(await succeeds('ls', '-J'))).toHaveLength(1);
    expect(await succeeds('gc')).toBe('nothing to remove\n');
    expect(vnetperf.stateFiles()).toContain('labs/00000000.json');
    await succeeds('down', 'test-version');
    expect(vnetperf.left()).toEqual(['labs', 'labs/00000000.json']);
  });
});

function readlinkOf(netns: string): string {
  return execFileSync('nsenter', [`--net=/run/netns/${netns}`, 'readlink', '/proc/self/ns/net'], { encoding: 'utf8' });
}
