import type { PinnedCores } from '../../configuration/cores.js';

/**
 * The cores that stand for either host, where the ends are pinned to cores of their own: what a host receives from the
 * link is to come up there too, so that a core's work is its host's. undefined where a core would be both hosts'.
 */
export function hostCoresOf({ client, server }: PinnedCores): PinnedCores | undefined {
  if (client.length === 0 || server.length === 0 || client.some((core) => server.includes(core))) return undefined;
  return { client, server };
}
