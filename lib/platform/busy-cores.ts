import { setTimeout as sleep } from 'node:timers/promises';
import { busyPercent, readCoreTicks } from './core-ticks.js';
import type { Machine } from './cpu-topology.js';

/** The machine with how busy its cores were during the next `windowMs`, this process included. */
export async function withBusyCores(machine: Machine, windowMs: number, signal?: AbortSignal): Promise<Machine> {
  const before = readCoreTicks();
  await sleep(windowMs, undefined, { signal });
  const percents = new Map(busyPercent(before, readCoreTicks()).map(({ core, percent }) => [core, percent]));
  return { ...machine, cores: machine.cores.map((core) => ({ ...core, busyPercent: percents.get(core.core) })) };
}
