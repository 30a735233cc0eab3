/**
 * Holds up what runs in rooms (test/in-room), as a busy machine does: a process of one for a moment, or all of them.
 * Which test relies on its turn coming at once then shows in one run instead of in one of fifty:
 *
 *   node test/hold-up-rooms.mjs SECONDS &
 *   ./test/run system
 *
 * Needs root. Who ends it with Ctrl-C or SIGTERM finds nothing held up.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOMS = /^vnetperf-room-/;
/** Of control groups, version 1 and 2: the hierarchy, the file that freezes a group, what is written into it. */
const FREEZERS = [
  ['/sys/fs/cgroup/freezer', 'freezer.state', 'FROZEN', 'THAWED'],
  ['/sys/fs/cgroup', 'cgroup.freeze', '1', '0'],
];
const LEAST_MS = 50;
const MOST_MS = 400;
const MOST_BETWEEN_MS = 500;
const SHARE_OF_ROOMS = 0.4;
/** script(1) stops itself when its child is stopped, and nobody would let it go on. */
const NEVER_STOPPED = ['script'];

const between = (least, most) => least + Math.random() * (most - least);
const oneOf = (all) => all[Math.floor(Math.random() * all.length)];

const deadline = performance.now() + 1000 * Number(process.argv[2] ?? 3600);
let ending = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    ending = true;
  });
}

while (!ending && performance.now() < deadline) {
  await sleep(between(LEAST_MS, MOST_BETWEEN_MS));
  const room = oneOf(rooms());
  if (room === undefined) continue;
  const holding = Math.random() < SHARE_OF_ROOMS ? frozen(room) : stopped(room);
  if (holding === undefined) continue;
  const forMs = between(LEAST_MS, MOST_MS);
  await sleep(forMs);
  holding.release();
  console.log(`${new Date().toISOString()} ${holding.what} for ${forMs.toFixed(0)} ms`);
}

function rooms() {
  const [hierarchy, ...freezer] = FREEZERS.find(([directory]) => readable(directory).length > 0);
  return readable(hierarchy)
    .filter((name) => ROOMS.test(name))
    .map((name) => ({ directory: join(hierarchy, name), freezer }));
}

function frozen({ directory, freezer: [file, freeze, thaw] }) {
  const write = (word) => attempt(() => writeFileSync(join(directory, file), word));
  return write(freeze) === undefined ? undefined : { what: directory, release: () => write(thaw) };
}

function stopped({ directory }) {
  const pid = oneOf(processesOf(directory).filter(mayBeStopped));
  const words = pid === undefined ? undefined : attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  if (words === undefined || attempt(() => process.kill(pid, 'SIGSTOP')) === undefined) return undefined;
  return {
    what: `${pid} (${words.replaceAll('\0', ' ').slice(0, 100)})`,
    release: () => attempt(() => process.kill(pid, 'SIGCONT')),
  };
}

/** Of its groups too: an engine makes some. */
function processesOf(directory) {
  const below = attempt(() => readdirSync(directory, { recursive: true, encoding: 'utf8' })) ?? [];
  const lists = ['cgroup.procs', ...below.filter((path) => path.endsWith('/cgroup.procs'))];
  return lists
    .flatMap((path) => (attempt(() => readFileSync(join(directory, path), 'utf8')) ?? '').split('\n'))
    .filter((line) => line !== '')
    .map(Number);
}

/** Who is stopped already was by a test, which would be surprised to see it go on. */
function mayBeStopped(pid) {
  const [, name, state, parent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(statusOf(pid)) ?? [];
  if (name === undefined || 'TtZX'.includes(state)) return false;
  const [, parentName = ''] = /^\d+ \((.*)\) /.exec(statusOf(parent)) ?? [];
  return !NEVER_STOPPED.includes(name) && !NEVER_STOPPED.includes(parentName);
}

function statusOf(pid) {
  return attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? '';
}

function readable(directory) {
  return attempt(() => readdirSync(directory)) ?? [];
}

/** undefined: what it was about has gone. */
function attempt(work) {
  try {
    return work() ?? true;
  } catch {
    return undefined;
  }
}
