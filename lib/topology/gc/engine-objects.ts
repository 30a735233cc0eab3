import { runCommand } from '../../platform/run-command.js';
import { LABEL } from '../lab-identity.js';
import { engineCommand } from '../places/open-place.js';
import type { EngineAddress } from '../places/place.js';
import { attempt } from './attempt.js';
import { Fates } from './fates.js';
import type { GcReport } from './report.js';

const ASK_TIMEOUT_MS = 5_000;
const REMOVE_TIMEOUT_MS = 30_000;

/** As `inspect` describes them; podman writes some keys of networks small. */
interface Inspected {
  Name?: string;
  name?: string;
  RepoTags?: string[];
  Labels?: Record<string, string> | null;
  labels?: Record<string, string> | null;
  Config?: { Labels?: Record<string, string> | null };
}

interface Sort {
  word: 'container' | 'network' | 'volume' | 'image';
  list: readonly string[];
  remove: readonly string[];
}

/** In the order in which nothing is in the way of anything that comes later. */
const SORTS: readonly Sort[] = [
  { word: 'container', list: ['--all', '--no-trunc'], remove: ['rm', '--force', '--volumes'] },
  { word: 'network', list: ['--no-trunc'], remove: ['rm'] },
  { word: 'volume', list: [], remove: ['rm'] },
  { word: 'image', list: ['--no-trunc'], remove: ['rm'] },
];

/** Removes what orphaned labs made in an engine. Throws VnetperfError where the engine does not answer. */
export async function collectEngineObjects(engine: EngineAddress, fates: Fates, report: GcReport): Promise<void> {
  const command = engineCommand(engine);
  const where = engine.host === undefined ? engine.program : `${engine.program} at ${engine.host}`;
  for (const { word, list, remove } of SORTS) {
    const filter = ['--quiet', '--filter', `label=${LABEL}`, ...list];
    const { stdout } = await runCommand([...command, word, 'ls', ...filter], { timeoutMs: ASK_TIMEOUT_MS });
    for (const key of new Set(stdout.split('\n').filter((line) => line !== ''))) {
      const object = await inspect(command, word, key);
      const id = object?.Config?.Labels?.[LABEL] ?? object?.Labels?.[LABEL] ?? object?.labels?.[LABEL];
      if (object === undefined || id === undefined) continue;
      const what = `${word} ${nameOf(object) ?? key} (${where})`;
      const fate = fates.of(id);
      if (fate === 'not ours') report.leftAlone(what, Fates.why(id));
      if (fate !== 'orphaned') continue;
      const removal = () => runCommand([...command, word, ...remove, key], { timeoutMs: REMOVE_TIMEOUT_MS });
      await attempt(what, id, removal, /no such|not found/i, report);
    }
  }
}

async function inspect(command: [string, ...string[]], word: string, key: string): Promise<Inspected | undefined> {
  try {
    const { stdout } = await runCommand([...command, word, 'inspect', key], { timeoutMs: ASK_TIMEOUT_MS });
    return (JSON.parse(stdout) as Inspected[])[0];
  } catch {
    return undefined; // Gone since it was listed.
  }
}

function nameOf({ Name, name, RepoTags }: Inspected): string | undefined {
  return (Name ?? name)?.replace(/^\//, '') ?? RepoTags?.[0];
}
