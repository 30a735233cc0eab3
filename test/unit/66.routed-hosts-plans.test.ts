import { describe, expect, it } from 'vitest';
import { commandMissing } from '../../lib/platform/run-command.js';
import { planTopology } from '../../lib/topology/kinds.js';
import type { Plan } from '../../lib/topology/plan.js';
import { planLines } from '../support/plan-lines.js';

const pathOf = ({ path, mtuBytes }: Plan) =>
  path.map(({ namespace, interface: name, mtuBytes: own = mtuBytes }) => `${namespace}/${name} ${own}`);

/** What concerns neither the link nor the cables of ends. */
const linesOf = (plan: Plan, pattern: RegExp) => planLines(plan).filter((line) => pattern.test(line));

function configurations(plan: Plan): Record<string, string[]> {
  return Object.fromEntries(
    plan.steps.flatMap((step) =>
      step.type === undefined && step.input instanceof Uint8Array
        ? [[step.namespace, Buffer.from(step.input).toString().trimEnd().split('\n')]]
        : [],
    ),
  );
}

describe('flannel-host-gw', () => {
  it('is a bridge on each host, and a route to the other host for its pods', async () => {
    const plan = await planTopology('flannel-host-gw', { ipv6: true, linkRateBitsPerSecond: 1e9 });
    expect(linesOf(plan, /route/)).toEqual([
      'host1: ip route add 198.18.2.0/24 via 198.18.40.2',
      'host1: ip route add fd00:198:18:2::0/64 via fd00:198:18:28::2 dev eth0 onlink',
      'host2: ip route add 198.18.1.0/24 via 198.18.40.1',
      'host2: ip route add fd00:198:18:1::0/64 via fd00:198:18:28::1 dev eth0 onlink',
      'client: ip route add default via 198.18.1.1 dev client0',
      'client: ip route add default via fd00:198:18:1::1 dev client0 onlink',
      'server: ip route add default via 198.18.2.1 dev server0',
      'server: ip route add default via fd00:198:18:2::1 dev server0 onlink',
    ]);
    expect(pathOf(plan)).toEqual([
      'client/client0 1500',
      'host1/port-client0 1500',
      'host1/cni0 1500',
      'host1/eth0 1500',
      'host2/eth0 1500',
      'host2/cni0 1500',
      'host2/port-server0 1500',
      'server/server0 1500',
    ]);
    expect(plan).toMatchObject({ carriers: [], remarks: ['link 1 Gbit/s'], link: { headers: [] } });
  });

  it('sends IPv4 to a gateway with an IPv6 address where the hosts reach each other by IPv6', async () => {
    const plan = await planTopology('flannel-host-gw', { ipv6: false, underlayFamily: 6 });
    expect(linesOf(plan, /^host.*route/)).toEqual([
      'host1: ip route add 198.18.2.0/24 via inet6 fd00:198:18:28::2 dev eth0 onlink',
      'host2: ip route add 198.18.1.0/24 via inet6 fd00:198:18:28::1 dev eth0 onlink',
    ]);
  });
});

describe('calico', () => {
  it('is a cable, an address and a route for each endpoint, and nothing that two of them share', async () => {
    const plan = await planTopology('calico', { ipv6: true });
    expect(plan.namespaces).toEqual(['client', 'server', 'host1', 'host2']);
    const all = planLines(plan);
    const from = all.indexOf('host1: ip link set lo up');
    expect(all.slice(from, all.indexOf('host2: ip link set lo up'))).toEqual([
      'host1: ip link set lo up',
      'host1: ip link add calid2a04d71301 index 200 mtu 1500 address ee:ee:ee:ee:ee:ee ' +
        'type veth peer name client0 mtu 1500 netns <client>',
      'host1: sysctl --quiet --write net.ipv4.conf.calid2a04d71301.proxy_arp=1 ' +
        'net.ipv4.neigh.calid2a04d71301.proxy_delay=0 net.ipv6.conf.calid2a04d71301.proxy_ndp=1',
      'host1: ip route add 169.254.1.1 dev eth0',
      'host1: ip link set calid2a04d71301 up',
      'host1: ip route add 198.18.1.2 dev calid2a04d71301 scope link',
      'host1: ip route add fd00:198:18:1::2 dev calid2a04d71301',
      'client: ip link set lo up',
      'client: ip address add 198.18.1.2/32 dev client0',
      'client: ip address add fd00:198:18:1::2/128 dev client0 nodad',
      'client: ip link set client0 up',
      'client: ip route add 169.254.1.1 dev client0 scope link',
      'client: ip route add default via 169.254.1.1 dev client0',
      'client: ip route add default via fe80::ecee:eeff:feee:eeee dev client0',
    ]);
    expect(pathOf(plan)).toEqual([
      'client/client0 1500',
      'host1/calid2a04d71301 1500',
      'host1/eth0 1500',
      'host2/eth0 1500',
      'host2/cali3de4f901fff 1500',
      'server/server0 1500',
    ]);
    expect(plan).toMatchObject({ carriers: [], via: ['host1', 'link', 'host2'], link: { headers: [] } });
    expect(plan.remarks).toEqual([expect.stringMatching(/^routes by BIRD( [\d.]+)? over BGP$/)]);
  });

  it('says nothing of a route between the hosts: that is for BIRD to find', async () => {
    const plan = await planTopology('calico', { ipv6: true });
    expect(
      linesOf(plan, /^host\d: ip .*route/).filter((line) => !/ dev (cali\w+|eth0)( scope link)?$/.test(line)),
    ).toEqual([]);
    expect(linesOf(plan, /^host1: ip .*route.* 198\.18\.1\.(6[4-9]|[7-9]\d|1\d\d)/)).toEqual([]);
  });

  it("tells each BIRD its own block and the other host's address, in two files of the plan's directory", async () => {
    const plan = await planTopology('calico', { ipv6: true });
    expect(linesOf(plan, /: (dd|bird) /)).toEqual([
      'host1: dd status=none of={host1.conf}',
      'host2: dd status=none of={host2.conf}',
      'host1: bird -f -c {host1.conf} -s {host1.ctl}',
      'host2: bird -f -c {host2.conf} -s {host2.ctl}',
    ]);
    const { host1, host2 } = configurations(plan);
    expect(host1).toEqual([
      'log stderr all;',
      'router id 198.18.40.1;',
      'protocol device { scan time 2; }',
      'protocol direct { ipv4; ipv6; interface -"cali*", "*"; }',
      'protocol static block_ipv4 { ipv4; route 198.18.1.0/26 blackhole; }',
      'protocol kernel kernel_ipv4 {',
      '  learn;',
      '  scan time 2;',
      '  ipv4 { import all; export where source ~ [ RTS_STATIC, RTS_BGP ]; };',
      '}',
      'protocol static block_ipv6 { ipv6; route fd00:198:18:1::/122 blackhole; }',
      'protocol kernel kernel_ipv6 {',
      '  learn;',
      '  scan time 2;',
      '  ipv6 { import all; export where source ~ [ RTS_STATIC, RTS_BGP ]; };',
      '}',
      'protocol bgp mesh_ipv4 {',
      '  local 198.18.40.1 as 64512;',
      '  neighbor 198.18.40.2 as 64512;',
      '  passive;',
      '  connect delay time 1;',
      '  connect retry time 1;',
      '  error wait time 1, 2;',
      '  ipv4 { import all; export where net = 198.18.1.0/26; };',
      '}',
      'protocol bgp mesh_ipv6 {',
      '  local fd00:198:18:28::1 as 64512;',
      '  neighbor fd00:198:18:28::2 as 64512;',
      '  passive;',
      '  connect delay time 1;',
      '  connect retry time 1;',
      '  error wait time 1, 2;',
      '  ipv6 { import all; export where net = fd00:198:18:1::/122; };',
      '}',
    ]);
    // Of two that both connect one would have to give way.
    expect(host2).not.toContain('  passive;');
    expect(host2).toContain('  ipv6 { import all; export where net = fd00:198:18:1::40/122; };');
  });

  it('carries both families in one session over IPv6', async () => {
    const { host2 } = configurations(await planTopology('calico', { ipv6: true, underlayFamily: 6 }));
    expect(host2!.slice(host2!.indexOf('protocol bgp mesh_ipv6 {'))).toEqual([
      'protocol bgp mesh_ipv6 {',
      '  local fd00:198:18:28::2 as 64512;',
      '  neighbor fd00:198:18:28::1 as 64512;',
      '  connect delay time 1;',
      '  connect retry time 1;',
      '  error wait time 1, 2;',
      '  ipv4 { import all; export where net = 198.18.1.64/26; extended next hop; };',
      '  ipv6 { import all; export where net = fd00:198:18:1::40/122; };',
      '}',
    ]);
    expect(host2).not.toContain('protocol bgp mesh_ipv4 {');
    const ipv4Alone = configurations(await planTopology('calico', { ipv6: false, underlayFamily: 6 })).host2!;
    expect(ipv4Alone.filter((line) => line.includes('import all'))).toEqual([
      '  ipv4 { import all; export where source ~ [ RTS_STATIC, RTS_BGP ]; };',
      '  ipv4 { import all; export where net = 198.18.1.64/26; extended next hop; };',
    ]);
  });

  it('has room for every endpoint in the block of its host', async () => {
    const plan = await planTopology('calico', { endpoints: 32, ipv6: true });
    const pairs = [plan, ...plan.morePairs];
    expect(pairs).toHaveLength(32);
    const last = (address = '') => Number(address.split('.').at(-1));
    for (const { client, server } of pairs) {
      expect(Math.floor(last(client.ipv4!) / 64)).toBe(0);
      expect(Math.floor(last(server.ipv4!) / 64)).toBe(1);
      expect(server.ipv6).toMatch(/^fd00:198:18:1::[4-7][0-9a-f]$/);
    }
    const names = linesOf(plan, /ip link add cali/).map((line) => / add (cali[0-9a-f]{11}) /.exec(line)?.[1]);
    expect(new Set(names).size).toBe(64);
  });

  it('has the MTU of the link', async () => {
    expect(await planTopology('calico', { linkMtuBytes: 9000 })).toMatchObject({ mtuBytes: 9000 });
    const smaller = await planTopology('calico', { mtuBytes: 1400 });
    expect(pathOf(smaller)[1]).toBe('host1/calid2a04d71301 1400');
    expect(pathOf(smaller)[2]).toBe('host1/eth0 1500');
  });

  it.each(['bird', 'birdc'])('without %s says how it is installed', (command) => {
    expect(commandMissing(command, 'calico')).toMatchObject({
      code: 'ERR_COMMAND_MISSING',
      message: `calico needs ${command}, which is not on this machine`,
      remedy: 'Install it with: apt-get install bird2',
    });
  });
});

describe('calico-ipip', () => {
  it('is calico with a tunnel device on each host, and room for its header', async () => {
    const plan = await planTopology('calico-ipip');
    expect(plan.mtuBytes).toBe(1480);
    expect(plan.link).toMatchObject({ mtuBytes: 1500, headers: [{ name: 'outer IPv4', bytes: 20 }] });
    expect(linesOf(plan, /ipip0/)).toEqual([
      'host1: ip link add ipip0 index 150 mtu 1480 type ipip local 198.18.40.1',
      'host1: ip address add 198.18.1.1/32 dev ipip0',
      'host1: ip link set ipip0 up',
      'host2: ip link add ipip0 index 150 mtu 1480 type ipip local 198.18.40.2',
      'host2: ip address add 198.18.1.65/32 dev ipip0',
      'host2: ip link set ipip0 up',
    ]);
    expect(pathOf(plan)).toEqual([
      'client/client0 1480',
      'host1/calid2a04d71301 1480',
      'host1/ipip0 1480',
      'host1/eth0 1500',
      'host2/eth0 1500',
      'host2/ipip0 1480',
      'host2/cali3de4f901fff 1480',
      'server/server0 1480',
    ]);
  });

  it('has BIRD look up the other host in a table where it is on the tunnel', async () => {
    const { host1 } = configurations(await planTopology('calico-ipip'));
    const from = host1!.indexOf('ipv4 table tunnels;');
    expect(host1!.slice(from, from + 5)).toEqual([
      'ipv4 table tunnels;',
      'protocol static over_tunnel {',
      '  ipv4 { table tunnels; };',
      '  route 198.18.40.2/32 via 198.18.40.2%ipip0 onlink;',
      '}',
    ]);
    expect(host1).toContain('  ipv4 { import all; export where net = 198.18.1.0/26; igp table tunnels; };');
  });

  it.each([
    ['--ipv6', { ipv6: true }],
    ['--underlay 6', { underlayFamily: 6 }],
  ] as const)('takes no %s', async (flag, options) => {
    await expect(planTopology('calico-ipip', options)).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: `calico-ipip takes no ${flag}: IPIP carries IPv4 in IPv4 and nothing else`,
    });
  });
});
