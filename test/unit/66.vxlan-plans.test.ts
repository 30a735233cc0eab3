import { describe, expect, it } from 'vitest';
import { planTopology } from '../../lib/topology/kinds.js';
import type { Plan } from '../../lib/topology/plan.js';
import { planLines } from '../support/plan-lines.js';

const of = (plan: Plan, namespace: string) =>
  planLines(plan)
    .filter((line) => line.startsWith(`${namespace}: `))
    .map((line) => line.slice(namespace.length + 2));
const hops = (plan: Plan) => plan.path.map((hop) => `${hop.namespace}/${hop.interface} ${hop.mtuBytes}`);

describe('the plan of vxlan', () => {
  it('makes a tunnel one more port of the bridge', async () => {
    const plan = await planTopology('vxlan', { ipv6: false });
    expect(of(plan, 'host2')).toEqual([
      'ip address add 198.18.40.2/24 dev eth0',
      'ip link set eth0 up',
      'ip link add br0 mtu 1450 type bridge stp_state 0',
      'ip link add vxlan0 mtu 1450 type vxlan id 100 local 198.18.40.2 remote 198.18.40.1 dstport 4789 df set',
      'ip link set vxlan0 master br0 up',
      'ip link add port-server0 mtu 1450 type veth peer name server0 mtu 1450 netns <server>',
      'ip link set port-server0 master br0 up',
      'ip link set br0 up',
    ]);
    expect(hops(plan)).toEqual([
      'client/client0 1450',
      'host1/port-client0 1450',
      'host1/br0 1450',
      'host1/vxlan0 1450',
      'host1/eth0 1500',
      'host2/eth0 1500',
      'host2/vxlan0 1450',
      'host2/br0 1450',
      'host2/port-server0 1450',
      'server/server0 1450',
    ]);
    expect(plan.link).toMatchObject({
      underlayFamily: 4,
      ends: [
        { namespace: 'host1', interface: 'eth0' },
        { namespace: 'host2', interface: 'eth0' },
      ],
    });
    expect(plan.link!.headers.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(50);
  });

  it('has the tunnel over IPv6 with 70 bytes of headers', async () => {
    const plan = await planTopology('vxlan', { ipv6: false, underlayFamily: 6 });
    expect(plan.mtuBytes).toBe(1430);
    expect(of(plan, 'host1')).toContain(
      'ip link add vxlan0 mtu 1430 type vxlan id 100 local fd00:198:18:28::1 remote fd00:198:18:28::2 dstport 4789 df set',
    );
    expect(plan.link!.headers.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(70);
    expect(plan.client.ipv6).toBeUndefined();
  });
});

describe('the plan of flannel-vxlan', () => {
  it('routes into a tunnel that learns nothing', async () => {
    const plan = await planTopology('flannel-vxlan', { ipv6: true });
    expect(of(plan, 'host1').slice(0, 1)).toEqual([
      'sysctl --quiet --write net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv6.conf.default.accept_dad=0',
    ]);
    const lines = of(plan, 'host1');
    const tunnel = lines.findIndex((line) => line.includes('type vxlan'));
    expect(lines.slice(tunnel)).toEqual([
      'ip link add flannel.1 mtu 1450 address 02:00:c6:12:01:00 type vxlan id 1 ' +
        'local 198.18.40.1 dev eth0 dstport 8472 nolearning',
      'ip address add 198.18.1.0/32 dev flannel.1',
      'ip address add fd00:198:18:1::0/128 dev flannel.1 nodad',
      'ip link set flannel.1 up',
      'ip neighbour add 198.18.2.0 lladdr 02:00:c6:12:02:00 dev flannel.1 nud permanent',
      'ip neighbour add fd00:198:18:2::0 lladdr 02:00:c6:12:02:00 dev flannel.1 nud permanent',
      'ip route add 198.18.2.0/24 via 198.18.2.0 dev flannel.1 onlink',
      'ip route add fd00:198:18:2::0/64 via fd00:198:18:2::0 dev flannel.1 onlink',
      'bridge fdb append 02:00:c6:12:02:00 dev flannel.1 dst 198.18.40.2 self permanent',
    ]);
    expect(of(plan, 'client')).toEqual([
      'ip link set lo up',
      'ip address add 198.18.1.2/24 dev client0',
      'ip address add fd00:198:18:1::2/64 dev client0 nodad',
      'ip link set client0 up',
      'ip route add default via 198.18.1.1 dev client0',
      'ip route add default via fd00:198:18:1::1 dev client0 onlink',
    ]);
  });

  it('has as many pods on each host as there are pairs', async () => {
    const plan = await planTopology('flannel-vxlan', { endpoints: 3, ipv6: false });
    expect(plan.morePairs.map(({ client, server }) => [client.ipv4, server.ipv4])).toEqual([
      ['198.18.1.3', '198.18.2.3'],
      ['198.18.1.4', '198.18.2.4'],
    ]);
    expect(of(plan, 'host2').filter((line) => line.endsWith('master cni0 up'))).toHaveLength(3);
  });
});
