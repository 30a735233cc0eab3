import { PACKET_SOCKETS_WITH_TSO } from '../openvswitch/forwarding.js';
import { ovsKind } from '../openvswitch/ovs-kind.js';

/** The userspace datapath as it is at its best with TCP: a large segment costs it as much as a small one. */
export const ovsTso = ovsKind('ovs-tso', 'ovs-netdev with TCP segmentation offload across the switch', {
  choose: async () => ({ forwarding: PACKET_SOCKETS_WITH_TSO }),
});
