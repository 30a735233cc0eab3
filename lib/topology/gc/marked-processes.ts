import { readdirSync, readFileSync } from 'node:fs';
import { TopologyError } from '../../errors.js';
import { PROCESS_MARK, startTicks } from '../lab-identity.js';
import { endProcess, endsWithin, lives, type RecordedProcess } from '../recorded-process.js';
import type { Fates } from './fates.js';
import type { GcReport } from './report.js';

/** A command of a lab's that is under way when its lab dies ends by itself, unless what it waits for never comes. */
const COMMAND_PATIENCE_MS = 2_000;
/** What an engine was asked for it goes on making when nobody waits for the answer any more. */
const ENGINE_PATIENCE_MS = 20_000;
const ENGINES = ['docker', 'podman'];

interface MarkedProcess extends RecordedProcess {
  id: string;
  name: string;
}

/**
 * Ends what orphaned labs started: first of all, since it may be about to make something. Only a process that carries
 * the mark in its environment was started by a lab.
 */
export async function collectProcesses(
  fates: Fates,
  recorded: readonly { id: string; name: string; pid: number; startTicks: number }[],
  report: GcReport,
): Promise<void> {
  const orphans = markedProcesses().filter(({ id }) => fates.of(id) === 'orphaned');
  const daemons = recorded.filter(lives);
  const isDaemon = (process: RecordedProcess) => daemons.some(({ pid }) => pid === process.pid);
  const commands = orphans.filter((process) => !isDaemon(process));
  // All at once: what a daemon has started carries the mark too, and does not end before the daemon does.
  const ended = await Promise.all(
    commands.map((command) => {
      return endsWithin(command, ENGINES.includes(command.name) ? ENGINE_PATIENCE_MS : COMMAND_PATIENCE_MS);
    }),
  );
  const stuck = commands.filter((_, index) => !ended[index]);

  for (const process of [...daemons, ...stuck]) {
    const what = `process ${process.pid} (${process.name})`;
    if (await endProcess(process)) report.removed(what);
    else {
      const remedy = `Look at it with: ps -p ${process.pid}`;
      report.failed(what, new TopologyError('it does not end', { code: 'ERR_GC', remedy }), process.id);
    }
  }
}

function markedProcesses(): MarkedProcess[] {
  return readdirSync('/proc').flatMap((entry): MarkedProcess[] => {
    const pid = Number(entry);
    const start = Number.isInteger(pid) ? startTicks(pid) : undefined;
    if (start === undefined || pid === process.pid) return [];
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      const mark = environment.find((word) => word.startsWith(`${PROCESS_MARK}=`));
      if (mark === undefined) return [];
      const name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
      return [{ pid, startTicks: start, id: mark.slice(PROCESS_MARK.length + 1), name }];
    } catch {
      return []; // Gone since, or another user's.
    }
  });
}
