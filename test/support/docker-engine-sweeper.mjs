// Waits until its standard input ends, which the end of the process that started it does in any case, and then ends
// everything a test's Docker engine has started and removes its files and control groups.
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const CGROUPS = '/sys/fs/cgroup';
const DEADLINE_MS = 15_000;
const { SWEEP_DIRECTORY: directory, SWEEP_CGROUP: cgroup } = process.env;

for await (const _ of process.stdin);
const deadline = performance.now() + DEADLINE_MS;
for (;;) {
  const pids = engineProcesses();
  if (pids.length === 0 || performance.now() > deadline) break;
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Ended meanwhile.
    }
  }
  await sleep(20);
}
for (const root of [CGROUPS, ...subdirectories(CGROUPS)]) {
  const place = join(root, cgroup);
  while (existsSync(place) && !removeGroup(place) && performance.now() < deadline) await sleep(20);
}
rmSync(directory, { recursive: true, force: true });

/** dockerd, containerd and its shims name the directory among their arguments; the rest are their descendants. */
function engineProcesses() {
  const parents = new Map();
  const ours = new Set();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z') continue; // Only its parent can do something about it.
      parents.set(Number(entry), Number(parent));
      // With the slash behind it: a test may show the directory's own name to other commands.
      if (
        readFileSync(`/proc/${entry}/cmdline`, 'utf8')
          .split('\0')
          .some((word) => isEngine(word))
      ) {
        ours.add(Number(entry));
      }
    } catch {
      // Ended while it was being looked at.
    }
  }
  for (let grown = true; grown; ) {
    grown = false;
    for (const [pid, parent] of parents) {
      if (ours.has(parent) && !ours.has(pid)) {
        ours.add(pid);
        grown = true;
      }
    }
  }
  return [...ours];
}

function isEngine(word) {
  return word === join(directory, 'data') || word.startsWith(join(directory, 'exec'));
}

function subdirectories(path) {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(path, entry.name));
  } catch {
    return [];
  }
}

/** Deepest first: a group that has groups in it cannot go. @returns whether it is gone. */
function removeGroup(path) {
  for (const child of subdirectories(path)) removeGroup(child);
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}
