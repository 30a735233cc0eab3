import { AF_XDP } from '../openvswitch/forwarding.js';
import { ovsKind } from '../openvswitch/ovs-kind.js';

/**
 * The driver keeps a packet in one page, with 256 bytes of headroom before it and struct skb_shared_info behind
 * (veth_xdp_set). That struct is 320 bytes on 64-bit kernels and can only grow: an Ethernet header leaves 3506.
 */
const XDP_MTU = { minimumBytes: 68, maximumBytes: 3506, defaultBytes: 1500 };

/** The userspace datapath with its ports by AF_XDP instead of packet sockets. */
export const ovsAfxdp = ovsKind('ovs-afxdp', "endpoints on an Open vSwitch's userspace datapath, over AF_XDP", {
  mtu: XDP_MTU,
  choose: async () => ({ forwarding: AF_XDP }),
});
