import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatCoreList } from '../../lib/configuration/cores.js';

/** A machine as a table: what its /proc and /sys would say. What is left out has no file. */
export interface MachineTable {
  cores: CoreTable[];
  online?: string;
  isolated?: string;
  nohzFull?: string;
  /** Cpus_allowed_list */
  mask?: string;
  /** Files by path, for all that is rare: cgroups, interrupts. */
  files?: Record<string, string>;
  /** Links by path, to a path from the root. */
  links?: Record<string, string>;
}

interface CoreTable {
  package?: number;
  /** Number of the physical core in its package. */
  physical?: number;
  node?: number;
  /** Cores with the same name share the cache. */
  l2?: string;
  l3?: string;
  maxMegahertz?: number;
  baseMegahertz?: number;
  capacity?: number;
}

const CPU = 'sys/devices/system/cpu';
/** In memory, where it can be: 128 cores are thousands of files. */
const PARENT = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Writes the tree, hands its root to `look`, removes it. */
export function withMachineTree<Result>(table: MachineTable, look: (root: string) => Result): Result {
  const root = mkdtempSync(join(PARENT, 'vnetperf-machine-'));
  try {
    const files = Object.entries(filesOf(table));
    for (const directory of new Set(files.map(([path]) => dirname(path)))) {
      mkdirSync(join(root, directory), { recursive: true });
    }
    for (const [path, text] of files) writeFileSync(join(root, path), `${text}\n`);
    for (const [path, target] of Object.entries(table.links ?? {})) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      mkdirSync(join(root, target), { recursive: true });
      symlinkSync(join(root, target), join(root, path));
    }
    return look(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function filesOf({ cores, online, isolated, nohzFull, mask, files }: MachineTable): Record<string, string> {
  const all = cores.map((_, core) => core);
  const like = (one: CoreTable, keys: (keyof CoreTable)[]) =>
    formatCoreList(all.filter((core) => keys.every((key) => cores[core]![key] === one[key])));
  const made: [string, string | number | undefined][] = [
    [`${CPU}/online`, online ?? formatCoreList(all)],
    [`${CPU}/isolated`, isolated],
    [`${CPU}/nohz_full`, nohzFull],
    ['proc/self/status', mask === undefined ? undefined : `Name:\tnode\nCpus_allowed_list:\t${mask}`],
  ];
  for (const [number, core] of cores.entries()) {
    const directory = `${CPU}/cpu${number}`;
    const kilohertz = (megahertz: number | undefined) => (megahertz === undefined ? undefined : megahertz * 1000);
    made.push(
      [`${directory}/uevent`, ''],
      [`${directory}/topology/physical_package_id`, core.package],
      [
        `${directory}/topology/core_cpus_list`,
        core.physical === undefined ? undefined : like(core, ['package', 'physical']),
      ],
      [`${directory}/cpu_capacity`, core.capacity],
      [`${directory}/cpufreq/cpuinfo_max_freq`, kilohertz(core.maxMegahertz)],
      [`${directory}/cpufreq/base_frequency`, kilohertz(core.baseMegahertz)],
    );
    if (core.l2 !== undefined) {
      made.push(
        ...cacheFiles(`${directory}/cache/index0`, 1, 'Data', '32K', `${number}`),
        ...cacheFiles(`${directory}/cache/index1`, 1, 'Instruction', '32K', `${number}`),
        ...cacheFiles(`${directory}/cache/index2`, 2, 'Unified', '1024K', like(core, ['l2'])),
      );
    }
    if (core.l3 !== undefined) {
      made.push(...cacheFiles(`${directory}/cache/index3`, 3, 'Unified', '32768K', like(core, ['l3'])));
    }
    if (core.node !== undefined) made.push([`sys/devices/system/node/node${core.node}/cpulist`, like(core, ['node'])]);
  }
  const known = made.filter((entry): entry is [string, string | number] => entry[1] !== undefined);
  return { ...Object.fromEntries(known.map(([path, value]) => [path, `${value}`])), ...files };
}

function cacheFiles(directory: string, level: number, type: string, size: string, shared: string): [string, string][] {
  return [
    [`${directory}/level`, `${level}`],
    [`${directory}/type`, type],
    [`${directory}/size`, size],
    [`${directory}/shared_cpu_list`, shared],
  ];
}

function times(count: number, core: (index: number) => CoreTable): CoreTable[] {
  return Array.from({ length: count }, (_, index) => core(index));
}

/** A line of /proc/interrupts. */
export function interruptLine(irq: number, counts: readonly number[], name: string): string {
  return `${irq}: ${counts.join(' ')}  PCI-MSIX-0000:00:03.0   1-edge      ${name}`;
}

export const machines = {
  oneCore: { cores: [{ package: 0, physical: 0, node: 0, l2: 'a' }] },
  /** A small virtual machine. */
  twoCores: {
    cores: times(2, (core) => ({ package: 0, physical: core, node: 0, l2: `${core}`, l3: 'a', capacity: 1024 })),
  },
  /** Four cores of which nothing but the number is shown. */
  bare: { cores: [{}, {}, {}, {}] },
  /** 8 cores, 16 threads: the second threads come after all first ones. */
  smt: {
    cores: times(16, (thread) => ({
      package: 0,
      physical: thread % 8,
      node: 0,
      l2: `${thread % 8}`,
      l3: 'a',
      maxMegahertz: 4700,
      baseMegahertz: 3600,
    })),
  },
  /** Two sockets of 4 cores, a node each, numbered in turn. */
  twoSockets: {
    cores: times(8, (core) => ({
      package: core % 2,
      physical: Math.floor(core / 2),
      node: core % 2,
      l2: `${core}`,
      l3: `${core % 2}`,
    })),
  },
  /** AMD: 16 cores on one node, four of them on each L3. */
  ccx: {
    cores: times(16, (core) => ({
      package: 0,
      physical: core,
      node: 0,
      l2: `${core}`,
      l3: `${Math.floor(core / 4)}`,
    })),
  },
  /** Two sockets, 128 arm64 cores, 4 nodes of 32 with an L3 each; the firmware has no package numbers. */
  kunpeng: {
    cores: times(128, (core) => ({
      package: -1,
      physical: core,
      node: Math.floor(core / 32),
      l2: `${core}`,
      l3: `${Math.floor(core / 32)}`,
      maxMegahertz: 2600,
    })),
  },
  /** Four small cores first, four large ones after. */
  bigLittle: {
    cores: times(8, (core) => ({
      package: 0,
      physical: core,
      l2: `${core}`,
      l3: 'a',
      capacity: core < 4 ? 381 : 1024,
      maxMegahertz: core < 4 ? 1800 : 2400,
    })),
  },
} satisfies Record<string, MachineTable>;
