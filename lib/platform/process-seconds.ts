import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessSeconds } from './native.js';

/** USER_HZ, which /proc is written in on every Linux that Node runs on (time(7)). */
const TICKS_A_SECOND = 100;

/** CPU time of a process and of each of its threads since they began, as far as /proc tells; null: it has ended. */
export function readProcessSeconds(pid: number): ProcessSeconds | null {
  const stat = textIn(`/proc/${pid}/stat`);
  if (stat === undefined) return null;
  // The second field is the program's name in parentheses; utime is the 14th, stime the 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  return { cpuSeconds, threads: threadsOf(pid) };
}

function threadsOf(pid: number): ProcessSeconds['threads'] {
  return namesIn(`/proc/${pid}/task`).flatMap((id) => {
    const task = `/proc/${pid}/task/${id}`;
    // Time on a CPU in nanoseconds comes first. A kernel without the accounting prints zeros.
    const schedstat = textIn(`${task}/schedstat`) ?? '0 0 0';
    const nanoseconds = Number(schedstat.split(' ')[0]);
    if (schedstat.startsWith('0 0 0') || !Number.isFinite(nanoseconds)) return [];
    return [{ id: Number(id), name: textIn(`${task}/comm`)?.trim() ?? '', cpuSeconds: nanoseconds / 1e9 }];
  });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function textIn(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
