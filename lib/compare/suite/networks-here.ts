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
  const found: string[] = [];
  const kindsByReason = new Map<string, string[]>();
  for (const kind of kinds) {
    if (signal?.aborted) throw interruptedError('client', signal.reason);
    // What cannot be asked of a network is a mistake of whoever asks, and not for this machine to lack.
    const options = optionsOf(kind);
    try {
      const network = await topology(kind, options);
      await network.close();
      found.push(kind);
    } catch (error) {
      if (!(error instanceof VnetperfError)) throw error;
      const reason = reasonOf(kind, error);
      kindsByReason.set(reason, [...(kindsByReason.get(reason) ?? []), kind]);
    }
  }
  const missing = [...kindsByReason].map(([reason, lacking]) => reason.replace(KINDS, lacking.join(', ')));
  return { kinds: found, missing };
}

/** Stands for the names of those kinds that lack the same: it is told once. */
const KINDS = '{kinds}';

function reasonOf(kind: string, { message, remedy }: VnetperfError): string {
  const text = [' ', ':'].some((next) => message.startsWith(kind + next))
    ? KINDS + message.slice(kind.length)
    : `${KINDS}: ${message}`;
  return remedy === undefined ? text : `${text}. ${remedy}`;
}
