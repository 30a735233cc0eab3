import { sharedParent } from './shared-parent.js';

/** In bridge mode the parent hands a frame for another child straight to it, with no cable and no learning between. */
export const macvlan = sharedParent({
  name: 'macvlan',
  summary: 'two endpoints with a hardware address each on one parent device',
  type: 'macvlan mode bridge',
  module: 'macvlan',
});
