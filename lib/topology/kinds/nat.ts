import { router } from './router.js';

/** The way out of most container networks: connections are tracked, and every packet's addresses are rewritten. */
export const nat = router({
  name: 'nat',
  summary: 'a router between two endpoints that hides the client behind its own address',
  masquerades: true,
});
