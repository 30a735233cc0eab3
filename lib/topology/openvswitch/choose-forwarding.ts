import { type Forwarding, KERNEL, PACKET_SOCKETS } from './forwarding.js';
import { kernelHasDatapath } from './kernel-datapath.js';

/** As Open vSwitch comes: in the kernel where that can be, else in userspace, and a remark that says so. */
export async function availableForwarding(): Promise<{ forwarding: Forwarding; remark: string }> {
  if (await kernelHasDatapath()) return { forwarding: KERNEL, remark: KERNEL.remark };
  return {
    forwarding: PACKET_SOCKETS,
    remark: `${PACKET_SOCKETS.remark} (this kernel has no openvswitch module)`,
  };
}
