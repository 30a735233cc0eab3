import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Who made something outside our own namespaces. Its text is the mark: the value of the engine's label
 * `io.vnetperf.lab`, of `external_ids:vnetperf` in an Open vSwitch database, and, behind `vnetperf-`, an interface's
 * altname. From the mark alone anybody can tell whether the maker still lives.
 */
export interface LabIdentity {
  /** `HOST.BOOT.PIDNS.PID.START.RANDOM`; letters, digits and dots. */
  id: string;
  /** Eight hex digits that are this lab's own: what fits into an interface's name. */
  short: string;
}

export const LABEL = 'io.vnetperf.lab';
export const EXTERNAL_ID = 'vnetperf';
export const ALTNAME_PREFIX = 'vnetperf-';

/** Of a script for a person: nobody's, so nothing ever takes it for an orphan. */
export const BY_HAND: LabIdentity = { id: 'by-hand', short: 'by-hand' };

export function newLabIdentity(): LabIdentity {
  const short = randomBytes(4).toString('hex');
  return { id: [...origin(), process.pid, startTicks(process.pid) ?? 0, short].join('.'), short };
}

/** unknown: made on another machine or in another PID namespace, or no mark of ours. */
export type Liveness = 'alive' | 'dead' | 'unknown';

export function makerOf(id: string): Liveness {
  const [host, boot, pidNamespace, pid, start, short, ...more] = id.split('.');
  if (more.length > 0 || short === undefined || !/^[0-9a-f]{8}$/.test(short)) return 'unknown';
  const [ourHost, ourBoot, ourPidNamespace] = origin();
  if (host !== ourHost) return 'unknown';
  if (boot !== ourBoot) return 'dead';
  if (pidNamespace !== ourPidNamespace) return 'unknown';
  return startTicks(Number(pid)) === Number(start) ? 'alive' : 'dead';
}

/** Machine, boot and PID namespace of this process. */
function origin(): [host: string, boot: string, pidNamespace: string] {
  return [
    createHash('sha256').update(hostname()).digest('hex').slice(0, 8),
    readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8),
    /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0',
  ];
}

/** When a process started, in clock ticks since boot (proc(5), stat field 22); undefined = there is none. */
export function startTicks(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything, brackets and spaces too.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return undefined;
  }
}
