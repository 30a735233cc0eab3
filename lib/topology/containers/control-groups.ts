import { CONTROL_GROUP_PREFIX, type LabIdentity } from '../lab-identity.js';
import type { Step } from '../plan.js';

/** Hierarchies are here (version 2) or one below (version 1), on every distribution. */
export const CONTROL_GROUPS = '/sys/fs/cgroup';
const REMOVAL_TIMEOUT_MS = 5_000;
const ATTEMPTS = 30;

/** What an engine of ours makes control groups below, in every hierarchy: it carries our mark. */
export function controlGroupOf({ id }: Pick<LabIdentity, 'id'>, engine: string): string {
  return `${CONTROL_GROUP_PREFIX}${id}-${engine}`;
}

/**
 * Stands before what starts the engine, and so is undone after it has ended. An engine makes the directory with the
 * first of its containers and never removes it; a process that was killed leaves the group a moment later than it dies.
 */
export function controlGroupStep(group: string): Step {
  const files = [CONTROL_GROUPS, `${CONTROL_GROUPS}/*`].map((place) => `${place}/cgroup.procs`).join(' ');
  return {
    namespace: null,
    command: ['sh', '-c', `for file in ${files}; do [ ! -w "$file" ] || exit 0; done; exit 1`],
    undo: removeControlGroupCommand(group),
    timeoutMs: REMOVAL_TIMEOUT_MS,
    meaning: {
      code: 'ERR_NO_PERMISSION',
      message: `an engine of its own makes control groups, and at ${CONTROL_GROUPS} this user may not`,
      remedy: 'Run vnetperf as root; in a container, in one that is privileged.',
    },
  };
}

/** Ends with an error where something is still in the group. */
export function removeControlGroupCommand(group: string): [string, ...string[]] {
  const find = `find ${CONTROL_GROUPS} -depth -type d -path "*/$1*"`;
  const remove = [
    'attempt=0',
    `while ${find} -exec rmdir {} + 2>/dev/null; ${find} 2>/dev/null | grep -q .; do`,
    '  attempt=$((attempt + 1))',
    `  [ $attempt -le ${ATTEMPTS} ] || { echo "$1 is in use" >&2; exit 1; }`,
    '  sleep 0.1',
    'done',
  ].join('\n');
  return ['sh', '-c', remove, 'sh', group];
}
