import { inside, type PlannedEndpoint, type PlannedHop, type Step } from './plan.js';

/** A bridge, and the namespace it is in. */
export interface Bridge {
  namespace: string;
  name: string;
  mtuBytes: number;
}

/** Without spanning tree (off by default) a port forwards as soon as it is up: no 15 s of listening first. */
export function bridgeStep({ namespace, name, mtuBytes }: Bridge): Step {
  return inside(namespace, `ip link add ${name} mtu ${mtuBytes} type bridge stp_state 0`);
}

/**
 * The cable from an end to its port. Made from the bridge's side, so that one process sets up the whole switch. The
 * port's interface index then differs from its peer's, the bridge having been made first: see veth for what equal
 * indexes would cost.
 */
export function bridgePortSteps(bridge: Bridge, end: PlannedEndpoint): Step[] {
  const { namespace, name, mtuBytes } = bridge;
  const port = portOf(end);
  return [
    inside(
      namespace,
      `ip link add ${port} mtu ${mtuBytes} type veth peer name ${end.interface} mtu ${mtuBytes} netns`,
      {
        namespace: end.namespace,
      },
    ),
    inside(namespace, `ip link set ${port} master ${name} up`),
  ];
}

/** From the end's own interface to the bridge, which the other direction passes in the reverse order. */
export function hopsToBridge({ namespace, name, mtuBytes }: Bridge, end: PlannedEndpoint): PlannedHop[] {
  return [
    { namespace: end.namespace, interface: end.interface, mtuBytes },
    { namespace, interface: portOf(end), master: name, mtuBytes },
    { namespace, interface: name, mtuBytes },
  ];
}

function portOf(end: PlannedEndpoint): string {
  return `port-${end.interface}`;
}
