import { dirname } from 'node:path';
import type { KernelFiles } from './kernel-files.js';

interface CgroupLimits {
  /** undefined: no cpuset says. */
  cores?: number[] | undefined;
  /** CPU time it grants, in cores. */
  quotaCores?: number | undefined;
}

const MOUNT = 'sys/fs/cgroup';

/**
 * What this process's cgroups leave it, of version 2 and of version 1, which may stand side by side. A container often
 * names the host's path to its cgroup while it sees its own as the root: a directory that is not there is skipped.
 */
export function cgroupLimits(files: KernelFiles): CgroupLimits {
  const places = (files.text('proc/self/cgroup') ?? '').split('\n').flatMap((line) => placesOf(line));
  // The nearest file holds: what stands in it is what the ancestors left.
  const cores = places
    .flatMap(({ directories, cpuset }) => cpuset.flatMap((name) => directories.map((one) => `${one}/${name}`)))
    .map((path) => files.cores(path))
    .find((list) => list !== undefined && list.length > 0);
  // Each ancestor's quota holds for all below it.
  const quotas = places.flatMap(({ directories, quota }) =>
    directories.flatMap((directory) => quota?.(files, directory) ?? []),
  );
  return { cores, quotaCores: quotas.length === 0 ? undefined : Math.min(...quotas) };
}

interface CgroupPlace {
  /** The cgroup's and those of its ancestors. */
  directories: string[];
  /** Names that the list of cores may have. */
  cpuset: string[];
  quota?: (files: KernelFiles, directory: string) => number | undefined;
}

/** A line of /proc/self/cgroup: `0::/user.slice` (version 2), `3:cpuset:/docker/ab12` (version 1). */
function placesOf(line: string): CgroupPlace[] {
  const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
  if (controllers === undefined || path === undefined) return [];
  if (controllers === '') {
    // `unified` is where systemd mounts version 2 beside version 1.
    return [MOUNT, `${MOUNT}/unified`].map((mount) => ({
      directories: upwards(mount, path),
      cpuset: ['cpuset.cpus.effective'],
      quota: quotaOfVersion2,
    }));
  }
  const names = controllers.split(',');
  const mounts = [...new Set([controllers, ...names])].map((name) => `${MOUNT}/${name}`);
  return mounts.flatMap((mount) => [
    ...(names.includes('cpuset')
      ? [{ directories: upwards(mount, path), cpuset: ['cpuset.effective_cpus', 'cpuset.cpus'] }]
      : []),
    ...(names.includes('cpu') ? [{ directories: upwards(mount, path), cpuset: [], quota: quotaOfVersion1 }] : []),
  ]);
}

function upwards(mount: string, path: string): string[] {
  const directories = [];
  for (let at = path; at !== '/'; at = dirname(at)) directories.push(`${mount}${at}`);
  return [...directories, mount];
}

/** cpu.max: `150000 100000`, microseconds of each period; `max 100000` without a limit (cgroup-v2.rst). */
function quotaOfVersion2(files: KernelFiles, directory: string): number | undefined {
  const [quota, period] = (files.text(`${directory}/cpu.max`) ?? '').split(' ').map(Number);
  return inCores(quota, period);
}

/** -1 without a limit (sched-bwc.rst). */
function quotaOfVersion1(files: KernelFiles, directory: string): number | undefined {
  return inCores(files.number(`${directory}/cpu.cfs_quota_us`), files.number(`${directory}/cpu.cfs_period_us`));
}

function inCores(quota: number | undefined, period: number | undefined): number | undefined {
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : undefined;
}
