import { VnetperfError } from '../../errors.js';
import type { TopologyOptions } from '../../topology/options.js';
import { topology } from '../../topology/topology.js';
import { interruptedError } from '../../traffic/session.js';

export interface NetworksHere {
  kinds: string[];
  /** Why the others cannot be had, with what brings them: a sentence or two each. */
  missing: string[];
}

/**
 * Which of these networks this machine can hold: each is built and removed once, since much of what a kernel lacks shows
 * only then.
 * @param optionsOf What each is built with.
 */
export async function networksHere(
  kinds: readonly string[],
  optionsOf: (kind: string) => TopologyOptions,
  signal?: AbortSignal,
): Promise<NetworksHere> {
  const here: NetworksHere = { kinds: [], missing: [] };
  for (const kind of kinds) {
    if (signal?.aborted) throw interruptedError('client', signal.reason);
    try {
      const network = await topology(kind, optionsOf(kind));
      await network.close();
      here.kinds.push(kind);
    } catch (error) {
      if (!(error instanceof VnetperfError)) throw error;
      here.missing.push(sentence(kind, error));
    }
  }
  return here;
}

function sentence(kind: string, { message, remedy }: VnetperfError): string {
  const named = message.includes(kind) ? message : `${kind}: ${message}`;
  return remedy === undefined ? named : `${named}. ${remedy}`;
}
