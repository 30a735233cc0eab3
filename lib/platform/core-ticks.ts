import { readFileSync } from 'node:fs';

/** A line of /proc/stat. */
export interface CoreTicks {
  core: number;
  busy: number;
  idle: number;
}

/** USER_HZ, which /proc is written in on every Linux that Node runs on (time(7)). */
const TICKS_A_SECOND = 100;

export function readCoreTicks(text: string = readFileSync('/proc/stat', 'utf8')): CoreTicks[] {
  return text.split('\n').flatMap((line) => {
    const core = /^cpu(\d+) /.exec(line)?.[1];
    if (core === undefined) return [];
    // proc(5): user, nice, system, idle, iowait, irq, softirq, steal; guest time is in user already.
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
      .split(/\s+/)
      .slice(1)
      .map(Number);
    return [{ core: Number(core), busy: user + nice + system + irq + softirq + steal, idle: idle + iowait }];
  });
}

/** How much of each core's time was used between two readings. */
export function busyPercent(
  before: readonly CoreTicks[],
  after: readonly CoreTicks[],
): { core: number; percent: number }[] {
  return after.flatMap(({ core, busy, idle }) => {
    const start = before.find((one) => one.core === core);
    if (start === undefined) return [];
    const used = busy - start.busy;
    const all = used + idle - start.idle;
    return all <= 0 ? [] : [{ core, percent: (100 * used) / all }];
  });
}

/** CPU time of this process and of the commands that it has run and seen the end of. */
export function ownSeconds(): number {
  const { user, system } = process.cpuUsage();
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // cutime and cstime are the 16th and 17th field, and the name and the number before it are cut off.
  return (user + system) / 1e6 + (Number(fields[13]) + Number(fields[14])) / TICKS_A_SECOND;
}
