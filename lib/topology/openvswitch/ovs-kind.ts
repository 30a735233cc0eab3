import type { TopologyKind } from '../kind.js';
import { ETHERNET_MTU, type MtuRange } from '../mtu.js';
import type { Forwarding } from './forwarding.js';
import { switchNetwork } from './switch-network.js';

/** What all kinds on an Open vSwitch have in common. */
export function ovsKind(
  name: string,
  summary: string,
  { mtu = ETHERNET_MTU, modules = ['veth'], choose }: OvsKind,
): TopologyKind {
  return {
    name,
    summary,
    needs: {
      commands: ['ovs-vswitchd', 'ovsdb-server', 'ovsdb-tool', 'ovs-vsctl', 'ovs-appctl', 'ip', 'nsenter', 'ethtool'],
      modules,
    },
    mtu,
    takes: ['endpoints', 'ovsDatabase'],
    rootless: false,
    async plan(options, identity) {
      return switchNetwork({ kind: name, summary, ...(await choose()) }, options, identity);
    },
  };
}

interface OvsKind {
  mtu?: MtuRange;
  modules?: readonly string[];
  /** How its packets are moved on this machine, and a remark of the kind's own about it. */
  choose(): Promise<{ forwarding: Forwarding; remark?: string }>;
}
