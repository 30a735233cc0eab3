import { type BuiltTopology, buildTopology } from '../api/build-topology.js';
import type { TopologyOptions } from '../topology/options.js';
import { StartUpLine } from './start-up-line.js';

/** Builds a network, says on standard error what takes long, and stops at a signal. Throws as buildTopology() does. */
export async function builtOnTerminal(
  kind: string,
  options: TopologyOptions,
  signal: AbortSignal,
): Promise<BuiltTopology> {
  const line = new StartUpLine();
  try {
    return await buildTopology(kind, options, { signal, onProgress: line.handle });
  } finally {
    line.close();
  }
}
