import { RequestError } from '../../errors.js';
import { PRIVATE_ENGINE_COMMANDS } from '../containers/private-engine.js';
import type { LabIdentity } from '../lab-identity.js';
import type { DockerPath, ResolvedOptions } from '../options.js';
import type { Plan } from '../plan.js';

export const NAME = 'docker-hosts';
export const NEEDED_COMMANDS = ['ip', 'tc', ...PRIVATE_ENGINE_COMMANDS] as const;

/** A path without its name, which is the same for all. */
type PathPlan = Omit<Plan, 'kind' | 'summary'>;

/** One row of the published comparison of Docker's modes. */
export interface DockerPathKind {
  /** Continues "path B: ". */
  words: string;
  /** Whether its ends have IPv6, and its hosts can be joined over it. */
  carriesIpv6: boolean;
  /** Whether a port is published, which the engine's proxy could carry too. */
  publishes: boolean;
  plan(options: ResolvedOptions, identity: LabIdentity): PathPlan | Promise<PathPlan>;
}

/** Throws VnetperfError ERR_OPTION. */
export function checkPathTakes(
  path: DockerPath,
  { carriesIpv6, publishes }: DockerPathKind,
  { ipv6, underlayFamily, userlandProxy }: ResolvedOptions,
): void {
  const refused =
    ipv6 && !carriesIpv6
      ? { flag: '--ipv6', why: 'carries IPv4 only', remedy: 'Leave --ipv6 and -6 out, or choose path C or F.' }
      : underlayFamily === 6 && !carriesIpv6
        ? { flag: '--underlay 6', why: 'joins its hosts over IPv4 alone', remedy: 'Leave --underlay out.' }
        : userlandProxy === true && !publishes
          ? { flag: '--userland-proxy', why: 'publishes no port', remedy: 'Leave it out, or choose path B or D.' }
          : undefined;
  if (refused === undefined) return;
  throw new RequestError(`${NAME} takes no ${refused.flag} on path ${path}, which ${refused.why}`, {
    code: 'ERR_OPTION',
    remedy: refused.remedy,
  });
}
