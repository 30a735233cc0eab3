import type { CarrierFacts, CorePercent } from './events.js';

/** A core or a thread this busy has nothing left to give, and the accounting's own error is about as large as the rest. */
export const SATURATED_PERCENT = 97;
/** Work that the kernel does for a run on a core with no worker of it, worth a line from here on. */
const NOTEWORTHY_SOFTIRQ_PERCENT = 5;
/** Below this, what is not our workers' may be the event loop, the sampler and the kernel's own accounting. */
export const NOTEWORTHY_FOREIGN_PERCENT = 10;

/** What is known of a test whose two ends were on this machine. */
export interface SharedCores {
  cores: readonly CorePercent[];
  carriers?: readonly CarrierFacts[] | undefined;
  /** Of both ends. */
  streams: readonly Worker[];
  /** How long the workers ran, any omit period included. */
  seconds: number;
}

interface Worker {
  end: 'client' | 'server';
  bytesByCore: readonly { core: number; bytes: number }[];
  cpu?: { userSeconds: number; systemSeconds: number } | undefined;
}

export interface CoreRow extends CorePercent {
  /** Whose workers moved bytes on it; '' = the kernel alone was busy there. */
  ends: '' | 'client' | 'server' | 'both';
  /** No time left, and it was this run that took it. */
  saturated: boolean;
  /** Share of the core's time, in processes, that neither a worker nor a carrier of this run used. */
  foreign: number;
}

/** The cores that took part. */
export function coreRows({ cores, carriers = [], streams, seconds }: SharedCores): CoreRow[] {
  const workers = workerPercents(streams, seconds);
  const clientCores = coresThatMoved(streams, 'client');
  const serverCores = coresThatMoved(streams, 'server');
  const unexplained = ({ core, user, system }: CorePercent) => Math.max(0, user + system - (workers.get(core) ?? 0));
  const others = othersShare(cores, carriers, unexplained);
  // Of another program's streams it may be known where they ran and not what they used: nothing is unexplained then.
  const isTold = streams.every(({ cpu, bytesByCore }) => cpu !== undefined || bytesByCore.length === 0);
  return cores.flatMap((percent) => {
    const ends = endsOn(clientCores.has(percent.core), serverCores.has(percent.core));
    if (ends === '' && percent.softirq < NOTEWORTHY_SOFTIRQ_PERCENT) return [];
    const foreign = isTold ? others * unexplained(percent) : 0;
    const busy = 100 - percent.idle >= SATURATED_PERCENT;
    return [{ ...percent, ends, foreign, saturated: busy && foreign < NOTEWORTHY_FOREIGN_PERCENT }];
  });
}

/** The cores of this run on which other programs took a share that its figures suffer from. */
export function coresSharedWithOthers(rows: readonly CoreRow[]): number[] {
  return rows
    .filter(({ foreign, ends }) => ends !== '' && foreign >= NOTEWORTHY_FOREIGN_PERCENT)
    .map(({ core }) => core);
}

/**
 * How much of the time that the workers do not explain is not the carriers' either, 0 to 1. The kernel does not tell on
 * which cores a process ran, so a carrier's time is taken from all of them alike.
 */
function othersShare(
  cores: readonly CorePercent[],
  carriers: readonly CarrierFacts[],
  unexplained: (core: CorePercent) => number,
): number {
  const total = cores.reduce((sum, core) => sum + unexplained(core), 0);
  const carried = carriers.reduce((sum, { cpuPercent = 0 }) => sum + cpuPercent, 0);
  return total > carried ? (total - carried) / total : 0;
}

/** The workers' share of each core's time. A worker that migrated is split by the bytes it moved on each core. */
function workerPercents(streams: readonly Worker[], seconds: number): Map<number, number> {
  const percents = new Map<number, number>();
  if (seconds <= 0) return percents;
  for (const { bytesByCore, cpu = { userSeconds: 0, systemSeconds: 0 } } of streams) {
    const total = bytesByCore.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { core, bytes } of bytesByCore.filter((part) => part.bytes > 0)) {
      const share = (100 * (cpu.userSeconds + cpu.systemSeconds) * bytes) / (total * seconds);
      percents.set(core, (percents.get(core) ?? 0) + share);
    }
  }
  return percents;
}

function coresThatMoved(streams: readonly Worker[], end: Worker['end']): Set<number> {
  return new Set(
    streams
      .filter((stream) => stream.end === end)
      .flatMap(({ bytesByCore }) => bytesByCore.filter(({ bytes }) => bytes > 0).map(({ core }) => core)),
  );
}

function endsOn(client: boolean, server: boolean): CoreRow['ends'] {
  if (client && server) return 'both';
  if (client) return 'client';
  return server ? 'server' : '';
}
