import { readFileSync } from 'node:fs';
import { formatCoreList, parseCoreList } from '../configuration/cores.js';
import { VnetperfError } from '../errors.js';
import { diesWithNamespace, type Plan, type Step } from './plan.js';
import { distinctEnds, endName } from './planned-endpoints.js';

/**
 * Receive packet steering: the cores on which a device's packets go up the stack, instead of the one that took them
 * in. The setting stands in sysfs, which shows the interfaces of the namespace it was mounted in: so it is mounted
 * again, for this one process.
 */
export function receiveCoreSteps(plan: Plan, cores: readonly number[]): Step[] {
  if (cores.length === 0) return [];
  const mask = coreMask(cores);
  return distinctEnds(plan).map((end) => ({
    namespace: end.namespace,
    command: [
      'unshare',
      '--mount',
      'sh',
      '-c',
      // The kernel's reason for a refusal is told by tee, and by few a shell's echo.
      `mount -t sysfs sysfs /sys && echo ${mask} | tee /sys/class/net/${end.interface}/queues/rx-*/rps_cpus`,
    ],
    undo: diesWithNamespace,
    meaning: {
      code: 'ERR_RPS',
      message: `${endName(end)} cannot be told the cores that receive its packets`,
      remedy: 'Run vnetperf as root of the machine: the kernel lets nobody else set rps_cpus.',
    },
  }));
}

/** What sysfs takes: hexadecimal words of 32 cores, the highest first. */
export function coreMask(cores: readonly number[]): string {
  const words = Array.from({ length: Math.floor(Math.max(...cores) / 32) + 1 }, (_, word) => {
    const bits = new Set(cores.filter((core) => Math.floor(core / 32) === word).map((core) => core % 32));
    return [...bits].reduce((sum, bit) => sum + 2 ** bit, 0);
  });
  const [highest = 0, ...others] = words.toReversed();
  return [highest.toString(16), ...others.map((word) => word.toString(16).padStart(8, '0'))].join(',');
}

/** The kernel would leave them out in silence. Throws VnetperfError ERR_RPS. */
export function checkReceiveCores(cores: readonly number[], online = onlineCores()): void {
  const missing = cores.find((core) => !online.includes(core));
  if (missing === undefined) return;
  throw new VnetperfError(`core ${missing} cannot receive packets: this machine has ${formatCoreList(online)}`, {
    code: 'ERR_RPS',
    remedy: `Choose from ${formatCoreList(online)}.`,
  });
}

function onlineCores(): number[] {
  return parseCoreList(readFileSync('/sys/devices/system/cpu/online', 'utf8').trim());
}
