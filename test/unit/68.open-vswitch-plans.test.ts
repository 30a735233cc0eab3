import { describe, expect, it } from 'vitest';
import { planTopology } from '../../lib/topology/kinds.js';
import { kernelHasDatapath } from '../../lib/topology/openvswitch/kernel-datapath.js';
import type { Plan } from '../../lib/topology/plan.js';
import { planLines } from '../support/plan-lines.js';

const VSCTL = 'switch: ovs-vsctl --db=unix:{db.sock}';

/** Where in the plan a command begins with these words. */
const position = (plan: Plan, start: string) => planLines(plan).findIndex((line) => line.startsWith(start));

describe('networks on an Open vSwitch of their own', () => {
  it('ovs-netdev: two daemons, a cable to each end, and no checksum left to the device', async () => {
    const plan = await planTopology('ovs-netdev', { mtuBytes: 1400, ipv6: false });
    expect(plan.namespaces).toEqual(['client', 'server', 'switch']);
    expect(planLines(plan).filter((line) => !line.includes(' sh -c '))).toEqual([
      'switch: ovsdb-tool create {conf.db}',
      'switch: ovsdb-server {conf.db} --remote=punix:{db.sock} --unixctl={ovsdb-server.ctl} -vsyslog:off',
      'switch: ovs-vswitchd unix:{db.sock} --unixctl={ovs-vswitchd.ctl} -vsyslog:off',
      'switch: ip link add port-client0 index 1001 mtu 1400 type veth peer name client0 mtu 1400 netns <client>',
      'switch: ip link set port-client0 up',
      'switch: ip link add port-server0 index 1002 mtu 1400 type veth peer name server0 mtu 1400 netns <server>',
      'switch: ip link set port-server0 up',
      `${VSCTL} --timeout=10 --no-wait add-br br0 -- set bridge br0 datapath_type=netdev`,
      `${VSCTL} --timeout=11 -- add-port br0 port-client0 -- add-port br0 port-server0`,
      'client: ip link set lo up',
      'client: ip address add 198.18.0.2/24 dev client0',
      'client: ip link set client0 up',
      'client: ethtool -K client0 tx off tso off',
      'server: ip link set lo up',
      'server: ip address add 198.18.0.3/24 dev server0',
      'server: ip link set server0 up',
      'server: ethtool -K server0 tx off tso off',
    ]);
    expect(plan.path.map(({ namespace, interface: name, master }) => [namespace, name, master])).toEqual([
      ['client', 'client0', undefined],
      ['switch', 'port-client0', undefined],
      ['switch', 'port-server0', undefined],
      ['server', 'server0', undefined],
    ]);
    expect(plan).toMatchObject({ via: ['br0'], mtuBytes: 1400, serverReachesClient: true, morePairs: [] });
    expect(plan.carriers).toEqual([{ type: 'daemon', name: 'ovs-vswitchd' }]);
    expect(plan.ovsDatabases).toBeUndefined();
  });

  it('keeps every file of the switch in the directory of the lab', async () => {
    const { steps } = await planTopology('ovs-netdev');
    const directory = { file: '' };
    for (const step of steps.filter((candidate) => candidate.type === 'daemon')) {
      expect(step.environment).toMatchObject({
        OVS_RUNDIR: directory,
        OVS_DBDIR: directory,
        OVS_LOGDIR: directory,
        OVS_SYSCONFDIR: directory,
      });
    }
  });

  it('ovs-tso: large segments are allowed before the switch starts, and stay allowed at the ends', async () => {
    const plan = await planTopology('ovs-tso');
    const set = position(
      plan,
      `${VSCTL} --timeout=10 --no-wait set Open_vSwitch . other_config:userspace-tso-enable=true`,
    );
    expect(set).toBeGreaterThan(position(plan, 'switch: ovsdb-server '));
    expect(set).toBeLessThan(position(plan, 'switch: ovs-vswitchd '));
    expect(planLines(plan).filter((line) => line.includes('ethtool'))).toEqual([
      'client: ethtool -K client0 tx-udp-segmentation off',
      'server: ethtool -K server0 tx-udp-segmentation off',
    ]);
  });

  it('ovs-afxdp: ports of that type, in the mode of the driver', async () => {
    const plan = await planTopology('ovs-afxdp');
    const port = (name: string) => `add-port br0 ${name} -- set interface ${name} type=afxdp options:xdp-mode=native`;
    expect(planLines(plan)).toContain(`${VSCTL} --timeout=11 -- ${port('port-client0')} -- ${port('port-server0')}`);
    expect(planLines(plan)).toContain('server: ethtool -K server0 tx off tso off');
    await expect(planTopology('ovs-afxdp', { mtuBytes: 3507 })).rejects.toMatchObject({ code: 'ERR_MTU' });
  });

  it('has as many pairs on the switch as are asked for', async () => {
    const plan = await planTopology('ovs-netdev', { endpoints: 3 });
    const ports = ['client0', 'server0', 'client1', 'server1', 'client2', 'server2'].map((end) => `port-${end}`);
    expect(planLines(plan)).toContain(
      `${VSCTL} --timeout=12 ${ports.map((port) => `-- add-port br0 ${port}`).join(' ')}`,
    );
    expect(plan.morePairs).toHaveLength(2);
    expect(planLines(plan).filter((line) => line.includes('ethtool'))).toHaveLength(6);
  });

  it('sets what a user wants of the ends after what the kind needs of them', async () => {
    const plan = await planTopology('ovs-netdev', { offloads: [{ feature: 'tx', on: true }] });
    expect(position(plan, 'client: ethtool --features client0 tx on')).toBeGreaterThan(
      position(plan, 'server: ethtool -K server0 tx off'),
    );
  });

  it.each([
    ['ovs-netdev', 'userspace datapath over packet sockets, checksum offload off at the ends'],
    ['ovs-tso', 'userspace datapath over packet sockets, with TSO'],
    [
      'ovs-afxdp',
      'userspace datapath over AF_XDP, whose poll thread keeps one core busy; checksum offload off at the ends',
    ],
  ])('%s names its datapath', async (kind, remark) => {
    expect((await planTopology(kind)).remarks).toEqual([remark]);
  });
});

describe("the kernel's datapath", async () => {
  const there = await kernelHasDatapath();

  it('is what ovs takes where there is one; where not, the report says so', async () => {
    const plan = await planTopology('ovs');
    const onKernel = plan.path.filter(({ master }) => master === 'ovs-system').length;
    expect(onKernel).toBe(there ? 2 : 0);
    expect(planLines(plan).join('\n').includes('datapath_type=netdev')).toBe(!there);
    expect(planLines(plan).join('\n').includes('ethtool')).toBe(!there);
    expect(plan.remarks).toEqual([
      there
        ? 'kernel datapath'
        : 'userspace datapath over packet sockets, checksum offload off at the ends (this kernel has no openvswitch module)',
    ]);
  });

  it('is what ovs-kernel takes or leaves', async () => {
    const planned = planTopology('ovs-kernel');
    if (there) await expect(planned).resolves.toMatchObject({ remarks: ['kernel datapath'] });
    else {
      await expect(planned).rejects.toMatchObject({
        code: 'ERR_KERNEL_MODULE',
        message: "ovs-kernel needs Open vSwitch's kernel datapath, and this kernel has no openvswitch module",
      });
    }
  });
});
