import { TopologyError } from '../../errors.js';
import { ETHERNET_MTU } from '../mtu.js';
import { KERNEL } from '../openvswitch/forwarding.js';
import { kernelHasDatapath } from '../openvswitch/kernel-datapath.js';
import { ovsKind } from '../openvswitch/ovs-kind.js';

/** For who would rather have no figure than one of another datapath. */
export const ovsKernel = ovsKind('ovs-kernel', "endpoints on an Open vSwitch, in the kernel's datapath or not at all", {
  mtu: ETHERNET_MTU,
  modules: ['veth', 'openvswitch'],
  async choose() {
    if (await kernelHasDatapath()) return { forwarding: KERNEL };
    throw new TopologyError(
      "ovs-kernel needs Open vSwitch's kernel datapath, and this kernel has no openvswitch module",
      {
        code: 'ERR_KERNEL_MODULE',
        remedy: 'Install it with the kernel (CONFIG_OPENVSWITCH), or measure the userspace datapath with ovs-netdev.',
      },
    );
  },
});
