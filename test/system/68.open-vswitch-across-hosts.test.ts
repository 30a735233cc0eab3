import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PathError } from '../../lib/topology/diagnosis/path-error.js';
import { planTopology, topologyKind } from '../../lib/topology/kinds.js';
import { Lab } from '../../lib/topology/lab.js';
import { kernelHasDatapath } from '../../lib/topology/openvswitch/kernel-datapath.js';
import { deepQueuesStep } from '../../lib/topology/openvswitch/packet-queues.js';
import { type Topology, topology } from '../../lib/topology/topology.js';
import { CARRIED, type Carried } from '../support/carried-over-a-switch.js';
import { LabCommands } from '../support/lab-command.js';
import { remaining } from '../support/machine-state.js';

const root = process.getuid?.() === 0;
const there = await kernelHasDatapath();
const KINDS = ['ovs-vxlan', 'weave'];

const QUEUES = 'its packet sockets hold 1000 packets';
const CARRIERS = ['ovs-vswitchd on host1', 'ovs-vswitchd on host2'];

let lab: LabCommands;
beforeEach(() => {
  lab = new LabCommands();
});
afterEach(() => lab.dispose());

/** Asks the database of one host's switch, whose address is a word of its process. */
function vsctl(network: Topology, host: 0 | 1, ...words: string[]): string {
  const database = readFileSync(`/proc/${network.carriers[host]!.pid}/cmdline`, 'utf8')
    .split('\0')
    .find((word) => word.startsWith('unix:'));
  return execFileSync('ovs-vsctl', [`--db=${database}`, '--timeout=5', ...words], { encoding: 'utf8' }).trim();
}

describe.runIf(root).each(KINDS)('run %s', (kind) => {
  it.each<Carried>([
    ...CARRIED,
    ['TCP, the hosts joined by IPv6', ['--underlay', '6']],
    ['three pairs of ends', ['--endpoints', '3', '-P', '3']],
  ])('carries %s, names its datapath and both switches, and leaves nothing', async (_, options) => {
    const { status, stdout, stderr } = await lab.run('run', kind, '-t', '1', '-J', ...options);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { end, vnetperf } = JSON.parse(stdout);
    expect(end.sum_received.bits_per_second).toBeGreaterThan(1e6);
    expect(end.sum_received.bytes).toBeLessThanOrEqual(end.sum_sent.bytes);
    const remarks = there ? ['kernel datapath'] : ['this kernel has no openvswitch module', QUEUES];
    expect(vnetperf.topology).toMatchObject({
      kind,
      remarks: expect.arrayContaining(remarks.map((remark) => expect.stringContaining(remark))),
    });
    expect(vnetperf.carriers.map(({ name }: { name: string }) => name)).toEqual(CARRIERS);
    for (const { cpuPercent } of vnetperf.carriers) expect(cpuPercent).toBeGreaterThan(0);
    expect(await remaining(() => lab.left())).toEqual([]);
  });

  it('leaves the link its queue, which a switch would take for its own', async () => {
    await using network = await topology(kind, { linkRateBitsPerSecond: 1e8 });
    const cards = network.path.hops.filter(({ interface: name }) => name === 'eth0');
    expect(cards.map(({ qdisc }) => qdisc)).toEqual(['tbf', 'tbf']);
  });

  it('is found to carry less than an MTU that is too large for its tunnel', async () => {
    const failure: PathError = await topology(kind, { mtuBytes: 1500 }).then(
      async (network) => {
        await network.close();
        throw new Error('it was taken for sound');
      },
      (error) => error,
    );
    expect(failure.code).toBe('ERR_PATH_MTU');
    expect(failure.message).toContain('1450');
  });

  it.each([
    [9000, 8950],
    [1400, 1350],
  ])('has ends whose packets fit the link: of %d bytes, %d', async (linkMtuBytes, room) => {
    const mtuBytes = kind === 'weave' ? Math.min(1376, room) : room;
    await using network = await topology(kind, { linkMtuBytes });
    expect(network.client.mtuBytes).toBe(mtuBytes);
    expect(network.path.pathMtuBytes).toBe(mtuBytes);
    expect(network.path.hops.filter(({ interface: name }) => name === 'eth0').map((hop) => hop.mtuBytes)).toEqual([
      linkMtuBytes,
      linkMtuBytes,
    ]);
  });

  it('starts apart from the building of the network', async () => {
    await using network = await topology(kind);
    expect(network.times.startUpMs).toBeGreaterThan(0);
    expect(network.times.buildMs).toBeGreaterThan(0);
  });

  it('says so when the switch of one host ends', async () => {
    const running = lab.start('run', kind, '-t', '10', '-i', '1');
    expect(await running.printed(/0\.00-1\.\d/)).toBe(true);
    const [journal] = lab.journals();
    // In the order in which they were started: a database and a switch on each host.
    const { pid } = journal!.daemons[3]!;
    process.kill(pid, 'SIGKILL');
    const { status, stderr } = await running.finished();
    expect(stderr).toContain(`ovs-vswitchd on host2 (process ${pid}) has ended`);
    expect(status).toBe(1);
    expect(await remaining(() => lab.left())).toEqual([]);
  });
});

describe.runIf(root)('two switches of our own', () => {
  it('of ovs-vxlan have a tunnel to each other and the host’s address where the datapath looks for it', async () => {
    await using network = await topology('ovs-vxlan');
    const ports = (host: 0 | 1) => vsctl(network, host, 'list-ports', 'br-int').split('\n').sort();
    expect([ports(0), ports(1)]).toEqual([
      ['port-client0', 'vxlan0'],
      ['port-server0', 'vxlan0'],
    ]);
    expect(vsctl(network, 0, 'get', 'interface', 'vxlan0', 'options')).toBe('{key="100", remote_ip="198.18.40.2"}');
    expect(vsctl(network, 1, 'get', 'interface', 'vxlan0', 'options')).toBe('{key="100", remote_ip="198.18.40.1"}');
    if (!there) expect(vsctl(network, 0, 'list-ports', 'br-phy')).toBe('eth0');
    expect(network.path.hops.map((hop) => `${hop.namespace}/${hop.interface}`)).toEqual([
      'client/client0',
      'host1/port-client0',
      'host1/eth0',
      'host2/eth0',
      'host2/port-server0',
      'server/server0',
    ]);
    const [client] = network.path.hops;
    expect(client?.offloads).toMatchObject({ tso: there, txChecksum: there });
  });

  it('of weave stand behind a bridge each, on a port of their own number', async () => {
    await using network = await topology('weave');
    expect(vsctl(network, 0, 'list-ports', 'datapath').split('\n').sort()).toEqual(['vethwe-datapath', 'vxlan-6784']);
    expect(vsctl(network, 1, 'get', 'interface', 'vxlan-6784', 'options')).toContain('dst_port="6784"');
    expect(network.path.pathMtuBytes).toBe(1376);
    expect(network.path.hops.map((hop) => `${hop.namespace}/${hop.interface}`)).toEqual([
      'client/client0',
      ...['port-client0', 'weave', 'vethwe-bridge', 'vethwe-datapath', 'eth0'].map((name) => `host1/${name}`),
      ...['eth0', 'vethwe-datapath', 'vethwe-bridge', 'weave', 'port-server0'].map((name) => `host2/${name}`),
      'server/server0',
    ]);
  });

  it('stand also where nobody may set the queues of their packet sockets', async () => {
    const pidFile = join(lab.directory, 'pid');
    const nobodys = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' });
    for (const [pid, reason] of [
      [nobodys, 'pidfd_open: No such process'],
      [`${process.pid}`, 'the switch has no packet sockets'],
    ] as const) {
      writeFileSync(pidFile, pid);
      const plan = await planTopology('hosts');
      const steps = [...plan.steps, deepQueuesStep('host1', pidFile, 1500)];
      const built = await Lab.build({ ...plan, steps }, topologyKind('hosts'));
      await built.close();
      expect([...built.notes.remarks]).toEqual([]);
      expect(built.notes.warnings.map(({ message }) => message)).toEqual([
        'hosts: the packet sockets of the switch on host1 hold only what the kernel gives any socket: ' +
          `near the link's rate UDP may be lost in the switch: ${reason}`,
      ]);
    }
  });

  it.runIf(!there)('refuse checksums that are left to the device before any traffic', async () => {
    const { status, stderr } = await lab.run('run', 'ovs-vxlan', '-t', '1', '--offload', 'tx=on');
    expect(status).toBe(1);
    expect(stderr).toContain('client0 in the namespace client leaves checksums to its device');
    expect(await remaining(() => lab.left())).toEqual([]);
  });
});
