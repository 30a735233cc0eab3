import { setTimeout as sleep } from 'node:timers/promises';
import { busyPercent, readCoreTicks } from './core-ticks.js';
import type { Machine } from './cpu-topology.js';
import { KernelFiles } from './kernel-files.js';

/** The machine with what its cores did during the next `windowMs`, for this process or for others. */
export async function withBusyCores(machine: Machine, windowMs: number): Promise<Machine> {
  const files = new KernelFiles();
  const [ticks, softirqs, start] = [readCoreTicks(), networkSoftirqs(files), performance.now()];
  await sleep(windowMs);
  const percents = new Map(busyPercent(ticks, readCoreTicks()).map(({ core, percent }) => [core, percent]));
  const now = networkSoftirqs(files);
  const seconds = (performance.now() - start) / 1000;
  const cores = machine.cores.map((core) => {
    const [before, after] = [softirqs.get(core.core), now.get(core.core)];
    return {
      ...core,
      busyPercent: percents.get(core.core),
      networkSoftirqsPerSecond: before === undefined || after === undefined ? undefined : (after - before) / seconds,
    };
  });
  return { ...machine, cores };
}

/** Since the machine started, by core: a column each, of which the first line has the names. */
function networkSoftirqs(files: KernelFiles): Map<number, number> {
  const lines = (files.text('proc/softirqs') ?? '').split('\n');
  const cores = [...(lines[0] ?? '').matchAll(/CPU(\d+)/g)].map(([, core]) => Number(core));
  const counts = lines.find((line) => line.trim().startsWith('NET_RX:'))?.match(/\d+/g) ?? [];
  return new Map(cores.map((core, index) => [core, Number(counts[index] ?? 0)]));
}
