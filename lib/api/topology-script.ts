import { planTopology } from '../topology/kinds.js';
import type { TopologyOptions } from '../topology/options.js';
import { shellScript } from '../topology/shell-script.js';

/**
 * The commands that build a network by hand, as a shell script; nothing is built.
 *
 * @param kind `veth`, `bridge` ...: what buildTopology() takes.
 * @throws RequestError ERR_UNKNOWN_KIND, ERR_MTU, ERR_OPTION; TopologyError where an engine that has to be asked for its
 * free subnets does not answer.
 */
export async function topologyScript(kind: string, options: TopologyOptions = {}): Promise<string> {
  return shellScript(await planTopology(kind, options));
}
