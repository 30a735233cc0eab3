import type { LogicalCore, Machine } from './cpu-topology.js';
import { grouped } from './grouped.js';

/** A physical core with at least one thread that this process may use, and what speaks against it. */
export interface PhysicalCore {
  /** Logical cores that this process may use, the best first. */
  threads: number[];
  busy: boolean;
  slow: boolean;
  isolated: boolean;
  /** Serves the interrupts of a network device, or takes in what one receives (RPS). */
  interrupted: boolean;
  /** Holds core 0. */
  first: boolean;
}

/** Of a core's time. Below is what a machine's ordinary life takes, and what few ticks of 10 ms cannot tell from it. */
const BUSY_PERCENT = 30;

/**
 * Of the fastest core's speed. Cores within it count as equally fast: the frequencies of favoured cores differ by a few
 * percent, and an interrupt or a cache further away costs more.
 */
const AS_FAST = 0.9;

/** Without those of `receiveCores`, as long as two others are left. */
export function physicalCores(machine: Machine, receiveCores: readonly number[]): PhysicalCore[] {
  const all = grouped(machine.cores, ({ siblings }) => siblings.join());
  const usable = [...all.values()].filter((threads) => threads.some(({ allowed }) => allowed));
  const apart = usable.filter((threads) => !threads.some(({ core }) => receiveCores.includes(core)));
  const interrupted = interruptedCores(machine);
  const slow = slowCores(machine);
  return (apart.length >= 2 ? apart : usable).map((threads) => {
    const cores = threads.map(({ core }) => core);
    return {
      threads: threads
        .filter(({ allowed }) => allowed)
        .map(({ core }) => core)
        .toSorted((one, other) => cost(one) - cost(other) || one - other),
      // What runs on a sibling takes of the same physical core.
      busy: threads.some(isBusy),
      slow: cores.some((core) => slow.has(core)),
      isolated: threads.every(({ isolated }) => isolated),
      interrupted: cores.some((core) => interrupted.has(core)),
      first: cores.includes(0),
    };
  });

  function cost(core: number): number {
    return (interrupted.has(core) ? 2 : 0) + (core === 0 ? 1 : 0);
  }
}

export function isBusy({ busyPercent = 0 }: LogicalCore): boolean {
  return busyPercent >= BUSY_PERCENT;
}

export function interruptedCores({ networkInterrupts, receiveSteering }: Machine): Set<number> {
  return new Set([...networkInterrupts, ...receiveSteering].flatMap(({ cores }) => cores));
}

/** Of the cores that this process may use, those that are clearly slower than the fastest of them. */
export function slowCores({ cores }: Machine): Set<number> {
  const usable = cores.filter(({ allowed }) => allowed);
  // The kernel's own figure first: it counts what a core does per cycle too.
  const known = usable.every(({ capacity }) => capacity !== undefined);
  const speed = ({ capacity, maxMegahertz }: LogicalCore) => (known ? capacity : maxMegahertz);
  const fastest = Math.max(...usable.map((core) => speed(core) ?? 0));
  return new Set(usable.filter((core) => (speed(core) ?? fastest) < AS_FAST * fastest).map(({ core }) => core));
}
