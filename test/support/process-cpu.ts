import { readFileSync } from 'node:fs';

/** Linux has shown ticks of 10 ms to programs on every architecture Node runs on (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** CPU seconds of a process and all its threads until now, as /proc/PID/stat rounds them. */
export function processCpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses; utime is the 14th, stime the 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
