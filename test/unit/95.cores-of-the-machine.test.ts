import { describe, expect, it } from 'vitest';
import { readMachine } from '../../lib/platform/cpu-topology.js';
import { interruptLine, type MachineTable, machines, withMachineTree } from '../support/machine-tree.js';

const read = (table: MachineTable) => withMachineTree(table, readMachine);
const allowedOf = (table: MachineTable) => read(table).cores.flatMap(({ core, allowed }) => (allowed ? [core] : []));

describe('the cores of a machine', () => {
  it('are read with threads, node, caches and frequencies', () => {
    const { cores, offline, networkInterrupts, receiveSteering } = read(machines.smt);
    expect(cores).toHaveLength(16);
    expect(cores[9]).toEqual({
      core: 9,
      package: 0,
      siblings: [1, 9],
      node: 0,
      caches: [
        { level: 1, type: 'data', bytes: 32768, cores: [9] },
        { level: 1, type: 'instruction', bytes: 32768, cores: [9] },
        { level: 2, type: 'unified', bytes: 1048576, cores: [1, 9] },
        { level: 3, type: 'unified', bytes: 33554432, cores: cores.map(({ core }) => core) },
      ],
      maxMegahertz: 4700,
      baseMegahertz: 3600,
      isolated: false,
      nohzFull: false,
      allowed: true,
    });
    expect([offline, networkInterrupts, receiveSteering]).toEqual([[], [], []]);
  });

  it('keep their nodes and caches where they are numbered in turn', () => {
    const { cores } = read(machines.twoSockets);
    expect(cores.map(({ node }) => node)).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
    expect(cores[3]?.caches.at(-1)?.cores).toEqual([1, 3, 5, 7]);
  });

  it('have no package where the firmware says -1, and 128 of them are read too', () => {
    const { cores } = read(machines.kunpeng);
    expect(cores).toHaveLength(128);
    expect(cores[127]).toMatchObject({ node: 3, maxMegahertz: 2600, siblings: [127] });
    expect(cores[127]?.package).toBeUndefined();
  });

  it('have their capacity, which tells small ones', () => {
    expect(read(machines.bigLittle).cores.map(({ capacity }) => capacity)).toEqual([
      ...Array(4).fill(381),
      ...Array(4).fill(1024),
    ]);
  });

  it('are as many as are online; the others are told', () => {
    const { cores, offline } = read({ ...machines.ccx, online: '0-3,6' });
    expect(cores.map(({ core }) => core)).toEqual([0, 1, 2, 3, 6]);
    expect(offline).toEqual([4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  });

  it('are isolated or without a tick where the kernel says so, and not where it says (null)', () => {
    const { cores } = read({ ...machines.ccx, isolated: '2-3', nohzFull: '(null)' });
    expect(cores.filter(({ isolated }) => isolated).map(({ core }) => core)).toEqual([2, 3]);
    expect(cores.some(({ nohzFull }) => nohzFull)).toBe(false);
    expect(read({ ...machines.ccx, nohzFull: '4' }).cores[4]?.nohzFull).toBe(true);
  });

  it('are bare numbers where the kernel shows nothing more, and none where it shows none', () => {
    expect(read(machines.bare).cores.map(({ core, siblings, allowed }) => ({ core, siblings, allowed }))).toEqual(
      [0, 1, 2, 3].map((core) => ({ core, siblings: [core], allowed: true })),
    );
    expect(readMachine('/nowhere')).toEqual({
      cores: [],
      offline: [],
      quotaCores: undefined,
      networkInterrupts: [],
      receiveSteering: [],
    });
  });

  it('of this machine are read, those of this process among them', () => {
    const { cores } = readMachine();
    expect(cores.some(({ allowed }) => allowed)).toBe(true);
  });
});

describe('the cores this process is allowed', () => {
  it('are those of its affinity mask', () => {
    expect(allowedOf({ ...machines.ccx, mask: '1,4-6' })).toEqual([1, 4, 5, 6]);
  });

  it.each([
    ['version 2', { 'proc/self/cgroup': '0::/box/inner', 'sys/fs/cgroup/box/cpuset.cpus.effective': '2,5-6' }],
    [
      'version 2 in a container that is the root of what it sees',
      { 'proc/self/cgroup': '0::/', 'sys/fs/cgroup/cpuset.cpus.effective': '2,5-6' },
    ],
    [
      'version 1',
      {
        'proc/self/cgroup': '3:cpuset:/box\n0::/',
        'sys/fs/cgroup/cpuset/box/cpuset.effective_cpus': '2,5-6',
        'sys/fs/cgroup/cpuset/cpuset.cpus': '0-15',
      },
    ],
    [
      'version 1, named by the host and seen as the root',
      { 'proc/self/cgroup': '3:cpuset:/docker/ab12', 'sys/fs/cgroup/cpuset/cpuset.cpus': '2,5-6' },
    ],
  ])('are those of its cgroup, %s', (_, files) => {
    expect(allowedOf({ ...machines.ccx, mask: '0-15', files })).toEqual([2, 5, 6]);
  });
});

describe('the time a cgroup grants', () => {
  it.each([
    ['version 2', { 'proc/self/cgroup': '0::/box', 'sys/fs/cgroup/box/cpu.max': '150000 100000' }, 1.5],
    [
      'the smallest of the ancestors',
      {
        'proc/self/cgroup': '0::/box/inner',
        'sys/fs/cgroup/box/inner/cpu.max': 'max 100000',
        'sys/fs/cgroup/box/cpu.max': '50000 100000',
        'sys/fs/cgroup/cpu.max': '400000 100000',
      },
      0.5,
    ],
    [
      'version 1',
      {
        'proc/self/cgroup': '4:cpu,cpuacct:/box',
        'sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us': '200000',
        'sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us': '100000',
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1',
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000',
      },
      2,
    ],
    ['none', { 'proc/self/cgroup': '0::/box', 'sys/fs/cgroup/box/cpu.max': 'max 100000' }, undefined],
  ])('%s', (_, files, cores) => {
    expect(read({ ...machines.ccx, files }).quotaCores).toBe(cores);
  });
});

describe('network interrupts', () => {
  const header = '           CPU0       CPU1';

  it('are those of the interfaces’ devices that have fired, and the cores they go to', () => {
    const files = {
      'proc/interrupts': [
        header,
        interruptLine(37, [0, 0], 'virtio2-config'),
        interruptLine(38, [0, 55395], 'virtio2-input.0'),
        interruptLine(41, [10270, 0], 'virtio3-rx'),
        interruptLine(60, [4, 8], 'nvme0q1'),
        'LOC:  177964724  170975553   Local timer interrupts',
      ].join('\n'),
      'proc/irq/38/effective_affinity_list': '1',
      'sys/devices/pci0/0000:00:03.0/msi_irqs/37': 'msix',
      'sys/devices/pci0/0000:00:03.0/msi_irqs/38': 'msix',
    };
    const links = { 'sys/class/net/eth0/device': 'sys/devices/pci0/0000:00:03.0/virtio2' };
    expect(read({ ...machines.twoCores, files, links }).networkInterrupts).toEqual([
      { irq: 38, name: 'virtio2-input.0', interface: 'eth0', cores: [1], count: 55395 },
    ]);
  });

  it('are known by their names too: of an interface, or of a driver’s queues', () => {
    const files = {
      'proc/interrupts': [
        header,
        interruptLine(50, [1, 1], 'i40e-ens3-TxRx-0'),
        interruptLine(51, [1, 1], 'mlx5_comp0@pci:0000:3b:00.0'),
        interruptLine(52, [1, 1], 'ens33'),
        interruptLine(53, [0, 3], 'ens3, usb1'),
      ].join('\n'),
      'proc/irq/50/smp_affinity_list': '0-1',
      'sys/class/net/ens3/ifindex': '2',
    };
    expect(read({ ...machines.twoCores, files }).networkInterrupts).toEqual([
      { irq: 50, name: 'i40e-ens3-TxRx-0', interface: 'ens3', cores: [0, 1], count: 2 },
      { irq: 51, name: 'mlx5_comp0@pci:0000:3b:00.0', cores: [], count: 2 },
      { irq: 53, name: 'usb1', interface: 'ens3', cores: [], count: 3 },
    ]);
  });

  it('may be passed on by receive steering', () => {
    const files = {
      'sys/class/net/eth0/queues/rx-0/rps_cpus': '00000001,00000004',
      'sys/class/net/eth0/queues/rx-1/rps_cpus': '00000000,00000008',
      'sys/class/net/lo/queues/rx-0/rps_cpus': '00000000,00000000',
    };
    expect(read({ ...machines.twoCores, files }).receiveSteering).toEqual([{ interface: 'eth0', cores: [2, 3, 32] }]);
  });
});
