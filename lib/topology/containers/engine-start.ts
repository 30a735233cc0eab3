import type { Argument, Command, Environment } from '../plan.js';

/** Where the engine keeps what is its own: in a file system that only it sees and that goes with it. */
const DATA_ROOT = '/run/data';
export const EXEC_ROOT = '/run/docker';

/**
 * What a user has set for `docker` and an engine of the machine's, taken back from a client of ours. To `docker`, a
 * variable that is empty is none, and `--host` is stronger than DOCKER_HOST and DOCKER_CONTEXT.
 */
export const CLIENT_ENVIRONMENT: Environment = Object.fromEntries(
  [
    ...['DOCKER_TLS_VERIFY', 'DOCKER_TLS', 'DOCKER_API_VERSION'],
    ...['DOCKER_CONTENT_TRUST', 'DOCKER_DEFAULT_PLATFORM'],
  ].map((name) => [name, '']),
);

/** What a user has set for an engine of the machine's. A swarm would ask a proxy for its way to the other host. */
const FOREIGN_SETTINGS = [
  ...['DOCKER_HOST', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH', 'DOCKER_RAMDISK', 'DOCKER_TMPDIR', 'DOCKER_DRIVER'],
  ...['http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'],
].join(' ');

/**
 * The first process of the engine's PID namespace: with it the kernel ends all there is in it, containers too. It
 * hides what engines write outside their own directories (their key in /etc/docker, plugins in /opt/containerd,
 * sockets in /run, AppArmor's profiles in the kernel) behind file systems in memory, and starts an engine again that
 * was killed by a signal, as a service manager would.
 * $1 is the file for its number as the lab knows it, which /proc tells until this namespace's own hides it; $2 the lab's
 * directory, $3 the host's name, the rest is the engine's command line.
 */
const FIRST_PROCESS = [
  'set -eu',
  'read -r number _ </proc/self/stat',
  'echo "$number" >"$1"',
  'shift',
  'cd "$1"',
  'mount -t proc proc /proc',
  // Engines that find each other by gossip must not have the same name.
  'echo "$2" >/proc/sys/kernel/hostname',
  'mount -t tmpfs none /run',
  'mkdir -p "$1"',
  'mount --no-canonicalize --bind . "$1"',
  'for place in /etc /opt; do',
  '  mkdir "/run$place"',
  '  mount --bind "$place" "/run$place"',
  '  mount -t tmpfs none "$place"',
  '  ln -s "/run$place"/* "$place"',
  'done',
  'rm -f /etc/docker /opt/containerd',
  '[ ! -d /sys/kernel/security ] || mount -t tmpfs none /sys/kernel/security',
  `unset ${FOREIGN_SETTINGS}`,
  'shift 2',
  'stopping=',
  'while [ -z "$stopping" ]; do',
  '  "$@" & engine=$!',
  '  trap "stopping=1; kill -TERM $engine" TERM',
  '  status=0',
  '  wait $engine || status=$?',
  '  [ $status -gt 128 ] || exit $status',
  'done',
  'wait $engine',
].join('\n');

/**
 * The process that the lab knows: in its own PID namespace, so that the first process of the other one has a number here.
 * It passes SIGTERM on; when it is killed, so is that.
 * It shares its mounts with the first process, so what it finds in /run after that was started may be either one's.
 * $1 is what the first process does, the rest is the first process's.
 */
const GUARD = [
  'first=$1',
  'shift',
  'setpriv --pdeathsig KILL sh -c "$first" sh "$@" & engine=$!',
  'trap "kill -TERM $engine" TERM',
  'wait $engine',
  'wait $engine',
].join('\n');

interface EngineStart {
  /** The name that the engine finds its machine to have. */
  host: string;
  /** File for the number of the first process. */
  firstProcess: Argument;
  socket: Argument;
  /** More of dockerd's. */
  words: readonly Argument[];
}

/**
 * Starts an engine in mount and PID namespaces of its own, whose end is the end of all it has made but its control
 * groups: processes, mounts, network namespaces, files.
 */
export function startCommand({ host, firstProcess, socket, words }: EngineStart): Command {
  return [
    ...(['unshare', '--mount', '--pid', '--uts', 'sh', '-c', GUARD, 'sh'] as const),
    ...[FIRST_PROCESS, firstProcess, { file: '' }, host],
    ...[
      'dockerd',
      '--host',
      socket,
      '--data-root',
      DATA_ROOT,
      '--exec-root',
      EXEC_ROOT,
      '--pidfile',
      '/run/docker.pid',
    ],
    // Every file system carries it, a layer is copied whole, and our image is one small file.
    ...['--storage-driver', 'vfs', '--exec-opt', 'native.cgroupdriver=cgroupfs'],
    ...words,
  ];
}
