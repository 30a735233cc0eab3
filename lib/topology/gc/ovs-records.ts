import { runCommand } from '../../platform/run-command.js';
import { EXTERNAL_ID } from '../lab-identity.js';
import { attempt } from './attempt.js';
import { Fates } from './fates.js';
import type { GcReport } from './report.js';

const ASK_TIMEOUT_SECONDS = 4;

/** A bridge takes its ports along, so what is asked for second is what orphans left on bridges of others. */
const SORTS = [
  { table: 'Bridge', word: 'bridge', remove: 'del-br' },
  { table: 'Port', word: 'port', remove: 'del-port' },
] as const;

/** Removes the records of orphaned labs from a switch's database. Throws VnetperfError where it does not answer. */
export async function collectOvsRecords(database: string, fates: Fates, report: GcReport): Promise<void> {
  // The database is what counts: a switch that is stopped finds out when it starts.
  const command = ['ovs-vsctl', `--db=${database}`, `--timeout=${ASK_TIMEOUT_SECONDS}`, '--no-wait'] as const;
  for (const { table, word, remove } of SORTS) {
    const ask = ['--format=json', '--columns=name,external_ids', 'list', table] as const;
    const { stdout } = await runCommand([...command, ...ask]);
    for (const [name, [, ids]] of (JSON.parse(stdout) as { data: [string, ['map', [string, string][]]][] }).data) {
      const id = ids.find(([key]) => key === EXTERNAL_ID)?.[1];
      if (id === undefined) continue;
      const what = `${word} ${name} (${database})`;
      const fate = fates.of(id);
      if (fate === 'not ours') report.leftAlone(what, Fates.why(id));
      if (fate !== 'orphaned') continue;
      await attempt(what, id, () => runCommand([...command, remove, name]), /no (bridge|port) named/, report);
    }
  }
}
