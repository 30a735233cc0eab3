import { parseCoreList } from '../configuration/cores.js';
import { cgroupLimits } from './cgroup-limits.js';
import { KernelFiles } from './kernel-files.js';
import {
  type NetworkInterrupt,
  networkInterrupts,
  type ReceiveSteering,
  receiveSteering,
} from './network-interrupts.js';

/** The cores of a machine as far as its kernel shows them; what it does not show is absent. */
export interface Machine {
  /** The online ones, in rising order. */
  cores: LogicalCore[];
  /** Numbers of the cores that are switched off. */
  offline: number[];
  /** CPU time that the cgroup grants, in cores: 1.5 = one and a half; absent where nothing limits it. */
  quotaCores?: number | undefined;
  /** Interrupts of network devices, and where they are delivered. */
  networkInterrupts: NetworkInterrupt[];
  /** Interfaces whose received packets are spread over cores by software. */
  receiveSteering: ReceiveSteering[];
}

/** One logical core, as the kernel shows it. */
export interface LogicalCore {
  /** Its number, as taskset counts. */
  core: number;
  /** The processor that it is part of; absent where the kernel does not show it. */
  package?: number | undefined;
  /** Logical cores of the same physical core (SMT), itself included. */
  siblings: number[];
  /** NUMA node. */
  node?: number | undefined;
  /** Those that it uses. */
  caches: Cache[];
  /** The most that it is clocked at. */
  maxMegahertz?: number | undefined;
  /** What it is clocked at without boost. */
  baseMegahertz?: number | undefined;
  /** What it does in a second, 1024 being the most capable core (big.LITTLE, hybrid processors). */
  capacity?: number | undefined;
  /** Left out by the scheduler's balancing (isolcpus). */
  isolated: boolean;
  /** Without a timer tick while one thread runs (nohz_full). */
  nohzFull: boolean;
  /** By the affinity mask of this process and by its cgroup. */
  allowed: boolean;
  /** Share of a moment just past; absent where nobody looked. */
  busyPercent?: number | undefined;
  /** How often it turned to packets that came in (softirq NET_RX), in that moment. */
  networkSoftirqsPerSecond?: number | undefined;
}

/** One cache of the processor. */
export interface Cache {
  /** 1, 2, 3. */
  level: number;
  /** What it holds. */
  type: 'data' | 'instruction' | 'unified';
  /** Its size; absent where the kernel does not show it. */
  bytes?: number | undefined;
  /** The cores that share it. */
  cores: number[];
}

const CPUS = 'sys/devices/system/cpu';
const NODES = 'sys/devices/system/node';

/** @param root of the tree that holds `proc` and `sys`. */
export function readMachine(root = '/'): Machine {
  const files = new KernelFiles(root);
  const present = files.numbered(CPUS, /^cpu(\d+)$/);
  // A kernel without hotplug has no such file, and then every core is online.
  const online = files.cores(`${CPUS}/online`) ?? present;
  const limits = cgroupLimits(files);
  const mask = affinityMask(files);
  const allowed = (core: number) => (mask?.includes(core) ?? true) && (limits.cores?.includes(core) ?? true);
  const nodes = nodeOfCore(files);
  const isolated = files.cores(`${CPUS}/isolated`) ?? [];
  const nohzFull = files.cores(`${CPUS}/nohz_full`) ?? [];
  return {
    cores: online.map((core) => ({
      ...logicalCore(files, core),
      node: nodes.get(core),
      isolated: isolated.includes(core),
      nohzFull: nohzFull.includes(core),
      allowed: allowed(core),
    })),
    offline: present.filter((core) => !online.includes(core)),
    quotaCores: limits.quotaCores,
    networkInterrupts: networkInterrupts(files),
    receiveSteering: receiveSteering(files),
  };
}

function logicalCore(
  files: KernelFiles,
  core: number,
): Omit<LogicalCore, 'node' | 'isolated' | 'nohzFull' | 'allowed'> {
  const directory = `${CPUS}/cpu${core}`;
  const packageId = files.number(`${directory}/topology/physical_package_id`);
  return {
    core,
    // -1 where the firmware does not tell (arm64).
    package: packageId === undefined || packageId < 0 ? undefined : packageId,
    siblings: siblings(files, core),
    caches: caches(files, core),
    maxMegahertz: megahertz(files, `${directory}/cpufreq/cpuinfo_max_freq`),
    baseMegahertz: megahertz(files, `${directory}/cpufreq/base_frequency`),
    capacity: files.number(`${directory}/cpu_capacity`),
  };
}

/** core_cpus_list is the newer name (Linux 5.4) of thread_siblings_list. */
function siblings(files: KernelFiles, core: number): number[] {
  const topology = `${CPUS}/cpu${core}/topology`;
  const list = files.cores(`${topology}/core_cpus_list`) ?? files.cores(`${topology}/thread_siblings_list`) ?? [];
  return list.includes(core) ? list : [core];
}

function caches(files: KernelFiles, core: number): Cache[] {
  const directory = `${CPUS}/cpu${core}/cache`;
  return files.numbered(directory, /^index(\d+)$/).flatMap((index): Cache[] => {
    const cache = `${directory}/index${index}`;
    const level = files.number(`${cache}/level`);
    const type = files.text(`${cache}/type`)?.toLowerCase();
    if (level === undefined || (type !== 'data' && type !== 'instruction' && type !== 'unified')) return [];
    const shared = files.cores(`${cache}/shared_cpu_list`) ?? [];
    return [
      { level, type, bytes: cacheBytes(files.text(`${cache}/size`)), cores: shared.length > 0 ? shared : [core] },
    ];
  });
}

/** `512K`. */
function cacheBytes(text = ''): number | undefined {
  const kibibytes = /^(\d+)K$/.exec(text)?.[1];
  return kibibytes === undefined ? undefined : 1024 * Number(kibibytes);
}

function megahertz(files: KernelFiles, path: string): number | undefined {
  const kilohertz = files.number(path);
  return kilohertz === undefined ? undefined : kilohertz / 1000;
}

function nodeOfCore(files: KernelFiles): Map<number, number> {
  const nodes = new Map<number, number>();
  for (const node of files.numbered(NODES, /^node(\d+)$/)) {
    for (const core of files.cores(`${NODES}/node${node}/cpulist`) ?? []) nodes.set(core, node);
  }
  return nodes;
}

function affinityMask(files: KernelFiles): number[] | undefined {
  const list = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(files.text('proc/self/status') ?? '')?.[1];
  return list === undefined ? undefined : parseCoreList(list);
}
