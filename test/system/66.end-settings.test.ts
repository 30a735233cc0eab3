import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planTopology, topologyKind } from '../../lib/topology/kinds.js';
import { Lab } from '../../lib/topology/lab.js';
import { distinctEnds } from '../../lib/topology/planned-endpoints.js';
import { topology } from '../../lib/topology/topology.js';
import { leftBehind, machineState } from '../support/machine-state.js';

const root = process.getuid?.() === 0;

describe.runIf(root)('--offload', () => {
  it.each(['veth', 'bridge', 'routed', 'nat', 'flannel-vxlan'])('holds at every end of %s', async (kind) => {
    const offloads = [
      { feature: 'tso', on: false },
      { feature: 'gso', on: false },
      { feature: 'rx-gro-list', on: true },
    ];
    const plan = await planTopology(kind, { endpoints: 2, offloads });
    const lab = await Lab.build(plan, topologyKind(kind));
    try {
      const ends = distinctEnds(plan);
      expect(ends).toHaveLength(4);
      for (const { namespace, interface: name } of ends) {
        const { stdout } = await lab.run(namespace, ['ethtool', '--show-features', name]);
        expect(stdout).toMatch(/^\ttx-tcp-segmentation: off/m);
        expect(stdout).toMatch(/^generic-segmentation-offload: off/m);
        expect(stdout).toMatch(/^rx-gro-list: on/m);
      }
    } finally {
      await lab.close();
    }
  });

  it('of macvlan changes what is the child’s own, and leaves what is its parent’s', async () => {
    await using lab = await topology('macvlan', { offloads: [{ feature: 'gro', on: false }] });
    expect(lab.path.hops.map((hop) => hop.offloads?.gro)).toEqual([false, expect.any(Boolean), false]);
    await expect(topology('macvlan', { offloads: [{ feature: 'tso', on: false }] })).rejects.toMatchObject({
      code: 'ERR_OFFLOAD',
      message: expect.stringContaining('client0 in the namespace client cannot be set to tso=off'),
    });
  });

  it('is in the facts of the path', async () => {
    await using lab = await topology('veth', { offloads: [{ feature: 'tx', on: false }] });
    expect(lab.path.hops.map((hop) => hop.offloads)).toMatchObject([
      { txChecksum: false, tso: false },
      { txChecksum: false, tso: false },
    ]);
    expect(lab.description()).toMatch(/TSO off/);
  });

  it.each([
    [
      'rx-all=on',
      'veth cannot be built: client0 in the namespace client cannot be set to rx-all=on: Could not change ',
    ],
    ['nosuch=on', 'veth cannot be built: client0 in the namespace client cannot be set to nosuch=on: '],
    [
      'tso=on,tx=off',
      'client0 in the namespace client cannot be set to tso=on: it is off, because the device or another feature wants it so',
    ],
    ['gro=off,rx-all=on', 'client0 in the namespace client cannot be set to rx-all=on: the device cannot change it'],
  ])('%s is an error that names the end', async (text, message) => {
    const before = machineState();
    const offloads = text.split(',').map((setting) => {
      const [feature = '', state] = setting.split('=');
      return { feature, on: state === 'on' };
    });
    await expect(topology('veth', { offloads })).rejects.toMatchObject({
      code: 'ERR_OFFLOAD',
      message: expect.stringContaining(message),
      remedy: expect.stringContaining('ethtool --show-features'),
    });
    expect(leftBehind(before)).toEqual([]);
  });
});

describe.runIf(root)('--rps', () => {
  it.each(['loopback', 'veth', 'bridge', 'macvlan', 'routed', 'nat', 'hosts', 'vxlan'])(
    'holds at every end of %s',
    async (kind) => {
      const plan = await planTopology(kind, { rpsCores: [0] });
      const lab = await Lab.build(plan, topologyKind(kind));
      try {
        for (const { namespace, interface: name } of distinctEnds(plan)) {
          const read = `mount -t sysfs sysfs /sys && cat /sys/class/net/${name}/queues/rx-*/rps_cpus`;
          const { stdout } = await lab.run(namespace, ['unshare', '--mount', 'sh', '-c', read]);
          for (const mask of stdout.trim().split('\n')) {
            expect(BigInt(`0x${mask.replaceAll(',', '').replace('-', '')}`), stdout).toBe(1n);
          }
        }
      } finally {
        await lab.close();
      }
    },
  );

  it('leaves the mounts of this machine as they are', async () => {
    const before = readFileSync('/proc/self/mounts', 'utf8');
    await using lab = await topology('veth', { rpsCores: [0] });
    expect(readFileSync('/proc/self/mounts', 'utf8')).toBe(before);
    expect(lab.kind).toBe('veth');
  });

  it('of a core that is not there builds nothing', async () => {
    await expect(topology('veth', { rpsCores: [8191] })).rejects.toMatchObject({
      code: 'ERR_RPS',
      message: expect.stringMatching(/^core 8191 cannot receive packets: this machine has 0-/),
    });
  });
});
