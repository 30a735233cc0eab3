import type { BuildWatch } from '../topology/build-watch.js';
import type { TopologyOptions } from '../topology/options.js';
import { type Topology, topology } from '../topology/topology.js';
import { watchedMachine } from './machine-watches.js';
import { type NetworkWithEnds, withEnds } from './network-end.js';

/** A network of our own. It goes with close(), `await using`, or this process. */
export interface BuiltTopology extends Topology, NetworkWithEnds {
  /** The end that connects. */
  readonly client: NetworkWithEnds['client'];
  /** The end that listens. */
  readonly server: NetworkWithEnds['server'];
  readonly pairs: NetworkWithEnds['pairs'];
}

/**
 * Builds a network and finds out that it carries packets. Needs root, or a user namespace.
 *
 * @param kind `veth`, `bridge`, `docker-bridge` ...: what `vnetperf run` takes.
 * @throws VnetperfError ERR_UNKNOWN_KIND, ERR_MTU, ERR_COMMAND_MISSING, ERR_NO_PERMISSION, ERR_NAMESPACE,
 * ERR_TOPOLOGY_BUILD, ERR_DAEMON_START, ERR_COMMAND_TIMEOUT, ERR_INTERRUPTED, or, when it stands but would carry nothing,
 * ERR_PATH_DOWN, ERR_PATH_MTU, ERR_PATH_UNREACHABLE. Nothing is left behind when it throws.
 */
export async function buildTopology(
  kind: string,
  options: TopologyOptions = {},
  watch: BuildWatch = {},
): Promise<BuiltTopology> {
  return await watchedMachine(async () => withEnds(await topology(kind, options, watch)));
}
