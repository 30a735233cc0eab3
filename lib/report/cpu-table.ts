import { formatCoreList } from '../configuration/cores.js';
import type { Cache, LogicalCore, Machine } from '../platform/cpu-topology.js';
import type { Placement } from '../platform/place-ends.js';
import { cacheSize } from '../platform/sharing-domains.js';

/** The cores of a machine, a line each, and above them what they have in common; below, what --pin auto makes of it. */
export function cpuTableLines(machine: Machine, placement: Placement, streams: number): string[] {
  return [
    summary(machine),
    ...sharedLines(machine),
    ...limitLines(machine),
    '',
    ...coreTable(machine, placement),
    '',
    `--pin auto, ${streams === 1 ? '1 stream' : `${streams} streams`}: ${choice(placement)}`,
    `  ${placement.why}`,
  ];
}

function summary({ cores, offline }: Machine): string {
  const physical = new Set(cores.map(({ siblings }) => siblings.join())).size;
  const threads = physical === cores.length ? '' : ` (${physical} physical ones)`;
  const usable = cores.filter(({ allowed }) => allowed).map(({ core }) => core);
  const use = usable.length === cores.length ? 'may use them all' : `may use ${formatCoreList(usable) || 'none'}`;
  const off = offline.length === 0 ? '' : `; offline: ${formatCoreList(offline)}`;
  return `${counted(cores.length, 'core')}${threads}, of which this process ${use}${off}`;
}

/** Nodes, and caches that more than one physical core shares. */
function sharedLines({ cores }: Machine): string[] {
  const nodes = new Map<number, number[]>();
  const caches = new Map<string, Cache>();
  for (const { core, node, siblings, caches: own } of cores) {
    if (node !== undefined) nodes.set(node, [...(nodes.get(node) ?? []), core]);
    for (const cache of own) {
      if (cache.type === 'instruction' || cache.cores.every((other) => siblings.includes(other))) continue;
      caches.set(`${cache.level} ${cache.cores.join()}`, cache);
    }
  }
  const size = ({ bytes }: Cache) => (bytes === undefined ? '' : ` ${cacheSize(bytes)}`);
  return [
    ...[...nodes].map(([node, list]) => `node ${node}: ${coresInWords(list)}`),
    ...[...caches.values()].map((cache) => `L${cache.level} cache${size(cache)}: ${coresInWords(cache.cores)}`),
  ];
}

function limitLines({ quotaCores, receiveSteering }: Machine): string[] {
  return [
    ...(quotaCores === undefined
      ? []
      : [`the cgroup grants the time of ${counted(Number(quotaCores.toFixed(2)), 'core')}`]),
    ...receiveSteering.map(
      ({ interface: name, cores }) => `what ${name} receives is passed to ${coresInWords(cores)} (RPS)`,
    ),
  ];
}

function coreTable(machine: Machine, placement: Placement): string[] {
  const { cores } = machine;
  const hasThreads = cores.some(({ siblings }) => siblings.length > 1);
  const several = (of: (core: LogicalCore) => unknown) => new Set(cores.map(of)).size > 1;
  const columns: Column[] = [
    { title: 'core', of: ({ core }) => `${core}` },
    ...(hasThreads ? [{ title: 'threads', of: ({ siblings }: LogicalCore) => formatCoreList(siblings) }] : []),
    ...(several(({ package: id }) => id) ? [{ title: 'package', of: (core: LogicalCore) => text(core.package) }] : []),
    { title: 'node', of: ({ node }) => text(node) },
    // Only where they differ does either say something.
    ...(several(({ capacity }) => capacity)
      ? [{ title: 'capacity', of: (core: LogicalCore) => text(core.capacity) }]
      : []),
    {
      title: 'max MHz',
      of: ({ maxMegahertz }) => text(maxMegahertz === undefined ? undefined : Math.round(maxMegahertz)),
    },
    {
      title: 'base MHz',
      of: ({ baseMegahertz }) => text(baseMegahertz === undefined ? undefined : Math.round(baseMegahertz)),
    },
    { title: 'may use', of: ({ allowed }) => (allowed ? 'yes' : 'no') },
    { title: 'busy now', of: ({ busyPercent: busy }) => (busy === undefined ? '' : `${busy.toFixed(0)} %`) },
    { title: 'NET_RX/s', of: ({ networkSoftirqsPerSecond: rate }) => (rate === undefined ? '' : rate.toFixed(0)) },
    { title: '', left: true, of: (core) => remarks(machine, placement, core).join(', ') },
  ];
  const filled = columns
    .map(({ title, left, of }) => ({ title, left, cells: cores.map(of) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  const widths = filled.map(({ title, cells }) => Math.max(title.length, ...cells.map((cell) => cell.length)));
  const line = (words: string[]) =>
    words
      .map((word, index) => (filled[index]?.left ? word : word.padStart(widths[index] ?? 0)))
      .join('  ')
      .trimEnd();
  return [
    line(filled.map(({ title }) => title)),
    ...cores.map((_, row) => line(filled.map(({ cells }) => cells[row] ?? ''))),
  ];
}

interface Column {
  title: string;
  left?: boolean;
  of: (core: LogicalCore) => string;
}

function remarks({ networkInterrupts }: Machine, { client, server }: Placement, core: LogicalCore): string[] {
  const interrupts = networkInterrupts.filter(({ cores }) => cores.length > 0 && cores.includes(core.core));
  const names = [...new Set(interrupts.map(({ interface: owner, name }) => owner ?? name))];
  return [
    ...(client.includes(core.core) ? ['client'] : []),
    ...(server.includes(core.core) ? ['server'] : []),
    ...(core.isolated ? ['isolated'] : []),
    ...(core.nohzFull ? ['nohz_full'] : []),
    ...(names.length === 0 ? [] : [`interrupts of ${names.join(' ')}`]),
  ];
}

function choice({ client, server }: Placement): string {
  if (client.length + server.length === 0) return 'nothing is pinned';
  // In their order: streams are dealt them in turn.
  const on = (cores: readonly number[]) => `${cores.length === 1 ? 'core' : 'cores'} ${cores.join(',')}`;
  return `client on ${on(client)}, server on ${on(server)}`;
}

function coresInWords(cores: readonly number[]): string {
  return `${cores.length === 1 ? 'core' : 'cores'} ${formatCoreList(cores)}`;
}

function text(number: number | undefined): string {
  return number === undefined ? '' : `${number}`;
}

function counted(count: number, unit: string): string {
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}
