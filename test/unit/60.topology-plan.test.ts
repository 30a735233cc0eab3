import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kinds, mtuRangeOf, planTopology } from '../../lib/topology/kinds.js';
import type { TopologyOptions } from '../../lib/topology/options.js';
import { diesWithNamespace, type Plan } from '../../lib/topology/plan.js';
import { distinctEnds } from '../../lib/topology/planned-endpoints.js';
import { planLines } from '../support/plan-lines.js';

describe('the plan of a network is the commands an operator would type', () => {
  it('loopback', async () => {
    const plan = await planTopology('loopback', { ipv6: true });
    expect(plan.namespaces).toEqual(['loopback']);
    expect(planLines(plan)).toEqual(['loopback: ip link set lo mtu 65536 up']);
    expect(plan.client).toEqual({ namespace: 'loopback', interface: 'lo', ipv4: '127.0.0.1', ipv6: '::1' });
    expect(plan.server).toEqual(plan.client);
  });

  it('veth', async () => {
    const plan = await planTopology('veth', { ipv6: true });
    expect(plan.namespaces).toEqual(['client', 'server']);
    expect(planLines(plan)).toEqual([
      'client: ip link add client0 index 100 mtu 1500 type veth peer name server0 index 101 mtu 1500 netns <server>',
      'client: ip link set lo up',
      'client: ip address add 198.18.0.2/24 dev client0',
      'client: ip address add fd00:198:18::2/64 dev client0 nodad',
      'client: ip link set client0 up',
      'server: ip link set lo up',
      'server: ip address add 198.18.0.3/24 dev server0',
      'server: ip address add fd00:198:18::3/64 dev server0 nodad',
      'server: ip link set server0 up',
    ]);
  });

  it('bridge, with an MTU for every hop and no IPv6', async () => {
    const plan = await planTopology('bridge', { mtuBytes: 9000, ipv6: false });
    expect(plan.namespaces).toEqual(['client', 'server', 'switch']);
    expect(planLines(plan)).toEqual([
      'switch: ip link add br0 mtu 9000 type bridge stp_state 0',
      'switch: ip link add port-client0 mtu 9000 type veth peer name client0 mtu 9000 netns <client>',
      'switch: ip link set port-client0 master br0 up',
      'switch: ip link add port-server0 mtu 9000 type veth peer name server0 mtu 9000 netns <server>',
      'switch: ip link set port-server0 master br0 up',
      'switch: ip link set br0 up',
      'client: ip link set lo up',
      'client: ip address add 198.18.0.2/24 dev client0',
      'client: ip link set client0 up',
      'server: ip link set lo up',
      'server: ip address add 198.18.0.3/24 dev server0',
      'server: ip link set server0 up',
    ]);
    expect(plan.path.map((hop) => hop.interface)).toEqual([
      'client0',
      'port-client0',
      'br0',
      'port-server0',
      'server0',
    ]);
    expect(plan.client.ipv6).toBeUndefined();
  });
});

describe('whatever is asked for', () => {
  // The plans of the others depend on a file, an engine or a switch that is asked; their own tests look at them.
  const asksNobody = [...kinds.values()].filter((kind) => kind.rootless && kind.name !== 'cni');
  const wishes = fc
    .record({
      kind: fc.constantFrom(...asksNobody),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      ipv6: fc.boolean(),
      pairs: fc.integer({ min: 1, max: 32 }),
      link: fc.record({
        linkMtuBytes: fc.option(fc.integer({ min: 1280, max: 65_535 }), { nil: undefined }),
        underlayFamily: fc.constantFrom(4 as const, 6 as const, undefined),
      }),
    })
    .map(({ kind, share, ipv6, pairs, link }) => {
      const { minimumBytes, maximumBytes } = mtuRangeOf(kind);
      const mtuBytes = minimumBytes + Math.floor(share * (maximumBytes - minimumBytes));
      const endpoints = kind.takes.includes('endpoints') ? pairs : 1;
      const carriesIpv6 = kind.ipv6ByDefault !== false && mtuBytes >= 1280;
      const ends = { mtuBytes, ipv6: ipv6 && carriesIpv6, endpoints };
      const overIpv4Alone = kind.name === 'calico-ipip' ? { underlayFamily: undefined } : {};
      const across = kind.takes.includes('underlayFamily') && (kind.name !== 'hosts' || mtuBytes >= 1280);
      return { kind: kind.name, options: across ? { ...ends, ...link, ...overIpv4Alone } : ends };
    });
  const ofEveryPlan = (check: (plan: Plan) => void) =>
    fc.assert(
      fc.asyncProperty(wishes, async ({ kind, options }) => {
        check(await planTopology(kind, options));
      }),
    );
  const ownSteps = (plan: Plan) =>
    plan.steps.map((step) => {
      if (step.type === 'adopt') throw new Error(`${plan.kind} has a step of the type ${step.type}`);
      return step;
    });

  it('every step that makes something outside our namespaces has an undo', () =>
    ofEveryPlan((plan) => {
      for (const step of ownSteps(plan)) {
        // A daemon dies with its lab, wherever it runs.
        if (step.type === undefined && step.namespace === null) expect(step.undo).not.toBe(diesWithNamespace);
        else expect(plan.namespaces).toContain(step.namespace);
      }
    }));

  it('a command writes no file but in the directory of the plan, and never names a namespace that is not ours', () =>
    ofEveryPlan((plan) => {
      for (const { command } of ownSteps(plan)) {
        expect(['bridge', 'ip', 'sysctl', 'nft', 'dd', 'bird']).toContain(command[0]);
        expect(command[1]).not.toBe('netns');
        for (const word of command) {
          if (typeof word === 'string') {
            if (['dd', 'bird'].includes(command[0])) expect(word).not.toContain('/');
          } else if ('namespace' in word) expect(plan.namespaces).toContain(word.namespace);
          else expect(word.file).toMatch(/^[a-z0-9-]+\.[a-z]+$/);
        }
      }
    }));

  it('interface names are neither too long for the kernel nor prefixes of words ip knows', () =>
    ofEveryPlan((plan) => {
      for (const { interface: name } of plan.path) expect(name).toMatch(/^(lo|[a-z][a-z.-]{1,12}\d|cali[0-9a-f]{11})$/);
      for (const { interface: name } of plan.path) expect(typeof name === 'string' && name.length).toBeLessThan(16);
    }));

  it('every pair has its namespaces, interfaces and addresses for itself', () =>
    ofEveryPlan((plan) => {
      const pairs = [plan, ...plan.morePairs];
      const ends = distinctEnds(plan);
      expect(ends.length).toBe(plan.kind === 'loopback' ? 1 : 2 * pairs.length);
      for (const field of ['namespace', 'ipv4'] as const) {
        expect(new Set(ends.map((end) => end[field])).size).toBe(ends.length);
      }
      // What stands for an end on a switch is called after it; a host's card is always eth0.
      const names = new Set(ends.map((end) => end.interface));
      expect(names.size).toBe(plan.kind === 'hosts' ? 1 : ends.length);
      for (const { namespace, interface: name, ipv4, ipv6 } of ends) {
        expect(plan.namespaces).toContain(namespace);
        expect(name.length).toBeLessThan(16);
        expect(ipv4).toMatch(/^(127\.0\.0\.1|198\.18\.\d+\.\d+)$/);
        expect(ipv6 ?? '::1').toMatch(/^(::1|fd00:198:18(:[0-9a-f]+)?::[0-9a-f]+)$/);
        if (name !== 'lo') {
          expect(planLines(plan).join('\n')).toMatch(
            new RegExp(`^${namespace}: ip address add ${ipv4}/(24|32) dev ${name}$`, 'm'),
          );
        }
      }
      expect(new Set(plan.namespaces).size).toBe(plan.namespaces.length);
    }));

  it('the MTU stands at every interface of the path', () =>
    ofEveryPlan((plan) => {
      const text = planLines(plan).join('\n');
      for (const { interface: name, mtuBytes = plan.mtuBytes } of plan.path) {
        expect(text).toMatch(new RegExp(`(add|set|name) ${name} (index \\d+ )?mtu ${mtuBytes}\\b`));
      }
    }));
});

describe('wrong wishes', () => {
  it('an unknown kind names the known ones', async () => {
    await expect(planTopology('vlan')).rejects.toMatchObject({
      code: 'ERR_UNKNOWN_KIND',
      remedy: `Choose one of: ${[...kinds.keys()].join(', ')}. Did you mean vxlan?`,
    });
    expect([...kinds.keys()]).toEqual(
      expect.arrayContaining(['loopback', 'veth', 'bridge', 'macvlan', 'ipvlan', 'routed', 'nat']),
    );
  });

  it.each<[string, TopologyOptions, string]>([
    ['loopback', { endpoints: 2 }, 'loopback takes no --endpoints'],
    ['bridge', { image: 'debian' }, 'bridge takes no --image'],
    ['macvlan', { engine: 'docker' }, 'macvlan takes no --engine'],
    ['routed', { engineHost: 'unix:///x' }, 'routed takes no --docker-host'],
    ['nat', { subnet: '198.18.7.0/24' }, 'nat takes no --subnet'],
    ['veth', { ovsDatabase: 'unix:/x' }, 'veth takes no --ovs-db'],
    ['veth', { userlandProxy: false }, 'veth takes no --userland-proxy'],
  ])('%s with %j: %s', async (kind, options, message) => {
    await expect(planTopology(kind, options)).rejects.toMatchObject({ code: 'ERR_OPTION', message });
  });

  it('an option for others names them', async () => {
    await expect(planTopology('loopback', { endpoints: 2 })).rejects.toMatchObject({
      remedy: expect.stringMatching(/^Leave it out, or choose one of: veth, bridge, macvlan, ipvlan, routed, nat/),
    });
    expect((await planTopology('loopback', { endpoints: 1, port: 5300 })).kind).toBe('loopback');
  });

  it.each([
    ['veth', 67],
    ['veth', 65_536],
    ['bridge', 1500.5],
    ['bridge', Number.NaN],
    ['loopback', 65_537],
    ['loopback', -1],
  ])('%s cannot have an MTU of %d', async (kind, mtuBytes) => {
    await expect(planTopology(kind, { mtuBytes })).rejects.toMatchObject({
      code: 'ERR_MTU',
      remedy: expect.stringMatching(/^Give a whole number from 68 to /),
    });
  });

  it('IPv6 goes by itself below its smallest MTU, and is refused there when asked for', async () => {
    expect((await planTopology('veth', { mtuBytes: 1279 })).client.ipv6).toBeUndefined();
    await expect(planTopology('veth', { mtuBytes: 1279, ipv6: true })).rejects.toMatchObject({ code: 'ERR_MTU' });
  });
});
