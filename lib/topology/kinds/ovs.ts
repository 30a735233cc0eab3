import { KERNEL, PACKET_SOCKETS } from '../openvswitch/forwarding.js';
import { kernelHasDatapath } from '../openvswitch/kernel-datapath.js';
import { ovsKind } from '../openvswitch/ovs-kind.js';

/** Open vSwitch as it comes: in the kernel where that can be, and the report says where it was. */
export const ovs = ovsKind('ovs', "endpoints on an Open vSwitch, in the kernel's datapath where there is one", {
  async choose() {
    if (await kernelHasDatapath()) return { forwarding: KERNEL };
    return {
      forwarding: PACKET_SOCKETS,
      remark: `${PACKET_SOCKETS.remark} (this kernel has no openvswitch module)`,
    };
  },
});
