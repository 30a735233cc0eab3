import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A thread that takes much of a core, whoever it belongs to. */
export interface BusyThread {
  pid: number;
  /** The process's name and the thread's own, as the kernel cuts them off at 15 characters. */
  process: string;
  thread: string;
  /** Where it ran last. */
  core: number;
  percent: number;
}

/** Of a window of 100 ms: two ticks of the 10 ms that a process's time is given in. */
const CANDIDATE_TICKS = 2;
const TICK_MS = 10;
const BUSY_PERCENT = 20;
const THREADS_WINDOW_MS = 40;
const MOST_CANDIDATES = 16;

/**
 * Who used the cores during the next `windowMs`, this process left out. First whole processes, then the threads of
 * those that used much, so that a machine with thousands of threads is not read twice.
 */
export async function busyThreads(windowMs: number): Promise<BusyThread[]> {
  const before = processTicks();
  const start = performance.now();
  await sleep(windowMs);
  const after = processTicks();
  const elapsedMs = performance.now() - start;
  const used = [...after]
    .map(([pid, ticks]) => ({ pid, ticks: ticks - (before.get(pid) ?? ticks) }))
    .filter(({ ticks }) => ticks >= CANDIDATE_TICKS)
    .toSorted((one, other) => other.ticks - one.ticks)
    .slice(0, MOST_CANDIDATES)
    .map((one) => ({ ...one, threads: threadsOf(one.pid) }));
  const single = used
    .filter(({ threads }) => threads.length === 1)
    .flatMap(({ pid, ticks }) => described(pid, pid, (100 * ticks * TICK_MS) / elapsedMs));
  const several = await threadShares(used.filter(({ threads }) => threads.length > 1));
  return [...single, ...several].toSorted((one, other) => other.percent - one.percent);
}

async function threadShares(processes: readonly { pid: number; threads: readonly number[] }[]): Promise<BusyThread[]> {
  if (processes.length === 0) return [];
  const threads = processes.flatMap(({ pid, threads: ids }) =>
    ids.map((tid) => ({ pid, tid, runtime: runtimeOf(pid, tid) })),
  );
  const start = process.hrtime.bigint();
  await sleep(THREADS_WINDOW_MS);
  return threads.flatMap(({ pid, tid, runtime }) => {
    const elapsed = Number(process.hrtime.bigint() - start);
    const percent = (100 * (runtimeOf(pid, tid) - runtime)) / elapsed;
    return percent < BUSY_PERCENT ? [] : described(pid, tid, percent);
  });
}

function described(pid: number, tid: number, percent: number): BusyThread[] {
  const thread = parseStat(textIn(`/proc/${pid}/task/${tid}/stat`));
  const owner = tid === pid ? thread : parseStat(textIn(`/proc/${pid}/stat`));
  if (thread === undefined || owner === undefined) return []; // It has ended.
  return [{ pid, process: owner.name, thread: thread.name, core: thread.core, percent: Math.min(100, percent) }];
}

function processTicks(): Map<number, number> {
  const ticks = new Map<number, number>();
  for (const name of namesIn('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const stat = parseStat(textIn(`/proc/${name}/stat`));
    if (stat !== undefined) ticks.set(pid, stat.ticks);
  }
  return ticks;
}

function threadsOf(pid: number): number[] {
  return namesIn(`/proc/${pid}/task`).map(Number);
}

/** Nanoseconds on a core: the first word of schedstat (sched-stats.rst). 0 where it is gone or not built in. */
function runtimeOf(pid: number, tid: number): number {
  return Number(textIn(`/proc/${pid}/task/${tid}/schedstat`)?.split(' ')[0] ?? 0);
}

export interface Stat {
  name: string;
  ticks: number;
  core: number;
}

/** proc(5), stat; the name in brackets may hold anything, brackets and spaces too. */
export function parseStat(text: string | undefined): Stat | undefined {
  if (text === undefined) return undefined;
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  // utime, stime and processor are the 14th, 15th and 39th field; these begin with the third.
  const [utime, stime, core] = [fields[11], fields[12], fields[36]].map(Number);
  if (utime === undefined || stime === undefined || core === undefined) return undefined;
  return { name: text.slice(text.indexOf('(') + 1, end), ticks: utime + stime, core };
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // It has ended.
  }
}

function textIn(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
