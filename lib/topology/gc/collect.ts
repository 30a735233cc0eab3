import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TopologyError, VnetperfError } from '../../errors.js';
import { locateCommand } from '../../platform/run-command.js';
import type { Journal } from '../journal.js';
import { claimJournal, readJournals, removeStrayFiles } from '../journal-files.js';
import type { EngineAddress } from '../places/place.js';
import { SYSTEM_STATE_DIRECTORY } from '../state-directory.js';
import { collectLinks } from './altname-links.js';
import { collectControlGroups } from './control-groups.js';
import { collectEngineObjects } from './engine-objects.js';
import { Fates } from './fates.js';
import { collectJournal, collectNamespaces } from './journaled-labs.js';
import { collectProcesses } from './marked-processes.js';
import { collectOvsRecords } from './ovs-records.js';
import type { GcReport } from './report.js';

const HOST_OVS_SOCKET = '/run/openvswitch/db.sock';

/** Where to look, beside the default engine, the machine's own switch and what journals name. */
export interface GcPlaces {
  /** A container engine. */
  engine?: EngineAddress | undefined;
  /** The socket of a switch's database. */
  ovsDatabase?: string | undefined;
}

/** Removes what carries our mark and belongs to nobody any more, and nothing else. */
export async function collectGarbage(places: GcPlaces, report: GcReport): Promise<void> {
  const journals = readJournals();
  // What stands by a journal of the machine's stands, also when this process keeps its own elsewhere.
  const others = readJournals(join(SYSTEM_STATE_DIRECTORY, 'labs'));
  const claims = new Map<string, () => void>();
  const claimedByOthers = new Set<string>();
  const kept = new Set<string>();
  const fates = new Fates([...others, ...journals], (id) => claimedByOthers.has(id));
  const recording: GcReport = {
    ...report,
    failed: (what, error, ...labs) => {
      for (const lab of labs) kept.add(lab);
      report.failed(what, error, ...labs);
    },
  };
  const isOrphaned = ({ id }: Journal) => fates.of(id) === 'orphaned';
  for (const { id, short } of journals.filter(isOrphaned)) {
    const release = claimJournal(short);
    if (release === undefined) claimedByOthers.add(id);
    else claims.set(id, release);
  }
  try {
    const orphaned = journals.filter(isOrphaned);
    const daemons = orphaned.flatMap(({ id, daemons: theirs }) => theirs.map((daemon) => ({ id, ...daemon })));
    await collectProcesses(fates, daemons, recording);
    await collectFromEngines(places.engine, journals, fates, recording);
    await collectFromDatabases(places.ovsDatabase, journals, fates, recording);
    await collectLinks(fates, recording);
    await collectControlGroups(fates, recording);
    for (const journal of orphaned) await collectNamespaces(journal, recording);
    for (const journal of orphaned) if (!kept.has(journal.id)) collectJournal(journal, recording);
  } finally {
    for (const release of claims.values()) release();
  }
  for (const name of removeStrayFiles()) report.removed(`file ${name}`);
}

async function collectFromEngines(
  given: EngineAddress | undefined,
  journals: readonly Journal[],
  fates: Fates,
  report: GcReport,
): Promise<void> {
  const programs = (['docker', 'podman'] as const).filter((program) => locateCommand(program) !== undefined);
  const engines = [
    ...(given === undefined ? [] : [given]),
    ...journals.flatMap((journal) => journal.engines),
    ...programs.map((program): EngineAddress => ({ program })),
  ];
  const keyOf = ({ program, host }: EngineAddress) => `${program} ${host ?? ''}`;
  for (const engine of new Map(engines.map((each) => [keyOf(each), each])).values()) {
    const users = journals.filter(({ engines: theirs }) => theirs.some((each) => keyOf(each) === keyOf(engine)));
    const wanted = given !== undefined && keyOf(given) === keyOf(engine);
    const where = `the engine ${engine.program}${engine.host === undefined ? '' : ` at ${engine.host}`}`;
    await reached(where, () => collectEngineObjects(engine, fates, report), users, wanted, engine.host, fates, report);
  }
}

async function collectFromDatabases(
  given: string | undefined,
  journals: readonly Journal[],
  fates: Fates,
  report: GcReport,
): Promise<void> {
  const databases = new Set([
    ...(given === undefined ? [] : [given]),
    ...journals.flatMap((journal) => journal.ovsDatabases),
    ...(existsSync(HOST_OVS_SOCKET) && locateCommand('ovs-vsctl') !== undefined ? [`unix:${HOST_OVS_SOCKET}`] : []),
  ]);
  for (const database of databases) {
    const users = journals.filter(({ ovsDatabases }) => ovsDatabases.includes(database));
    const collect = () => collectOvsRecords(database, fates, report);
    await reached(`the switch's database ${database}`, collect, users, database === given, database, fates, report);
  }
}

/** One that does not answer matters where it was asked for by name, or an orphan left something in it. */
async function reached(
  where: string,
  collect: () => Promise<void>,
  users: readonly Journal[],
  wanted: boolean,
  address: string | undefined,
  fates: Fates,
  report: GcReport,
): Promise<void> {
  try {
    await collect();
  } catch (cause) {
    if (!(cause instanceof VnetperfError)) throw cause;
    const orphans = users.filter(({ id }) => fates.of(id) === 'orphaned').map(({ id }) => id);
    if (!wanted && (orphans.length === 0 || isGoneForGood(address))) return;
    const error = new TopologyError(`it does not answer: ${cause.message}`, {
      code: 'ERR_GC',
      remedy: 'Start it and collect again.',
      cause,
    });
    report.failed(`what may be left in ${where}`, error, ...orphans);
  }
}

/** A socket whose very directory was removed: what once listened there, a test's engine say, went with all it had. */
function isGoneForGood(address: string | undefined): boolean {
  const path = /^unix:(?:\/\/)?(\/.+)$/.exec(address ?? '')?.[1];
  return path !== undefined && !existsSync(dirname(path));
}
