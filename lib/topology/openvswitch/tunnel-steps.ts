import { addressSteps } from '../endpoint-steps.js';
import type { Host } from '../hosts/host-pair.js';
import { inside, type Step } from '../plan.js';
import { bridgeSteps } from './bridge-steps.js';
import { type Forwarding, offloadSteps } from './forwarding.js';
import type { RunningSwitch, SwitchOnHost } from './ovs-switch.js';
import { deepQueuesStep } from './packet-queues.js';

/** Where the userspace datapath looks for the way to the other host: a bridge that has the host's card and address. */
const UNDERLAY_BRIDGE = 'br-phy';

export interface TunnelBridge {
  name: string;
  /** Of the tunnel's, with the columns that say where it leads; the remote address is added. */
  tunnel: { port: string; options: readonly string[] };
  /** Interfaces of the host that are its other ports. */
  ports: readonly string[];
}

/** On the switch of one host: a bridge with a VXLAN tunnel to the other. The switch runs, and its interfaces are there. */
export function tunnelSteps(
  ovs: SwitchOnHost,
  forwarding: Forwarding,
  { host, peer, linkMtuBytes }: { host: Host; peer: Host; linkMtuBytes: number },
  { name, tunnel, ports }: TunnelBridge,
): Step[] {
  const inUserspace = forwarding.datapathType === 'netdev';
  const leadsTo = [`options:remote_ip=${quoted(peer.address)}`, ...tunnel.options];
  return [
    ...(inUserspace ? underlaySteps(ovs, forwarding, host) : []),
    ...bridgeSteps(ovs, name, forwarding, [
      ...ports.map((port) => ({ name: port, settings: forwarding.interfaceSettings })),
      { name: tunnel.port, settings: ['type=vxlan', ...leadsTo] },
    ]),
    ...(inUserspace ? [deepQueuesStep(host.namespace, ovs.pidFile, linkMtuBytes)] : []),
  ];
}

/**
 * The kernel's datapath hands tunnel packets to the kernel's own routing. The userspace datapath does without: it sends
 * them through the bridge that has the address to send from, and takes in what comes for it there. So the host's
 * address moves from its card to that bridge, whose card it becomes.
 */
function underlaySteps(ovs: RunningSwitch, forwarding: Forwarding, { namespace, card }: Host): Step[] {
  const moved = { ...card, interface: UNDERLAY_BRIDGE };
  return [
    ...bridgeSteps(ovs, UNDERLAY_BRIDGE, forwarding, [
      { name: card.interface, settings: forwarding.interfaceSettings, keepsQdisc: true },
    ]),
    inside(namespace, `ip address flush dev ${card.interface} scope global`),
    ...addressSteps(moved),
    inside(namespace, `ip link set ${UNDERLAY_BRIDGE} up`),
    ...offloadSteps(moved, forwarding),
  ];
}

/** ovs-vsctl reads a colon as the end of a key. */
function quoted(address: string): string {
  return address.includes(':') ? `"${address}"` : address;
}
