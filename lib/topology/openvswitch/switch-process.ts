import { readdirSync, readFileSync, statSync } from 'node:fs';

const PROGRAM = 'ovs-vswitchd';
/** Where it connects when it is not told (ovs-vswitchd(8)). */
const DEFAULT_DATABASE = 'unix:/var/run/openvswitch/db.sock';

/**
 * The process of the switch that a database belongs to. It may see the socket by another path than we do, in a
 * container for one, so the sockets are compared and not the paths. undefined: not on this machine, or not to be told.
 */
export function findSwitchProcess(address: string): number | undefined {
  const socket = /^unix:(.+)$/.exec(address)?.[1];
  const ours = socket === undefined ? undefined : fileIdentity(socket);
  if (ours === undefined) return undefined;
  return switchProcesses().find((pid) => {
    const theirs = /^unix:(.+)$/.exec(databaseOf(pid))?.[1];
    return theirs !== undefined && fileIdentity(`/proc/${pid}/root${theirs}`) === ours;
  });
}

function switchProcesses(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && read(`/proc/${entry}/comm`).trim() === PROGRAM)
    .map(Number);
}

function databaseOf(pid: number): string {
  const words = read(`/proc/${pid}/cmdline`).split('\0');
  // With --monitor a second process has the name, and says of itself that it is watching the first.
  if (words[0]?.includes(': monitoring')) return '';
  return words.find((word) => /^(unix|tcp|ssl):/.test(word)) ?? DEFAULT_DATABASE;
}

function fileIdentity(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** Empty when the process has ended, or is somebody else's. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
