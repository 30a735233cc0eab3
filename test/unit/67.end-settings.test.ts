import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planTopology } from '../../lib/topology/kinds.js';
import type { Plan } from '../../lib/topology/plan.js';
import { checkReceiveCores, coreMask } from '../../lib/topology/receive-cores.js';
import { withEndSettings } from '../../lib/topology/with-end-settings.js';
import { planLines } from '../support/plan-lines.js';

const lastLines = async (...asked: Parameters<typeof planTopology>) => {
  const without = await planTopology(asked[0], { endpoints: asked[1]?.endpoints });
  return planLines(await planTopology(...asked)).slice(without.steps.length);
};

describe('what is asked of the ends is done last, at each of them', () => {
  it('offloads', async () => {
    const offloads = [
      { feature: 'tx', on: false },
      { feature: 'gro', on: true },
    ];
    expect(await lastLines('routed', { endpoints: 2, offloads })).toEqual([
      'client: ethtool --features client0 tx off gro on',
      'server: ethtool --features server0 tx off gro on',
      'client2: ethtool --features client1 tx off gro on',
      'server2: ethtool --features server1 tx off gro on',
    ]);
  });

  it('receive cores', async () => {
    expect(await lastLines('veth', { rpsCores: [0] })).toEqual(
      ['client', 'server'].map(
        (end) =>
          `${end}: unshare --mount sh -c mount -t sysfs sysfs /sys && ` +
          `echo 1 | tee /sys/class/net/${end}0/queues/rx-*/rps_cpus`,
      ),
    );
  });

  it('once where both ends are one interface', async () => {
    expect(await lastLines('loopback', { offloads: [{ feature: 'gso', on: false }] })).toEqual([
      'loopback: ethtool --features lo gso off',
    ]);
  });

  it('but not to interfaces that others use', async () => {
    const plan = { ...(await planTopology('veth')), endsBelongTo: 'the host' };
    expect(() => withEndSettings(plan, { rpsCores: [0] })).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION',
        message: 'veth takes no --rps: its interfaces belong to the host',
      }),
    );
    expect(() => withEndSettings(plan, { offloads: [{ feature: 'tx', on: true }] })).toThrow(/takes no --offload/);
    expect(withEndSettings(plan, {})).toBe(plan);
    const found: Plan = {
      ...plan,
      endsBelongTo: undefined,
      steps: [{ type: 'adopt', as: 'server', from: { type: 'host' } }],
    };
    expect(() => withEndSettings(found, { rpsCores: [0] })).toThrow(/its interfaces belong to host$/);
  });
});

describe('receive cores', () => {
  it.each<[number[], string]>([
    [[0], '1'],
    [[1, 0], '3'],
    [[31], '80000000'],
    [[32], '1,00000000'],
    [[2, 35, 64], '1,00000008,00000004'],
  ])('%j is %s', (cores, mask) => {
    expect(coreMask(cores)).toBe(mask);
  });

  it('are the bits that are set', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: 8191 }), { minLength: 1 }), (cores) => {
        const number = BigInt(`0x${coreMask(cores).replaceAll(',', '')}`);
        expect(number).toBe(cores.reduce((sum, core) => sum | (1n << BigInt(core)), 0n));
      }),
    );
  });

  it('that the machine has not are named', () => {
    expect(() => checkReceiveCores([1, 4], [0, 1, 2, 3, 7])).toThrow(
      expect.objectContaining({
        code: 'ERR_RPS',
        message: 'core 4 cannot receive packets: this machine has 0-3,7',
      }),
    );
  });
});
