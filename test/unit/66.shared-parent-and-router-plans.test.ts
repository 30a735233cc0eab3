import { describe, expect, it } from 'vitest';
import { planTopology } from '../../lib/topology/kinds.js';
import { planLines } from '../support/plan-lines.js';

const pathOf = ({ path }: Awaited<ReturnType<typeof planTopology>>) =>
  path.map(({ namespace, interface: name }) => `${namespace}/${name}`);

describe.each([
  ['macvlan', 'bridge'],
  ['ipvlan', 'l2'],
])('%s', (kind, mode) => {
  it('is children of one parent, made where the parent is and moved', async () => {
    const plan = await planTopology(kind, { ipv6: true, mtuBytes: 1400 });
    expect(plan.namespaces).toEqual(['client', 'server', 'switch']);
    expect(planLines(plan)).toEqual([
      'switch: ip link add parent0 mtu 1400 type veth peer name uplink0 mtu 1400',
      'switch: ip link set uplink0 up',
      'switch: ip link set parent0 up',
      `switch: ip link add client0 index 100 mtu 1400 link parent0 netns <client> type ${kind} mode ${mode}`,
      `switch: ip link add server0 index 100 mtu 1400 link parent0 netns <server> type ${kind} mode ${mode}`,
      'client: ip link set lo up',
      'client: ip address add 198.18.0.2/24 dev client0',
      'client: ip address add fd00:198:18::2/64 dev client0 nodad',
      'client: ip link set client0 up',
      'server: ip link set lo up',
      'server: ip address add 198.18.0.3/24 dev server0',
      'server: ip address add fd00:198:18::3/64 dev server0 nodad',
      'server: ip link set server0 up',
    ]);
    expect(pathOf(plan)).toEqual(['client/client0', 'switch/parent0', 'server/server0']);
    expect(plan).toMatchObject({ via: ['parent0'], serverReachesClient: true, mtuBytes: 1400 });
  });
});

describe('routed', () => {
  it('is two subnets and a router on both', async () => {
    const plan = await planTopology('routed', { ipv6: true });
    expect(plan.namespaces).toEqual(['client', 'server', 'router']);
    expect(planLines(plan)).toEqual([
      'router: sysctl --quiet --write net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 ' +
        'net.ipv6.conf.default.accept_dad=0',
      'router: ip link add port-client0 index 100 mtu 1500 type veth peer name client0 mtu 1500 netns <client>',
      'router: ip address add 198.18.0.1/24 dev port-client0',
      'router: ip address add fd00:198:18::1/64 dev port-client0 nodad',
      'router: ip link set port-client0 up',
      'router: ip link add port-server0 index 101 mtu 1500 type veth peer name server0 mtu 1500 netns <server>',
      'router: ip address add 198.18.1.1/24 dev port-server0',
      'router: ip address add fd00:198:18:1::1/64 dev port-server0 nodad',
      'router: ip link set port-server0 up',
      'client: ip link set lo up',
      'client: ip address add 198.18.0.2/24 dev client0',
      'client: ip address add fd00:198:18::2/64 dev client0 nodad',
      'client: ip link set client0 up',
      'client: ip route add default via 198.18.0.1 dev client0',
      'client: ip route add default via fd00:198:18::1 dev client0 onlink',
      'server: ip link set lo up',
      'server: ip address add 198.18.1.3/24 dev server0',
      'server: ip address add fd00:198:18:1::3/64 dev server0 nodad',
      'server: ip link set server0 up',
      'server: ip route add default via 198.18.1.1 dev server0',
      'server: ip route add default via fd00:198:18:1::1 dev server0 onlink',
    ]);
    expect(pathOf(plan)).toEqual(['client/client0', 'router/port-client0', 'router/port-server0', 'server/server0']);
    expect(plan).toMatchObject({ via: ['router'], serverReachesClient: true, remarks: [] });
  });

  it('without IPv6 forwards none', async () => {
    const text = planLines(await planTopology('routed', { ipv6: false })).join('\n');
    expect(text).not.toMatch(/ipv6|fd00/);
  });
});

describe('nat', () => {
  it('is a router whose server knows no way to the client', async () => {
    const routed = planLines(await planTopology('routed', { ipv6: true }));
    const plan = await planTopology('nat', { ipv6: true });
    const rules = (family: string) =>
      `add table ${family} nat; add chain ${family} nat postrouting { type nat hook postrouting priority srcnat; }; ` +
      `add rule ${family} nat postrouting oifname { "port-server0" } masquerade`;
    expect(planLines(plan).filter((line) => !routed.includes(line))).toEqual([
      `router: nft ${rules('ip')}; ${rules('ip6')}`,
    ]);
    expect(routed.filter((line) => !planLines(plan).includes(line))).toEqual([
      'server: ip route add default via 198.18.1.1 dev server0',
      'server: ip route add default via fd00:198:18:1::1 dev server0 onlink',
    ]);
    expect(plan).toMatchObject({ serverReachesClient: false, remarks: ['masquerading by nftables'] });
  });

  it('without IPv6 has one table', async () => {
    expect(planLines(await planTopology('nat', { ipv6: false })).join('\n')).not.toMatch(/ip6|fd00/);
  });
});

describe('pairs of ends', () => {
  it('hang at the same bridge', async () => {
    const plan = await planTopology('bridge', { endpoints: 3, ipv6: true });
    expect(plan.namespaces).toEqual(['client', 'server', 'client2', 'server2', 'client3', 'server3', 'switch']);
    expect(plan.morePairs[1]).toEqual({
      client: { namespace: 'client3', interface: 'client2', ipv4: '198.18.0.6', ipv6: 'fd00:198:18::6' },
      server: { namespace: 'server3', interface: 'server2', ipv4: '198.18.0.7', ipv6: 'fd00:198:18::7' },
    });
    expect(planLines(plan).filter((line) => line.includes('master br0'))).toHaveLength(6);
  });

  it('have a cable each', async () => {
    const plan = await planTopology('veth', { endpoints: 32 });
    expect(planLines(plan).filter((line) => line.includes('type veth'))).toHaveLength(32);
    expect(plan.morePairs.at(-1)).toMatchObject({ client: { ipv4: '198.18.0.64' }, server: { ipv4: '198.18.0.65' } });
  });

  it('have subnets of their own behind a router, and are all masqueraded', async () => {
    const plan = await planTopology('nat', { endpoints: 2, ipv6: true });
    expect(plan.morePairs).toMatchObject([
      {
        client: { ipv4: '198.18.2.2', ipv6: 'fd00:198:18:2::2' },
        server: { ipv4: '198.18.3.3', ipv6: 'fd00:198:18:3::3' },
      },
    ]);
    expect(planLines(plan).join('\n')).toContain('oifname { "port-server0", "port-server1" } masquerade');
  });
});
