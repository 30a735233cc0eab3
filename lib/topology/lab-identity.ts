import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Who made something outside our own namespaces. Its text is the mark: the value of the engine's label
 * `io.vnetperf.lab`, of `external_ids:vnetperf` in an Open vSwitch database, of VNETPERF_LAB in the environment of
 * every command and daemon, and, behind `vnetperf-`, an interface's altname and a control group's name. From the mark
 * alone anybody can tell whether the maker still lives, and whether what it made may outlive it.
 */
export interface LabIdentity {
  /** `HOST.BOOT.PIDNS.PID.START.RANDOM`, with `.named` behind it where the lab has a name; letters, digits and dots. */
  id: string;
  /** Eight hex digits that are this lab's own: what fits into an interface's name. */
  short: string;
}

export const LABEL = 'io.vnetperf.lab';
export const EXTERNAL_ID = 'vnetperf';
export const ALTNAME_PREFIX = 'vnetperf-';
export const CONTROL_GROUP_PREFIX = 'vnetperf-';
export const PROCESS_MARK = 'VNETPERF_LAB';

const NAMED = 'named';

/** Of a script for a person: nobody's, so nothing ever takes it for an orphan. */
export const BY_HAND: LabIdentity = { id: 'by-hand', short: 'by-hand' };

/** @param named Of a lab that outlives the process that makes it. */
export function newLabIdentity({ named = false }: { named?: boolean } = {}): LabIdentity {
  const short = randomBytes(4).toString('hex');
  const parts = [...origin(), process.pid, startTicks(process.pid) ?? 0, short];
  return { id: [...parts, ...(named ? [NAMED] : [])].join('.'), short };
}

/**
 * unknown: made on another machine or in another PID namespace, or no mark of ours. outlived: the maker is gone, and
 * what it made was meant to stay; only the lab's journal tells whether it still is.
 */
export type Liveness = 'alive' | 'dead' | 'outlived' | 'unknown';

export function makerOf(id: string): Liveness {
  const [host, boot, pidNamespace, pid, start, short, named, ...more] = id.split('.');
  if (more.length > 0 || short === undefined || !/^[0-9a-f]{8}$/.test(short)) return 'unknown';
  if (named !== undefined && named !== NAMED) return 'unknown';
  const [ourHost, ourBoot, ourPidNamespace] = origin();
  if (host !== ourHost) return 'unknown';
  if (boot !== ourBoot) return 'dead';
  if (pidNamespace !== ourPidNamespace) return 'unknown';
  if (startTicks(Number(pid)) === Number(start)) return 'alive';
  return named === undefined ? 'dead' : 'outlived';
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
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie does nothing any more, and its parent may never look.
    return state === 'Z' || state === 'X' ? undefined : Number(fields[18]);
  } catch {
    return undefined;
  }
}
