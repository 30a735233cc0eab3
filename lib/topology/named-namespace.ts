import { openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TopologyError } from '../errors.js';
import { CommandError, commandMissing, locateCommand, runCommand } from '../platform/run-command.js';
import type { NamedNamespace } from './journal.js';

const DIRECTORY = '/run/netns';

/** Under which an endpoint of a named lab is found by `ip netns` and everybody else. */
export function netnsName(lab: string, namespace: string): string {
  return `vnetperf-${lab}-${namespace}`;
}

/** Gives an anonymous namespace a name by which it outlives its descriptor. Throws VnetperfError ERR_NAMESPACE. */
export async function attachNamespace(fd: number, netns: string): Promise<void> {
  const ip = locateCommand('ip');
  if (ip === undefined) throw commandMissing('ip');
  try {
    // ip takes a process in the namespace, and the shell is one.
    await runCommand(['nsenter', '--net=/proc/self/fd/3', 'sh', '-c', '"$0" netns attach "$1" $$', ip, netns], {
      descriptors: [fd],
    });
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    throw new TopologyError(`the network namespace ${netns} cannot be made: ${cause.stderr}`, {
      code: 'ERR_NAMESPACE',
      remedy: /File exists/.test(cause.stderr)
        ? `Choose another name with --name; what is there can be seen with: ip netns exec ${netns} ip address`
        : `See whether this works: ip netns add ${netns}`,
      cause,
    });
  }
}

/** undefined: it is gone, or another one has its name. */
export function openNamed(namespace: NamedNamespace): number | undefined {
  return isStillOurs(namespace) ? openSync(join(DIRECTORY, namespace.netns), 'r') : undefined;
}

/** Removes the name if it is still this namespace's. @returns whether it was. */
export async function removeNamed(namespace: NamedNamespace): Promise<boolean> {
  if (!isStillOurs(namespace)) return false;
  await runCommand(['ip', 'netns', 'del', namespace.netns]);
  return true;
}

export function isStillOurs({ netns, inode }: NamedNamespace): boolean {
  return statSync(join(DIRECTORY, netns), { throwIfNoEntry: false })?.ino === inode;
}
