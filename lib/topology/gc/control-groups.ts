import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runCommand } from '../../platform/run-command.js';
import { CONTROL_GROUPS, removeControlGroupCommand } from '../containers/control-groups.js';
import { CONTROL_GROUP_PREFIX } from '../lab-identity.js';
import { attempt } from './attempt.js';
import { Fates } from './fates.js';
import type { GcReport } from './report.js';

const REMOVAL_TIMEOUT_MS = 10_000;

/** Removes the control groups that engines of orphaned labs have left, when what was in them has ended. */
export async function collectControlGroups(fates: Fates, report: GcReport): Promise<void> {
  for (const group of new Set(groups(CONTROL_GROUPS, 2))) {
    const id = /^\w+(\.\w+)+(?=-|$)/.exec(group.slice(CONTROL_GROUP_PREFIX.length))?.[0];
    if (id === undefined) continue;
    const what = `control group ${group}`;
    const fate = fates.of(id);
    if (fate === 'not ours') report.leftAlone(what, Fates.why(id));
    if (fate !== 'orphaned') continue;
    const remove = () => runCommand(removeControlGroupCommand(group), { timeoutMs: REMOVAL_TIMEOUT_MS });
    await attempt(what, id, remove, /^$/, report);
  }
}

/** Names with our prefix, at the top of the only hierarchy or of any of several. */
function groups(directory: string, depth: number): string[] {
  let entries: string[];
  try {
    entries = readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(directory, name));
  } catch {
    return []; // No control groups here, or gone since.
  }
  const marked = entries.map((path) => basename(path)).filter((name) => name.startsWith(CONTROL_GROUP_PREFIX));
  return depth === 1 ? marked : [...marked, ...entries.flatMap((path) => groups(path, depth - 1))];
}
