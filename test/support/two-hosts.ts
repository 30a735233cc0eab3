import { NamedNetworks } from './named-networks.js';

/** Where overlays run: two networks that stand for hosts, an end in each, and a cable of eth0 to eth0. */
const ENDS = [
  { end: 'client', host: 'host1', number: 1 },
  { end: 'server', host: 'host2', number: 2 },
] as const;

export interface OverlayDetails {
  /** Of the ends, and of what they are on. Default 1450. */
  mtuBytes?: number;
  /** Of the cable's ends. Default 1500. */
  linkMtuBytes?: number;
  /** More words for the VXLAN device, for example `df set`. */
  vxlan?: string;
}

/** 198.18.40.1 and .2 on the hosts' eth0. */
function hostsWithEnds(linkMtuBytes: number): NamedNetworks {
  const net = new NamedNetworks('client', 'host1', 'host2', 'server');
  net.cable('host1', 'eth0', 'host2', 'eth0');
  for (const { host, number } of ENDS) {
    net.run(host, `ip link set eth0 mtu ${linkMtuBytes}`);
    net.run(host, `ip address add 198.18.40.${number}/24 dev eth0`);
  }
  return net;
}

/** An end's cable into a bridge of its host. Both hosts are alike in every interface's index. */
function plugIn(net: NamedNetworks, { end, host }: (typeof ENDS)[number], bridge: string, mtuBytes: number): void {
  net.run(host, `ip link add ${bridge} up type bridge stp_state 0`);
  net.cable(host, 'port0', end, 'eth0');
  net.run(host, `ip link set port0 mtu ${mtuBytes} master ${bridge}`);
  net.run(end, `ip link set eth0 mtu ${mtuBytes}`);
}

/** One subnet, 198.18.60.0/24, over a VXLAN device `vxlan0` in a bridge of each host. */
export function bridgedOverlay({ mtuBytes = 1450, linkMtuBytes = 1500, vxlan = '' }: OverlayDetails = {}) {
  const net = hostsWithEnds(linkMtuBytes);
  for (const side of ENDS) {
    const { end, host, number } = side;
    plugIn(net, side, 'br0', mtuBytes);
    const device = `ip link add vxlan0 mtu ${mtuBytes} type vxlan id 42 dstport 4789 local 198.18.40.${number}`;
    net.run(host, `${device} remote 198.18.40.${3 - number} ${vxlan}`.trim());
    net.run(host, 'ip link set vxlan0 master br0 up');
    net.run(end, `ip address add 198.18.60.${number}/24 dev eth0`);
  }
  return net;
}

/** As flannel lays it: a subnet a host, 198.18.61.0/24 and .62.0/24, and routes over a `flannel.1` that learns nothing. */
export function routedOverlay({ mtuBytes = 1450, linkMtuBytes = 1500, vxlan = '' }: OverlayDetails = {}) {
  const net = hostsWithEnds(linkMtuBytes);
  for (const side of ENDS) {
    const { host, number } = side;
    const other = 3 - number;
    routedEnd(net, side, mtuBytes);
    const device = `ip link add flannel.1 address 02:00:00:00:00:0${number} mtu ${mtuBytes} type vxlan id 1 dstport 8472`;
    net.run(host, `${device} local 198.18.40.${number} nolearning ${vxlan}`.trim());
    net.run(host, `ip address add 198.18.6${number}.0/32 dev flannel.1`);
    net.run(host, 'ip link set flannel.1 up');
    net.run(host, `ip route add 198.18.6${other}.0/24 via 198.18.6${other}.0 dev flannel.1 onlink`);
    net.run(host, `ip neighbour add 198.18.6${other}.0 lladdr 02:00:00:00:00:0${other} dev flannel.1 nud permanent`);
    net.run(host, `bridge fdb append 02:00:00:00:00:0${other} dev flannel.1 dst 198.18.40.${other}`);
  }
  return net;
}

/** As flannel's host-gw lays it: the same subnets, and plain routes between the hosts. */
export function routedHosts({ mtuBytes = 1500, linkMtuBytes = 1500 }: OverlayDetails = {}): NamedNetworks {
  const net = hostsWithEnds(linkMtuBytes);
  for (const side of ENDS) {
    routedEnd(net, side, mtuBytes);
    const other = 3 - side.number;
    net.run(side.host, `ip route add 198.18.6${other}.0/24 via 198.18.40.${other}`);
  }
  return net;
}

function routedEnd(net: NamedNetworks, side: (typeof ENDS)[number], mtuBytes: number): void {
  const { end, host, number } = side;
  net.run(host, 'sysctl -qw net.ipv4.ip_forward=1');
  plugIn(net, side, 'cni0', mtuBytes);
  net.run(host, `ip address add 198.18.6${number}.1/24 dev cni0`);
  net.run(end, `ip address add 198.18.6${number}.2/24 dev eth0`);
  net.run(end, `ip route add default via 198.18.6${number}.1`);
}
