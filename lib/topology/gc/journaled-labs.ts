import { existsSync, rmSync } from 'node:fs';
import { TopologyError } from '../../errors.js';
import type { Journal } from '../journal.js';
import { removeJournal } from '../journal-files.js';
import { isStillOurs, removeNamed } from '../named-namespace.js';
import { attempt } from './attempt.js';
import type { GcReport } from './report.js';

/** Removes the named namespaces of an orphaned lab; one that only has the name stays. */
export async function collectNamespaces(journal: Journal, report: GcReport): Promise<void> {
  for (const namespace of journal.namespaces) {
    const what = `network namespace ${namespace.netns}`;
    if (!existsSync(`/run/netns/${namespace.netns}`)) continue;
    if (!isStillOurs(namespace)) {
      report.leftAlone(what, `it is not the one that ${journal.name ?? journal.kind} made`);
      continue;
    }
    await attempt(what, journal.id, () => removeNamed(namespace), /No such file/, report);
  }
}

/** The last of a lab of which nothing else is left. */
export function collectJournal(journal: Journal, report: GcReport): void {
  const what = `journal of ${journal.name ?? journal.kind} (${journal.short})`;
  try {
    rmSync(journal.directory, { recursive: true, force: true });
    removeJournal(journal);
    report.removed(what);
  } catch (cause) {
    const { message } = cause as Error;
    report.failed(what, new TopologyError(message, { code: 'ERR_GC', cause }), journal.id);
  }
}
