import { loadavg, machine, release, totalmem } from 'node:os';
import type { Environment } from '../compare/environment.js';
import { KernelFiles } from './kernel-files.js';
import { networkSysctls } from './network-sysctls.js';
import { processor } from './processor.js';
import { programVersions } from './program-versions.js';
import { virtualization } from './virtualization.js';

const CPUS = 'sys/devices/system/cpu';

/**
 * What figures of this machine depend on beside the network. It goes into files that are handed to others: no name of
 * the machine or of its users, no path, address or serial number is in it.
 * @param options `root` of the tree that holds `proc` and `sys`.
 */
export async function readEnvironment({ root = '/' }: { root?: string } = {}): Promise<Environment> {
  const files = new KernelFiles(root);
  // Programs are started first: what they take is as long as all the rest.
  const versions = programVersions();
  const system = virtualization(files);
  const governors = scalingGovernors(files);
  return {
    kernel: files.text('proc/sys/kernel/osrelease') ?? release(),
    architecture: machine(),
    node: process.version,
    processor: processor(files, root),
    memoryBytes: memoryBytes(files) ?? totalmem(),
    ...(system === undefined ? {} : { virtualization: system }),
    ...(governors.length === 0 ? {} : { governors }),
    mitigations: mitigations(files),
    sysctls: networkSysctls(files),
    versions: await versions,
    loadAverage: loadAverage(files) ?? loadavg(),
  };
}

/** A virtual machine has none: its hypervisor decides. */
function scalingGovernors(files: KernelFiles): string[] {
  return files
    .numbered(CPUS, /^cpu(\d+)$/)
    .flatMap((core) => files.text(`${CPUS}/cpu${core}/cpufreq/scaling_governor`) ?? []);
}

function mitigations(files: KernelFiles): Record<string, string> {
  const directory = `${CPUS}/vulnerabilities`;
  return Object.fromEntries(
    files
      .names(directory)
      .toSorted()
      .flatMap((name) => {
        const state = files.text(`${directory}/${name}`);
        return state === undefined ? [] : [[name, state]];
      }),
  );
}

function memoryBytes(files: KernelFiles): number | undefined {
  const kibibytes = /^MemTotal:\s+(\d+) kB$/m.exec(files.text('proc/meminfo') ?? '')?.[1];
  return kibibytes === undefined ? undefined : 1024 * Number(kibibytes);
}

function loadAverage(files: KernelFiles): number[] | undefined {
  const averages = files.text('proc/loadavg')?.split(' ').slice(0, 3).map(Number);
  return averages?.length === 3 && averages.every(Number.isFinite) ? averages : undefined;
}
