import type { Cache, LogicalCore, Machine } from './cpu-topology.js';
import { grouped } from './grouped.js';

/** Cores that share something: what one of them wrote, another reads at the same cost. */
export interface Domain {
  /** 0 = a last-level cache, 1 = a NUMA node, 2 = a package, 3 = nothing but the machine. */
  distance: number;
  cores: number[];
}

/** The nearest first. */
export function sharingDomains({ cores }: Machine): Domain[] {
  const groups = (of: (core: LogicalCore) => string | number | undefined): number[][] => {
    const known = cores.filter((core) => of(core) !== undefined);
    return [...grouped(known, of).values()].map((group) => group.map(({ core }) => core));
  };
  return [
    groups((core) => lastLevelCache(core)?.cores.join()),
    groups(({ node }) => node),
    groups((core) => core.package),
    [cores.map(({ core }) => core)],
  ].flatMap((sets, distance) => sets.map((set) => ({ distance, cores: set })));
}

/** The largest that instructions do not have for themselves. */
export function lastLevelCache({ caches }: LogicalCore): Cache | undefined {
  return caches.filter(({ type }) => type !== 'instruction').toSorted((one, other) => other.level - one.level)[0];
}

/** How far apart the farthest of these cores are. */
export function distanceOf(cores: readonly number[], domains: readonly Domain[]): number {
  return domains.find((domain) => cores.every((core) => domain.cores.includes(core)))?.distance ?? 3;
}

/** `300 MiB` */
export function cacheSize(bytes: number): string {
  const mebibytes = bytes / 1024 ** 2;
  return mebibytes >= 1 ? `${Number(mebibytes.toFixed(1))} MiB` : `${Math.round(bytes / 1024)} KiB`;
}
