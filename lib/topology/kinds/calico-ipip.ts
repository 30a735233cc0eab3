import { calicoKind } from '../calico/calico-network.js';
import { ipip } from '../calico/tunnel.js';

/** For hosts with routers between them that know nothing of the endpoints. */
export const calicoIpip = calicoKind({
  name: 'calico-ipip',
  summary: 'as calico, with packets between the hosts in an IPIP tunnel',
  tunnel: ipip,
});
