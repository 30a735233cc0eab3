import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { locateCommand } from '../../lib/platform/run-command.js';
import { commands } from './iperf-process.js';

const DEADLINE_MS = 40_000;
const CGROUP_DEADLINE_MS = 3_000;

/** podman's own storage, networks and locks; what is mounted there hides the machine's. */
const PRIVATE_DIRECTORIES = ['/run', '/var/lib', '/etc/cni/net.d', '/etc/containers/networks'];

/** Why there can be no podman here, with the command that installs it; undefined = there is one. */
export function podmanMissing(): string | undefined {
  if (locateCommand('podman') !== undefined) return undefined;
  return 'podman is not on this machine. Install it with: apt-get install podman';
}

/**
 * `vnetperf run ... --engine podman` in a network and a mount namespace of its own: podman keeps no daemon, so that is
 * all there is of it. Ends with what podman then still has, one name a line, after a line of dashes.
 */
export function runWithPodman(...words: string[]) {
  const missing = podmanMissing();
  if (missing !== undefined) throw new Error(missing);
  const mounts = PRIVATE_DIRECTORIES.filter((path) => existsSync(path)).map((path) => `mount -t tmpfs none ${path}`);
  const lists = [
    'ps --all --format {{.Names}}',
    'network ls --filter label=io.vnetperf.lab --format {{.Name}}',
    'images -q',
  ];
  const script = [
    ...mounts,
    'ip link set lo up',
    '"$@"; status=$?',
    'echo ---',
    ...lists.map((list) => `podman ${list}`),
    'exit $status',
  ].join('\n');
  const room = ['--mount', '--net', '--propagation', 'private', 'sh', '-c', script, 'sh'];
  const command = [...commands.vnetperf, 'run', ...words, '--engine', 'podman'];
  const before = cgroupsOfPodman();
  try {
    const { status, stdout, stderr } = spawnSync('unshare', [...room, ...command], {
      encoding: 'utf8',
      timeout: DEADLINE_MS,
    });
    const [report = '', left = ''] = stdout.split(/^---$/m);
    return { status, stdout: report, stderr, left: left.trim() };
  } finally {
    removeGroups(() => cgroupsOfPodman().filter((path) => !before.includes(path)));
  }
}

/** podman leaves the group that its containers' groups were in, with one of their monitors', which are just ending. */
function removeGroups(groups: () => string[]): void {
  const deadline = performance.now() + CGROUP_DEADLINE_MS;
  for (let left = groups(); left.length > 0 && performance.now() < deadline; left = groups()) {
    spawnSync('find', [...left, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';'], { timeout: CGROUP_DEADLINE_MS });
  }
}

function cgroupsOfPodman(): string[] {
  const root = '/sys/fs/cgroup';
  return ['', ...readdirSync(root)].map((name) => `${root}/${name}/libpod_parent`).filter((path) => existsSync(path));
}
