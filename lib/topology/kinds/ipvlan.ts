import { sharedParent } from './shared-parent.js';

/** All ends have the parent's hardware address, and are told apart by their IP addresses. */
export const ipvlan = sharedParent({
  name: 'ipvlan',
  summary: 'two endpoints that share the hardware address of one parent device',
  type: 'ipvlan mode l2',
  module: 'ipvlan',
});
