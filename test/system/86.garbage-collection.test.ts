import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ALTNAME_PREFIX,
  CONTROL_GROUP_PREFIX,
  EXTERNAL_ID,
  LABEL,
  newLabIdentity,
  PROCESS_MARK,
} from '../../lib/topology/lab-identity.js';
import { DockerEngine } from '../support/docker-engine.js';
import { LabCommands } from '../support/lab-command.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { leftBehind, machineState } from '../support/machine-state.js';
import { OvsSwitchProcesses } from '../support/ovs-switch.js';

const root = process.getuid?.() === 0;

/** An id as a process of this machine and boot would have made, which has ended since. */
function deadId({ named = false } = {}): { id: string; short: string } {
  const { id, short } = newLabIdentity({ named });
  const [host, boot, pidNamespace, , , ...rest] = id.split('.');
  // Above the largest that the kernel gives (PID_MAX_LIMIT).
  return { id: [host, boot, pidNamespace, 5_000_000, 1, ...rest].join('.'), short };
}

const MARKS = {
  dead: deadId().id,
  alive: newLabIdentity().id,
  byHand: 'by-hand',
  ofAnotherHost: deadId().id.replace(/^\w+/, '00000000'),
  ofANamedLabElsewhere: deadId({ named: true }).id,
} as const;
const MARKS_THAT_STAY = Object.entries(MARKS).filter(([name]) => name !== 'dead');

describe.runIf(root)('gc', () => {
  let vnetperf: LabCommands;
  let machine: LoopbackNamespace;
  beforeEach(() => {
    // A machine's interfaces of the test's own: whatever it finds orphaned there, this test made.
    machine = new LoopbackNamespace();
    vnetperf = new LabCommands({ namespace: machine.fd });
  });
  afterEach(async () => {
    await vnetperf.dispose();
    machine[Symbol.dispose]();
  });
  const gc = (...args: string[]) => vnetperf.run('topology', 'gc', ...args);

  /** Writes what a lab that died would have left. */
  function journal(fields: Record<string, unknown>, identity = deadId()): string {
    const labs = join(vnetperf.directory, 'state', 'labs');
    mkdirSync(labs, { recursive: true });
    const whole = { version: 1, ...identity, kind: 'veth', status: 'held', directory: join(labs, identity.short) };
    const lists = { namespaces: [], adopted: [], daemons: [], engines: [], ovsDatabases: [], undo: [], pairs: [] };
    writeFileSync(join(labs, `${identity.short}.json`), JSON.stringify({ ...whole, ...lists, ...fields }));
    return identity.short;
  }

  it('removes interfaces with the altname of a lab that died, and no other', async () => {
    const links = { dead: 'vnporphan0', other: 'vnporphan1' };
    machine.run('ip', 'link', 'add', links.dead, 'type', 'bridge');
    machine.run('ip', 'link', 'property', 'add', 'dev', links.dead, 'altname', `${ALTNAME_PREFIX}${MARKS.dead}-client`);
    machine.run('ip', 'link', 'add', links.other, 'type', 'bridge');
    for (const [index, [, id]] of MARKS_THAT_STAY.entries()) {
      machine.run('ip', 'link', 'add', `stays${index}`, 'type', 'bridge');
      machine.run('ip', 'link', 'property', 'add', 'dev', `stays${index}`, 'altname', `${ALTNAME_PREFIX}${id}`);
    }
    const { status, stdout, stderr } = await gc();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^removed interface vnporphan0$/m);
    expect(stdout).toMatch(
      /^left alone: interface stays1: its mark by-hand says nothing about a process of this machine$/m,
    );
    expect(stdout).toMatch(/^left alone: interface stays3: it belongs to a named network whose journal is not here$/m);
    const left = JSON.parse(machine.run('ip', '-j', 'link')) as { ifname: string }[];
    expect(
      left
        .map(({ ifname }) => ifname)
        .filter((name) => /^(vnp|stays)/.test(name))
        .sort(),
    ).toEqual([links.other, ...MARKS_THAT_STAY.map((_, index) => `stays${index}`)].sort());
  });

  it('removes the control groups of engines of a lab that died, with those inside, and no other', async () => {
    // Of one hierarchy or of one out of several.
    const top = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup'].find((path) => existsSync(join(path, 'cgroup.procs')))!;
    const groupOf = (id: string) => join(top, `${CONTROL_GROUP_PREFIX}${id}-host1`);
    const groups = Object.values(MARKS).map(groupOf);
    try {
      for (const group of groups) mkdirSync(join(group, 'container'), { recursive: true });
      const { status, stdout, stderr } = await gc();
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain(`removed control group ${basename(groupOf(MARKS.dead))}\n`);
      expect(stdout).toContain(`left alone: control group ${basename(groupOf(MARKS.ofAnotherHost))}: its mark`);
      expect(groups.filter((group) => existsSync(group))).toEqual(
        groups.filter((group) => group !== groupOf(MARKS.dead)),
      );
    } finally {
      for (const group of groups) {
        if (existsSync(group)) execFileSync('find', [group, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', '+']);
      }
    }
  });

  it('removes a named namespace by its inode: one that only has the name stays', async () => {
    const before = machineState();
    const [ours, theirs] = ['vnetperf-test-gc-client', 'vnetperf-test-gc-server'];
    for (const netns of [ours, theirs]) execFileSync('ip', ['netns', 'add', netns!]);
    try {
      const inode = statSync(`/run/netns/${ours}`).ino;
      const namespaces = [
        { name: 'client', netns: ours, inode },
        { name: 'server', netns: theirs, inode },
      ];
      journal({ name: 'test-gc', status: 'building', namespaces }, deadId({ named: true }));
      const { status, stdout } = await gc();
      expect(status).toBe(0);
      expect(stdout).toContain(`removed network namespace ${ours}\n`);
      expect(stdout).toContain(`left alone: network namespace ${theirs}: it is not the one that test-gc made\n`);
      expect(leftBehind(before)).toEqual([theirs]);
      expect(vnetperf.stateFiles()).toEqual([]);
    } finally {
      execFileSync('ip', ['netns', 'del', theirs!]);
    }
  });

  it('leaves a lab that is up, whose maker has ended', async () => {
    journal({ name: 'test-up', status: 'up' }, deadId({ named: true }));
    expect(await gc()).toMatchObject({ status: 0, stdout: 'nothing to remove\n' });
    expect(vnetperf.journals()).toHaveLength(1);
    expect(await vnetperf.run('topology', 'down', 'test-up')).toMatchObject({ status: 0 });
  });

  it('ends a recorded process only if it is the one that was recorded, and removes the directory', async () => {
    const sleeper = vnetperf.start('-s', '-p', '5299');
    expect(await sleeper.printed(/listening/)).toBe(true);
    const { short } = deadId();
    journal({ daemons: [{ name: 'ovs-vswitchd', pid: sleeper.pid, startTicks: 1 }] });
    const directory = join(vnetperf.directory, 'state', 'labs', short);
    journal({ directory }, { id: deadId().id.replace(/\w+$/, short), short });
    mkdirSync(directory);
    writeFileSync(join(directory, 'conf.db'), '');
    const { status, stdout } = await gc();
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.not.stringContaining('process') });
    expect(existsSync(directory)).toBe(false);
    expect(vnetperf.stateFiles()).toEqual([]);
    expect(sleeper.ended).toBe(false);
    sleeper.signal('SIGKILL');
  });

  it('ends processes that a lab which died has started, and no others', async () => {
    const program = ['--eval', 'setInterval(() => {}, 1000)'];
    const start = (id: string) =>
      spawn(process.execPath, program, { stdio: 'ignore', env: { ...process.env, [PROCESS_MARK]: id } });
    const [orphan, alive] = [start(MARKS.dead), start(MARKS.alive)];
    try {
      const { status, stdout } = await gc();
      expect({ status, stdout }).toEqual({ status: 0, stdout: `removed process ${orphan.pid} (node)\n` });
      expect(orphan.signalCode).toBe('SIGTERM');
      expect(alive.exitCode ?? alive.signalCode).toBeNull();
    } finally {
      for (const running of [orphan, alive]) running.kill('SIGKILL');
    }
  });

  it('says what it cannot reach, keeps the journal, and fails', async () => {
    const host = `unix://${vnetperf.directory}/gone.sock`;
    const database = `unix:${vnetperf.directory}/gone-db.sock`;
    journal({ engines: [{ program: 'docker', host }], ovsDatabases: [database] });
    const { status, stderr } = await gc();
    expect(status).toBe(1);
    expect(stderr).toContain(
      `what may be left in the engine docker at ${host} could not be removed: it does not answer`,
    );
    expect(stderr).toContain(`what may be left in the switch's database ${database} could not be removed`);
    expect(vnetperf.journals()).toHaveLength(1);
    for (const journaled of vnetperf.journals()) {
      writeFileSync(join(vnetperf.directory, 'state', 'labs', `${journaled.short}.json`), '');
    }
  });

  it('does not wait for an engine or a switch whose directory is gone', async () => {
    const gone = `${vnetperf.directory}/gone`;
    journal({
      engines: [{ program: 'docker', host: `unix://${gone}/docker.sock` }],
      ovsDatabases: [`unix:${gone}/db.sock`],
    });
    expect(await gc()).toMatchObject({ status: 0, stderr: '' });
    expect(vnetperf.stateFiles()).toEqual([]);
  });

  describe('in an Open vSwitch', () => {
    let ovs: OvsSwitchProcesses;
    beforeAll(async () => {
      ovs = await OvsSwitchProcesses.start();
    });
    afterAll(() => ovs.stop());

    it('removes bridges and ports of labs that died, and no others', async () => {
      const marked = (table: string, name: string, id: string) => [
        '--',
        'set',
        table,
        name,
        `external_ids:${EXTERNAL_ID}=${id}`,
      ];
      ovs.vsctl('--no-wait', 'add-br', 'vnp00000001');
      ovs.vsctl('--no-wait', 'add-br', 'vnporphan', ...marked('bridge', 'vnporphan', MARKS.dead));
      for (const [index, [, id]] of MARKS_THAT_STAY.entries()) {
        ovs.vsctl('--no-wait', 'add-br', `stays${index}`, ...marked('bridge', `stays${index}`, id));
      }
      ovs.vsctl('--no-wait', 'add-port', 'vnp00000001', 'orphan0', ...marked('port', 'orphan0', MARKS.dead));
      ovs.vsctl('--no-wait', 'add-port', 'vnp00000001', 'vnporphan1');
      const { status, stdout, stderr } = await gc('--ovs-db', ovs.database);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain(`removed bridge vnporphan (${ovs.database})\nleft alone: bridge`.split('\n')[0]);
      expect(stdout).toContain(`removed port orphan0 (${ovs.database})\n`);
      expect(ovs.vsctl('list-br').split('\n')).toEqual(['stays0', 'stays1', 'stays2', 'stays3', 'vnp00000001']);
      expect(ovs.vsctl('list-ports', 'vnp00000001')).toBe('vnporphan1');
    });

    it('is also told where by a journal', async () => {
      const identity = deadId();
      ovs.vsctl('--no-wait', 'add-br', 'byjournal', '--', 'br-set-external-id', 'byjournal', EXTERNAL_ID, identity.id);
      journal({ ovsDatabases: [ovs.database] }, identity);
      expect(await gc()).toMatchObject({ status: 0, stdout: expect.stringContaining('removed bridge byjournal') });
      expect(ovs.vsctl('list-br')).not.toContain('byjournal');
      expect(vnetperf.stateFiles()).toEqual([]);
    });
  });

  describe('in a Docker engine', () => {
    let engine: DockerEngine;
    beforeAll(async () => {
      engine = await DockerEngine.start();
    });
    afterAll(() => engine[Symbol.asyncDispose]());

    it('removes containers, networks, volumes and images of labs that died, and no others', async () => {
      const tar = execFileSync('tar', ['-c', '-T', '/dev/null']);
      const label = (id: string) => ['--label', `${LABEL}=${id}`];
      const make = async (name: string, ...labels: string[]) => {
        const change = labels.length === 0 ? [] : ['--change', `LABEL ${labels[1]!.replace('=', ' ')}`];
        await engine.dockerWithInput(tar, 'import', ...change, '-', `${name}:latest`);
        await engine.docker('network', 'create', ...labels, name);
        await engine.docker('volume', 'create', ...labels, name);
        await engine.docker(
          'container',
          'create',
          ...labels,
          '--network',
          name,
          '--name',
          name,
          `${name}:latest`,
          '/pause',
        );
      };
      const stay = ['vnp-unmarked', ...MARKS_THAT_STAY.map(([name]) => `stays-${name.toLowerCase()}`)];
      await make('vnp-orphan', ...label(MARKS.dead));
      await make('vnp-unmarked');
      for (const [name, id] of MARKS_THAT_STAY) await make(`stays-${name.toLowerCase()}`, ...label(id));

      const { status, stdout, stderr } = await gc('--docker-host', engine.host);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      for (const word of ['container', 'network', 'volume', 'image']) {
        expect(stdout).toMatch(new RegExp(`^removed ${word} vnp-orphan(:latest)? \\(docker at `, 'm'));
      }
      expect((await engine.objects()).sort()).toEqual(
        stay
          .flatMap((name) => [`container ${name}`, `network ${name}`, `image ${name}:latest`, `volume ${name}`])
          .sort(),
      );
    });
  });
});
