import type { TopologyKind } from '../kind.js';
import type { MtuRange } from '../mtu.js';
import type { Forwarding } from './forwarding.js';
import { switchNetwork } from './switch-network.js';

/** A packet buffer of the userspace datapath has 16 bits for its length (dp_packet), Ethernet's header included. */
const USERSPACE_MTU = { minimumBytes: 68, maximumBytes: 65_521, defaultBytes: 1500 };

/** What a network on a switch of its own is made with. */
export const OVS_COMMANDS = [
  ...['ovs-vswitchd', 'ovsdb-server', 'ovsdb-tool', 'ovs-vsctl', 'ovs-appctl'],
  ...['ip', 'nsenter', 'ethtool'],
];

/** What all kinds on an Open vSwitch have in common. */
export function ovsKind(
  name: string,
  summary: string,
  { mtu = USERSPACE_MTU, modules = ['veth'], choose }: OvsKind,
): TopologyKind {
  return {
    name,
    summary,
    needs: {
      commands: OVS_COMMANDS,
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
