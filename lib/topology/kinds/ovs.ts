import { availableForwarding } from '../openvswitch/choose-forwarding.js';
import { ovsKind } from '../openvswitch/ovs-kind.js';

/** Open vSwitch as it comes: in the kernel where that can be, and the report says where it was. */
export const ovs = ovsKind('ovs', "endpoints on an Open vSwitch, in the kernel's datapath where there is one", {
  choose: availableForwarding,
});
