import { planTopology } from '../topology/kinds.js';
import { BY_HAND } from '../topology/lab-identity.js';
import type { TopologyOptions } from '../topology/options.js';
import { shellScript } from '../topology/shell-script.js';
import { unlessAborted } from './unless-aborted.js';

/**
 * The commands that build a network by hand, as a shell script; nothing is built.
 *
 * @param kind `veth`, `bridge` ...: what buildTopology() takes.
 * @throws RequestError ERR_UNKNOWN_KIND, ERR_MTU, ERR_OPTION; TopologyError where an engine that has to be asked for its
 * free subnets does not answer; InterruptedError where that was aborted.
 */
export async function topologyScript(
  kind: string,
  options: TopologyOptions = {},
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const plan = () => planTopology(kind, options, BY_HAND, signal);
  return shellScript(await unlessAborted(plan, signal, `${kind} was interrupted before it was planned`));
}
