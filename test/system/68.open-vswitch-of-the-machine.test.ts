import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findSwitchProcess } from '../../lib/topology/openvswitch/switch-process.js';
import { LabCommands } from '../support/lab-command.js';
import { remaining } from '../support/machine-state.js';
import { OvsSwitchProcesses } from '../support/ovs-switch.js';

const root = process.getuid?.() === 0;
const MARK = 'external_ids:vnetperf';

let ovs: OvsSwitchProcesses;
let lab: LabCommands;

function switchOf(start: () => Promise<OvsSwitchProcesses>): void {
  beforeAll(async () => {
    ovs = await start();
  });
  afterAll(() => ovs.stop());
  beforeEach(() => {
    lab = new LabCommands({ namespace: ovs.namespace.fd });
  });
  afterEach(() => lab.dispose());
}

const linksOf = ({ namespace }: OvsSwitchProcesses) =>
  (JSON.parse(namespace.run('ip', '-json', 'link')) as { ifname: string; altnames?: string[] }[]).toSorted(
    (one, other) => one.ifname.localeCompare(other.ifname),
  );
const namesOf = (records: string) => records.split('\n').filter((name) => name !== '');
const bridges = () => namesOf(ovs.vsctl('list-br')).sort();
/** All that a user of this switch has in its database, and would see changed. */
const records = () => ovs.vsctl('--columns=_uuid,name,ports,external_ids,datapath_type,other_config', 'list', 'bridge');

describe.runIf(root)('a switch that runs already', () => {
  switchOf(async () => {
    const started = await OvsSwitchProcesses.start();
    // Somebody else's, although the second is called as ours are and marked by a program that is not this one.
    started.vsctl(
      ...['add-br', 'office', '--', 'set', 'bridge', 'office', 'datapath_type=netdev', 'external_ids:owner=office'],
      ...[
        '--',
        'add-br',
        'vnp00000000',
        '--',
        'set',
        'bridge',
        'vnp00000000',
        'datapath_type=netdev',
        `${MARK}=office`,
      ],
    );
    return started;
  });

  it.each([
    ['ovs', []],
    ['ovs-netdev', []],
    ['ovs-netdev', ['-R']],
    ['ovs-netdev', ['-u', '-b', '50M']],
    ['ovs-netdev', ['--ipv6', '--endpoints', '2']],
    ['ovs-afxdp', []],
  ])('carries %s %j and has its records and interfaces as before', async (kind, options) => {
    const before = [records(), linksOf(ovs)];
    const { status, stdout, stderr } = await lab.run(
      ...['run', kind, '--ovs-db', ovs.database, '-t', '1', '-J', ...options],
    );
    expect([status, stderr]).toEqual([0, '']);
    const { end, vnetperf } = JSON.parse(stdout);
    expect(end.sum_received.bits_per_second).toBeGreaterThan(1e6);
    expect(vnetperf.topology).toMatchObject({ kind, remarks: [expect.stringMatching(/ datapath/)] });
    // The switch removes the device of its own datapath some time after the last bridge is gone.
    await expect.poll(() => [records(), linksOf(ovs)], { timeout: 3_000, interval: 20 }).toEqual(before);
    expect(await remaining(() => lab.left())).toEqual([]);
  });

  it('sees our mark on everything that is ours, and two labs that do not meet', async () => {
    const runs = ['a', 'b'].map(() => lab.start('run', 'ovs-netdev', '--ovs-db', ovs.database, '-t', '4'));
    for (const running of runs) expect(await running.printed(/0\.00-1\.\d/)).toBe(true);
    const journals = lab.journals();
    expect(journals).toHaveLength(2);
    for (const { id, short } of journals) {
      const bridge = `vnp${short}`;
      expect(namesOf(ovs.vsctl('--bare', '--columns=name', 'find', 'bridge', `${MARK}="${id}"`))).toEqual([bridge]);
      const ports = [`${bridge}c`, `${bridge}s`];
      expect(namesOf(ovs.vsctl('list-ports', bridge)).sort()).toEqual(ports);
      const marked = namesOf(ovs.vsctl('--bare', '--columns=name', 'find', 'port', `${MARK}="${id}"`));
      expect(marked.sort()).toEqual(ports);
      expect(
        linksOf(ovs)
          .filter(({ ifname }) => ports.includes(ifname))
          .map(({ altnames }) => altnames),
      ).toEqual([[`vnetperf-${id}-client`], [`vnetperf-${id}-server`]]);
    }
    for (const running of runs) expect((await running.finished()).status).toBe(0);
    expect(bridges()).toEqual(['office', 'vnp00000000']);
  });

  it('is rid of a killed lab by gc, and keeps what only looks like ours', async () => {
    const before = [records(), linksOf(ovs)];
    const running = lab.start('run', 'ovs-netdev', '--ovs-db', ovs.database, '-t', '20');
    expect(await running.printed(/0\.00-1\.\d/)).toBe(true);
    running.signal('SIGKILL');
    await running.finished();
    expect(bridges()).toHaveLength(3);
    const { status, stdout } = await lab.run('topology', 'gc');
    expect(status).toBe(0);
    expect(stdout).toMatch(/bridge vnp[0-9a-f]{8} /);
    expect(bridges()).toEqual(['office', 'vnp00000000']);
    // The switch removes the device of its own datapath some time after the last bridge is gone.
    await expect.poll(() => [records(), linksOf(ovs)], { timeout: 3_000, interval: 20 }).toEqual(before);
    expect(await remaining(() => lab.left())).toEqual([]);
  });

  it('is named with its process, of which the cost is told', async () => {
    expect(findSwitchProcess(ovs.database)).toBe(ovs.pid);
    expect(findSwitchProcess('unix:/nowhere/db.sock')).toBeUndefined();
    const { stdout } = await lab.run('run', 'ovs-netdev', '--ovs-db', ovs.database, '-t', '1');
    expect(stdout).toContain('ovs-vswitchd');
  });

  it('that was not started with TSO cannot be ovs-tso', async () => {
    const { status, stderr } = await lab.run('run', 'ovs-tso', '--ovs-db', ovs.database, '-t', '1');
    expect(stderr).toContain(`ovs-tso needs userspace TSO, which the switch at ${ovs.database} was not started with\n`);
    expect(status).toBe(1);
    expect(bridges()).toEqual(['office', 'vnp00000000']);
  });

  it('in another namespace than ours is told apart, with the way there', async () => {
    const outside = new LabCommands();
    try {
      const { status, stderr } = await outside.run('run', 'ovs-netdev', '--ovs-db', ovs.database, '-t', '1');
      expect(stderr).toContain(`runs in another network namespace (process ${ovs.pid})\n`);
      expect(stderr).toContain(`nsenter --net=/proc/${ovs.pid}/ns/net`);
      expect(status).toBe(1);
      expect(outside.left()).toEqual([]);
    } finally {
      await outside.dispose();
    }
  });

  it('that does not answer is one sentence', async () => {
    const { status, stderr } = await lab.run('run', 'ovs', '--ovs-db', 'unix:/nowhere/db.sock', '-t', '1');
    expect(stderr).toMatch(/^vnetperf: ovs: no Open vSwitch answers at unix:\/nowhere\/db\.sock: /);
    expect(status).toBe(1);
    expect(lab.left()).toEqual([]);
  });
});

describe.runIf(root)('a switch that was started with TSO', () => {
  switchOf(() => OvsSwitchProcesses.start('other_config:userspace-tso-enable=true'));

  it('can be ovs-tso', async () => {
    const { status, stdout } = await lab.run('run', 'ovs-tso', '--ovs-db', ovs.database, '-t', '1', '-J');
    expect(status).toBe(0);
    expect(JSON.parse(stdout).end.sum_received.bits_per_second).toBeGreaterThan(1e6);
    expect(bridges()).toEqual([]);
  });

  it('but whose ovs-vswitchd is gone fails in time and leaves no record', async () => {
    process.kill(ovs.pid, 'SIGKILL');
    const { status, stderr } = await lab.run('run', 'ovs-netdev', '--ovs-db', ovs.database, '-t', '1');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^vnetperf: ovs-netdev/);
    expect(bridges()).toEqual([]);
    expect(linksOf(ovs).map(({ ifname }) => ifname)).not.toContainEqual(expect.stringMatching(/^vnp/));
    expect(lab.left()).toEqual([]);
  });
});

it.runIf(root)('the switch of the tests leaves nothing', async () => {
  const started = await OvsSwitchProcesses.start();
  const { pid, directory } = started;
  await started.stop();
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  expect(existsSync(directory)).toBe(false);
});
