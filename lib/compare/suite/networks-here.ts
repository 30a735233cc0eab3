import { VnetperfError } from '../../errors.js';
import type { BuildWatch } from '../../topology/build-watch.js';
import type { TopologyOptions } from '../../topology/options.js';
import { topology } from '../../topology/topology.js';
import { interruptedError } from '../../traffic/session.js';

/** Which networks of a suite this machine can hold. */
export interface NetworksHere {
  /** Those that could be built. */
  kinds: string[];
  /** How long each took to be built and removed. */
  seconds?: ReadonlyMap<string, number> | undefined;
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
  watch: BuildWatch = {},
): Promise<NetworksHere> {
  const seconds = new Map<string, number>();
  const kindsByReason = new Map<string, string[]>();
  for (const kind of kinds) {
    checkInterrupted(watch);
    // What cannot be asked of a network is a mistake of whoever asks, and not for this machine to lack.
    const options = optionsOf(kind);
    const start = performance.now();
    try {
      const network = await topology(kind, options, watch);
      await network.close();
      seconds.set(kind, (performance.now() - start) / 1000);
    } catch (error) {
      checkInterrupted(watch);
      if (!(error instanceof VnetperfError)) throw error;
      const reason = reasonOf(kind, error);
      kindsByReason.set(reason, [...(kindsByReason.get(reason) ?? []), kind]);
    }
  }
  const missing = [...kindsByReason].map(([reason, lacking]) => reason.replace(KINDS, lacking.join(', ')));
  return { kinds: [...seconds.keys()], seconds, missing };
}

function checkInterrupted({ signal }: BuildWatch): void {
  if (signal?.aborted) throw interruptedError('client', signal.reason);
}

/** Stands for the names of those kinds that lack the same: it is told once. */
const KINDS = '{kinds}';

function reasonOf(kind: string, { message, remedy }: VnetperfError): string {
  const text = [' ', ':'].some((next) => message.startsWith(kind + next))
    ? KINDS + message.slice(kind.length)
    : `${KINDS}: ${message}`;
  return remedy === undefined ? text : `${text}. ${remedy}`;
}
