import { readFileSync } from 'node:fs';
import type { CoreSeconds } from './native.js';

/** USER_HZ, which /proc is written in on every Linux that Node runs on (time(7)). */
const TICKS_A_SECOND = 100;

/** Cumulative time of each core, as the engine's own readings have it; null: offline. */
export function readCoreSeconds(text: string = readFileSync('/proc/stat', 'utf8')): (CoreSeconds | null)[] {
  const cores: (CoreSeconds | null)[] = [];
  for (const line of text.split('\n')) {
    const [name = '', ...fields] = line.split(/\s+/);
    const core = /^cpu(\d+)$/.exec(name)?.[1];
    if (core === undefined) continue;
    while (cores.length < Number(core)) cores.push(null);
    // proc(5): guest time is in user already, and a core that waits for a disk has nothing to do for a network.
    const seconds = fields.map((ticks) => Number(ticks) / TICKS_A_SECOND);
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = seconds;
    cores.push({ user: user + nice, system, irq, softirq, steal, idle: idle + iowait });
  }
  return cores;
}

/** What each core did between two readings. A core that was offline at either has none. */
export function coreDifference(
  from: readonly (CoreSeconds | null)[],
  to: readonly (CoreSeconds | null)[],
): (CoreSeconds | null)[] {
  return to.map((after, core) => {
    const before = from[core];
    if (after === null || before === null || before === undefined) return null;
    return {
      user: after.user - before.user,
      system: after.system - before.system,
      irq: after.irq - before.irq,
      softirq: after.softirq - before.softirq,
      steal: after.steal - before.steal,
      idle: after.idle - before.idle,
    };
  });
}
