import { router } from './router.js';

/** What a network without a common Ethernet segment costs: every packet is looked up in a routing table. */
export const routed = router({
  name: 'routed',
  summary: 'two endpoints on subnets of their own with a router between them',
  masquerades: false,
});
