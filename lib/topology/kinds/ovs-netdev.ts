import { PACKET_SOCKETS } from '../openvswitch/forwarding.js';
import { ovsKind } from '../openvswitch/ovs-kind.js';

/** What Open vSwitch does where the kernel does not help it: every packet goes up to ovs-vswitchd and down again. */
export const ovsNetdev = ovsKind(
  'ovs-netdev',
  "endpoints on an Open vSwitch's userspace datapath, over packet sockets",
  {
    choose: async () => ({ forwarding: PACKET_SOCKETS }),
  },
);
