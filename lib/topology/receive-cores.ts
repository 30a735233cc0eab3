import { readFileSync } from 'node:fs';
import { formatCoreList, parseCoreList } from '../configuration/cores.js';
import { TopologyError } from '../errors.js';
import { type CommandStep, diesWithNamespace, type Plan, type PlannedEndpoint, type Step } from './plan.js';
import { distinctEnds } from './planned-endpoints.js';

/** Of the error, and of the warning where a network does without. */
export const RECEIVE_CORES_REFUSED = 'ERR_RPS';

/** Every end of a plan receives on these cores, instead of the one that took its packets in. */
export function receiveCoreSteps(plan: Plan, cores: readonly number[]): Step[] {
  return cores.length === 0 ? [] : distinctEnds(plan).map((end) => receiveCoreStep(end, cores));
}

/**
 * Receive packet steering: the cores on which an interface's packets go up the stack, those of a flow always on the
 * same. The setting stands in sysfs, which shows the interfaces of the namespace it was mounted in: so it is mounted
 * again, for this one process.
 */
export function receiveCoreStep(
  end: Pick<PlannedEndpoint, 'namespace' | 'interface'>,
  cores: readonly number[],
): CommandStep {
  return {
    namespace: end.namespace,
    command: [
      'unshare',
      '--mount',
      'sh',
      '-c',
      // The kernel's reason for a refusal is told by tee, and by few a shell's echo.
      `mount -t sysfs sysfs /sys && echo ${coreMask(cores)} | tee /sys/class/net/${end.interface}/queues/rx-*/rps_cpus`,
    ],
    undo: diesWithNamespace,
    meaning: {
      code: RECEIVE_CORES_REFUSED,
      message: `${end.interface} in the namespace ${end.namespace} cannot be told the cores that receive its packets`,
      remedy: 'Run vnetperf as root of the machine: the kernel lets nobody else set rps_cpus.',
    },
  };
}

/** The kernel asks for CAP_NET_ADMIN in the machine's own user namespace, whoever made the interface. */
export function maySetReceiveCores(userIds = readFileSync('/proc/self/uid_map', 'utf8')): boolean {
  return /^\s*0\s+0\s+4294967295\s*$/.test(userIds);
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
  throw new TopologyError(`core ${missing} cannot receive packets: this machine has ${formatCoreList(online)}`, {
    code: RECEIVE_CORES_REFUSED,
    remedy: `Choose from ${formatCoreList(online)}.`,
  });
}

export function onlineCores(): number[] {
  return parseCoreList(readFileSync('/sys/devices/system/cpu/online', 'utf8').trim());
}
