import type { CorePercent, StreamFacts, VnetperfFacts } from '../traffic/events.js';

/** A core this busy has nothing left to give, and the accounting's own error is about as large as the rest. */
export const SATURATED_PERCENT = 97;
/** Work that the kernel does for a run on a core with no worker of it, worth a line from here on. */
const NOTEWORTHY_SOFTIRQ_PERCENT = 5;

/** Below this, what is not our workers' may be the event loop, the sampler and the kernel's own accounting. */
export const NOTEWORTHY_FOREIGN_PERCENT = 10;

export interface CoreRow extends CorePercent {
  /** Whose workers moved bytes on it; '' = the kernel alone was busy there. */
  ends: '' | 'client' | 'server' | 'both';
  /** No time left, and it was this run that took it. */
  saturated: boolean;
  /** Share of the core's time, in processes, that neither a worker nor a carrier of this run used. */
  foreign: number;
}

/**
 * The cores that took part in a run whose two ends were on this machine.
 * @param seconds how long the workers ran, any omit period included.
 */
export function coreRows(
  client: VnetperfFacts,
  server: Pick<VnetperfFacts, 'streams'> | undefined,
  seconds: number,
): CoreRow[] {
  const workers = workerPercents([...client.streams, ...(server?.streams ?? [])], seconds);
  const clientCores = coresThatMoved(client);
  const serverCores = server === undefined ? new Set<number>() : coresThatMoved(server);
  const unexplained = ({ core, user, system }: CorePercent) => Math.max(0, user + system - (workers.get(core) ?? 0));
  const others = othersShare(client, unexplained);
  return client.cores.flatMap((percent) => {
    const ends = endsOn(clientCores.has(percent.core), serverCores.has(percent.core));
    if (ends === '' && percent.softirq < NOTEWORTHY_SOFTIRQ_PERCENT) return [];
    const foreign = others * unexplained(percent);
    const busy = 100 - percent.idle >= SATURATED_PERCENT;
    return [{ ...percent, ends, foreign, saturated: busy && foreign < NOTEWORTHY_FOREIGN_PERCENT }];
  });
}

/**
 * How much of the time that the workers do not explain is not the carriers' either, 0 to 1. The kernel does not tell on
 * which cores a process ran, so a carrier's time is taken from all of them alike.
 */
function othersShare({ cores, carriers = [] }: VnetperfFacts, unexplained: (core: CorePercent) => number): number {
  const total = cores.reduce((sum, core) => sum + unexplained(core), 0);
  const carried = carriers.reduce((sum, { cpuPercent = 0 }) => sum + cpuPercent, 0);
  return total > carried ? (total - carried) / total : 0;
}

/** The workers' share of each core's time. A worker that migrated is split by the bytes it moved on each core. */
function workerPercents(streams: StreamFacts[], seconds: number): Map<number, number> {
  const percents = new Map<number, number>();
  if (seconds <= 0) return percents;
  for (const { bytesByCore, cpu } of streams) {
    const total = bytesByCore.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { core, bytes } of bytesByCore) {
      const share = (100 * (cpu.userSeconds + cpu.systemSeconds) * bytes) / (total * seconds);
      percents.set(core, (percents.get(core) ?? 0) + share);
    }
  }
  return percents;
}

function coresThatMoved({ streams }: Pick<VnetperfFacts, 'streams'>): Set<number> {
  return new Set(
    streams.flatMap(({ bytesByCore }) => bytesByCore.filter(({ bytes }) => bytes > 0).map(({ core }) => core)),
  );
}

function endsOn(client: boolean, server: boolean): CoreRow['ends'] {
  if (client && server) return 'both';
  if (client) return 'client';
  return server ? 'server' : '';
}

/** `core  0  client   user  1 %  system 66 %  softirq 32 %  idle  1 %   <- limits this run` */
export function coreLine(row: CoreRow, coreWidth: number): string {
  const shares: [string, number][] = [
    ['user', row.user],
    ['system', row.system],
    ['softirq', row.softirq],
    // Shown only where there is any: most machines account interrupts to softirq, and real ones have no hypervisor.
    ...(
      [
        ['irq', row.irq],
        ['steal', row.steal],
      ] satisfies [string, number][]
    ).filter(([, percent]) => percent >= 0.5),
    ['idle', row.idle],
  ];
  const text = shares.map(([name, percent]) => `${name} ${percent.toFixed(0).padStart(2)} %`).join('  ');
  const others = row.foreign >= NOTEWORTHY_FOREIGN_PERCENT;
  const mark = row.saturated
    ? '   <- limits this run'
    : others
      ? `   <- ${row.foreign.toFixed(0)} % of it not by this run`
      : '';
  return `core ${`${row.core}`.padStart(coreWidth)}  ${row.ends.padEnd(6)}   ${text}${mark}`;
}
