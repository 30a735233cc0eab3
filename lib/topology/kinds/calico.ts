import { calicoKind } from '../calico/calico-network.js';

/** Routed from end to end: no bridge, no tunnel, and every route there by BGP. */
export const calico = calicoKind({
  name: 'calico',
  summary: "a route for each endpoint on two hosts, spread by BIRD's BGP",
});
