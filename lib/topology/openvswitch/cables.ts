import { ALTNAME_PREFIX } from '../lab-identity.js';
import { inside, type PlannedEndpoint, type Step } from '../plan.js';
import type { OvsSwitch } from './ovs-switch.js';

/**
 * Above whatever an end's namespace numbers its interface with: see the kind veth for what equal indexes of a pair
 * would cost. In a namespace of others an index may be taken, so there the kernel chooses.
 */
const FIRST_PORT_INDEX = 1001;

/** What cables are laid to. */
export type CabledSwitch = Pick<OvsSwitch, 'namespace' | 'portOf' | 'shared'>;

/** One cable for each end, from the switch to where the end is. */
export function cableSteps(ovs: CabledSwitch, ends: readonly PlannedEndpoint[], mtuBytes: number): Step[] {
  return ends.flatMap((end, index) =>
    ovs.shared === undefined
      ? ownCable(ovs, end, FIRST_PORT_INDEX + index, mtuBytes)
      : markedCable(ovs, end, ovs.shared.id, mtuBytes),
  );
}

function ownCable(ovs: CabledSwitch, end: PlannedEndpoint, portIndex: number, mtuBytes: number): Step[] {
  const port = ovs.portOf(end);
  return [
    inside(
      ovs.namespace,
      `ip link add ${port} index ${portIndex} mtu ${mtuBytes} type veth peer name ${end.interface} mtu ${mtuBytes} netns`,
      { namespace: end.namespace },
    ),
    inside(ovs.namespace, `ip link set ${port} up`),
  ];
}

function markedCable(ovs: CabledSwitch, end: PlannedEndpoint, id: string, mtuBytes: number): Step[] {
  const port = ovs.portOf(end);
  // Two interfaces of one namespace cannot have the same altname.
  const altname = `${ALTNAME_PREFIX}${id}-${end.namespace}`;
  const cable = `type veth peer name ${end.interface} mtu ${mtuBytes} netns`.split(' ');
  return [
    {
      namespace: null,
      command: ['ip', 'link', 'add', port, 'up', 'mtu', `${mtuBytes}`, ...cable, { namespace: end.namespace }],
      undo: ['ip', 'link', 'delete', port],
    },
    {
      namespace: null,
      command: ['ip', 'link', 'property', 'add', 'dev', port, 'altname', altname],
      undo: ['ip', 'link', 'property', 'del', 'dev', port, 'altname', altname],
    },
  ];
}
