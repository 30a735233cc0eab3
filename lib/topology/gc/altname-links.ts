import { runCommand } from '../../platform/run-command.js';
import { ALTNAME_PREFIX } from '../lab-identity.js';
import { attempt } from './attempt.js';
import { Fates } from './fates.js';
import type { GcReport } from './report.js';

/** Removes the interfaces of this network namespace that orphaned labs made. */
export async function collectLinks(fates: Fates, report: GcReport): Promise<void> {
  const { stdout } = await runCommand(['ip', '-json', 'link', 'show']);
  for (const { ifname, altnames = [] } of JSON.parse(stdout || '[]') as { ifname: string; altnames?: string[] }[]) {
    const id = altnames.map(idOf).find((found) => found !== undefined);
    if (id === undefined) continue;
    const what = `interface ${ifname}`;
    const fate = fates.of(id);
    if (fate === 'not ours') report.leftAlone(what, Fates.why(id));
    if (fate !== 'orphaned') continue;
    await attempt(what, id, () => runCommand(['ip', 'link', 'delete', 'dev', ifname]), /Cannot find device/, report);
  }
}

/** Behind a dash stands whatever tells several interfaces of one lab apart. */
function idOf(altname: string): string | undefined {
  if (!altname.startsWith(ALTNAME_PREFIX)) return undefined;
  const rest = altname.slice(ALTNAME_PREFIX.length);
  return /^\w+(\.\w+)+(?=-|$)/.exec(rest)?.[0] ?? rest;
}
