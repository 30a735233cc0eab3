import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a person looks at to see whether anything was left behind. */
export interface MachineState {
  links: string[];
  namedNamespaces: string[];
}

export function machineState(): MachineState {
  const links = JSON.parse(execFileSync('ip', ['-j', 'link'], { encoding: 'utf8' })) as { ifname: string }[];
  const named = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  return {
    links: links.map((link) => link.ifname),
    namedNamespaces: named.split('\n').flatMap((line) => line.split(' ')[0] || []),
  };
}

/** What is there now and was not there before; the machine may be shared, so what went meanwhile does not count. */
export function leftBehind(before: MachineState): string[] {
  const after = machineState();
  return [
    ...after.links.filter((link) => !before.links.includes(link)),
    ...after.namedNamespaces.filter((name) => !before.namedNamespaces.includes(name)),
  ];
}

/** Control groups that labs of these processes made, in every hierarchy: the only one, or the ones below. */
export function controlGroupsOf(makers: readonly number[]): string[] {
  const top = '/sys/fs/cgroup';
  const below = (directory: string) =>
    readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${directory}/${name}`);
  return [...below(top), ...below(top).flatMap(below)].filter((path) => {
    const maker = /\/vnetperf-\w+\.\w+\.\w+\.(\d+)\.[^/]+$/.exec(path)?.[1];
    return maker !== undefined && makers.includes(Number(maker));
  });
}

/** Process ids whose environment holds `marker`: a process and whatever it started, in any namespace or session. */
export function processesMarked(marker: string): number[] {
  return processIds().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(marker);
    } catch {
      return false;
    }
  });
}

/** Process ids that are in the network namespace of this inode, or hold a descriptor of it. */
export function holdersOfNamespace(inode: number): number[] {
  const name = `net:[${inode}]`;
  return processIds().filter((pid) => {
    try {
      if (readlinkSync(`/proc/${pid}/ns/net`) === name) return true;
      return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === name);
    } catch {
      return false; // Ended while it was being looked at.
    }
  });
}

function processIds(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);
}

/** Polls until the list is empty, and returns what is still in it at the deadline. */
export async function remaining<Item>(list: () => Item[], deadlineMs = 3_000): Promise<Item[]> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const items = list();
    if (items.length === 0 || performance.now() > deadline) return items;
    await sleep(20);
  }
}
