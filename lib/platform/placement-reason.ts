import { formatCoreList, type PinnedCores } from '../configuration/cores.js';
import type { LogicalCore, Machine } from './cpu-topology.js';
import { interruptedCores, isBusy, slowCores } from './physical-cores.js';
import { cacheSize, distanceOf, lastLevelCache, sharingDomains } from './sharing-domains.js';

/** Why the ends are where they are, in a sentence without a full stop. */
export function placementReason(machine: Machine, ends: PinnedCores, receiveCores: readonly number[]): string {
  const usable = machine.cores.filter(({ allowed }) => allowed);
  const chosen = [...new Set([...ends.client, ...ends.server])];
  if (chosen.length === 0) return 'the kernel shows no core that this process may use, so nothing is pinned';
  if (chosen.length === 1) {
    return [
      'both ends share the only core this process may use: figures are of one core',
      ...quotaPart(machine, chosen.length),
    ].join('; ');
  }
  return [
    `${subject(chosen, usable)} ${relation(machine, ends)}`,
    ...avoidedPart(machine, usable, chosen, receiveCores),
    ...busyPart(machine, chosen),
    ...quotaPart(machine, chosen.length),
  ].join('; ');
}

function subject(chosen: readonly number[], usable: readonly LogicalCore[]): string {
  const all = chosen.length === usable.length ? ', all that this process may use,' : '';
  return `${named(chosen)}${all}`;
}

/** What the cores of the ends have to do with each other. */
function relation(machine: Machine, { client, server }: PinnedCores): string {
  const ofCore = new Map(machine.cores.map((core) => [core.core, core]));
  const siblings = client.some((core) => ofCore.get(core)?.siblings.some((other) => server.includes(other)));
  if (siblings) return 'are threads of one physical core (SMT), the only one this process may use';
  const threads = machine.cores.some((core) => core.siblings.length > 1);
  const physical = threads ? 'are on different physical cores and ' : '';
  const first = ofCore.get(client[0]!)!;
  const node = first.node === undefined ? '' : ` of node ${first.node}`;
  switch (distanceOf([...client, ...server], sharingDomains(machine))) {
    case 0: {
      const cache = lastLevelCache(first);
      const size = cache?.bytes === undefined ? '' : ` (${cacheSize(cache.bytes)})`;
      return `${physical}share the L${cache?.level} cache${node}${size}`;
    }
    case 1:
      return `${physical}are on NUMA node ${first.node}`;
    case 2:
      return `${physical}are in package ${first.package}`;
    default:
      return `${physical}share nothing but the machine's memory`;
  }
}

function avoidedPart(
  machine: Machine,
  usable: readonly LogicalCore[],
  chosen: readonly number[],
  receiveCores: readonly number[],
): string[] {
  const left = usable.filter(({ core }) => !chosen.includes(core));
  const interrupted = interruptedCores(machine);
  const slow = slowCores(machine);
  const among = (of: (core: LogicalCore) => boolean) => left.filter(of).map(({ core }) => core);
  const reasons: [cores: number[], reason: string][] = [
    [among(({ core }) => receiveCores.includes(core)), 'takes in what the ends receive'],
    [among(isBusy), 'busy now'],
    [among(({ core }) => slow.has(core)), 'slower'],
    [among(({ core }) => interrupted.has(core)), 'network interrupts'],
    [among(({ core }) => core === 0), 'other interrupts land there'],
  ];
  const told = new Set<number>();
  const parts = reasons.flatMap(([cores, reason]) => {
    const fresh = cores.filter((core) => !told.has(core));
    for (const core of fresh) told.add(core);
    return fresh.length === 0 ? [] : [`${named(fresh)} (${reason})`];
  });
  return parts.length === 0 ? [] : [`kept off ${parts.join(', ')}`];
}

/** Where there was no better choice, a reader should know. */
function busyPart(machine: Machine, chosen: readonly number[]): string[] {
  const busy = machine.cores.filter((core) => chosen.includes(core.core) && isBusy(core));
  const shares = busy.map(({ core, busyPercent = 0 }) => `core ${core} (${busyPercent.toFixed(0)} %)`);
  return shares.length === 0 ? [] : [`busy now: ${shares.join(', ')}`];
}

function quotaPart({ quotaCores }: Machine, count: number): string[] {
  if (quotaCores === undefined || quotaCores >= count) return [];
  return [
    `the cgroup grants the time of ${Number(quotaCores.toFixed(2))} cores only, and stops the ends when it is used up`,
  ];
}

function named(cores: readonly number[]): string {
  return `${cores.length === 1 ? 'core' : 'cores'} ${formatCoreList(cores).replace(
    /^(\d+)[,-](\d+)$/,
    (text, one, other) => (cores.length === 2 ? `${one} and ${other}` : text),
  )}`;
}
