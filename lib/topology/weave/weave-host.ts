import { type Bridge, bridgePortSteps, bridgeStep, hopsToBridge } from '../bridge-port.js';
import type { Host } from '../hosts/host-pair.js';
import {
  inside,
  type PlannedCarrier,
  type PlannedEndpoint,
  type PlannedHop,
  type Step,
  type TunnelHeader,
} from '../plan.js';

const BRIDGE = 'weave';
/** The cable from the bridge to whatever carries its packets to other hosts: the bridge's end. */
const BRIDGE_PORT = 'vethwe-bridge';

/** One of two hosts, with the ends on it. */
export interface WeaveHost {
  host: Host;
  peer: Host;
  ends: readonly PlannedEndpoint[];
  linkMtuBytes: number;
}

/** How packets get from the bridge of one host to that of the other. */
export interface WeavePath {
  /** Between `weave` and `weave` in the line that describes the network. */
  via: readonly string[];
  /** The far end of the cable from the bridge. */
  cableEnd: string;
  /** Of the switch or port that this end belongs to. */
  master?: string | undefined;
  remarks: readonly string[];
  headers: readonly TunnelHeader[];
  /** For ethtool at every end. */
  endSteps(end: PlannedEndpoint): readonly Step[];
  /** From where the cable is laid. */
  carrySteps(host: WeaveHost): readonly Step[];
  carrier(host: WeaveHost): PlannedCarrier;
}

/** A container's cable goes to a Linux bridge, and one more from there to what carries packets away. */
export function weaveHostSteps(weaveHost: WeaveHost, path: WeavePath, mtuBytes: number): Step[] {
  const { host, ends } = weaveHost;
  const { namespace } = host;
  const bridge = bridgeOn(host, mtuBytes);
  return [
    bridgeStep(bridge),
    ...ends.flatMap((end) => bridgePortSteps(bridge, end)),
    inside(
      namespace,
      `ip link add ${BRIDGE_PORT} mtu ${mtuBytes} type veth peer name ${path.cableEnd} mtu ${mtuBytes}`,
    ),
    inside(namespace, `ip link set ${BRIDGE_PORT} master ${BRIDGE} up`),
    inside(namespace, `ip link set ${path.cableEnd} up`),
    inside(namespace, `ip link set ${BRIDGE} up`),
    ...path.carrySteps(weaveHost),
  ];
}

/** From an end to where its packets leave for the link. */
export function weaveHostHops(host: Host, end: PlannedEndpoint, path: WeavePath, mtuBytes: number): PlannedHop[] {
  const { namespace } = host;
  const { cableEnd, master } = path;
  return [
    ...hopsToBridge(bridgeOn(host, mtuBytes), end),
    { namespace, interface: BRIDGE_PORT, master: BRIDGE, mtuBytes },
    { namespace, interface: cableEnd, mtuBytes, ...(master === undefined ? {} : { master }) },
  ];
}

function bridgeOn({ namespace }: Host, mtuBytes: number): Bridge {
  return { namespace, name: BRIDGE, mtuBytes };
}
