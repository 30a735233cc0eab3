import { join } from 'node:path';
import { TopologyError } from '../../errors.js';
import type { LabIdentity } from '../lab-identity.js';
import { type Argument, type Command, type CommandStep, diesWithNamespace, inside, type Step } from '../plan.js';
import { labsDirectory } from '../state-directory.js';
import { IMAGE_COMMAND, IMPORT_TIMEOUT_MS, imageArchive } from './container-image.js';
import { controlGroupOf, controlGroupStep } from './control-groups.js';
import { CLIENT_ENVIRONMENT, startCommand } from './engine-start.js';

/** What a kind on private engines needs, beside what its hosts do. */
export const PRIVATE_ENGINE_COMMANDS = [
  ...['docker', 'dockerd', 'containerd', 'runc', 'iptables'],
  ...['unshare', 'setpriv', 'nsenter', 'mount', 'find'],
] as const;

const COMMAND_TIMEOUT_MS = 30_000;
/** sun_path of unix(7), without the zero behind it. */
const LONGEST_SOCKET_PATH_BYTES = 107;
/** Of networks that are given no subnet: apart from those of hosts, ends and swarms. */
const LOCAL_ADDRESS_POOL = 'base=198.18.192.0/18,size=24';
const IMAGE = 'vnetperf';
/** That the engine of the machine is asked with `-H` tells the two apart. */
export const OWN_ENGINE_FLAG = '--host';
/** The names that process.arch and GOARCH have for a machine, where they differ. */
const GO_ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

export interface PrivateEngineWish {
  kind: string;
  identity: LabIdentity;
  /** The plan's namespace that is the engine's host. */
  host: string;
  /** Address and prefix of its own bridge docker0, for example 198.18.10.1/24. Default: it has none. */
  bridge?: string | undefined;
  /** More words for dockerd. */
  daemonWords?: readonly Argument[] | undefined;
}

/**
 * A Docker engine of the lab's own, in one of its namespaces. All that it makes dies with it, so nothing done by it
 * needs an undo.
 */
export interface PrivateEngine {
  host: string;
  /** Name of its daemon. */
  daemon: string;
  /** What `docker --host` is given. */
  socket: Argument;
  /** Until it serves and has our image. */
  steps: readonly Step[];
  step(...words: Argument[]): CommandStep;
  /** A container of our image, running, and its namespace adopted by the same name. @param options Of `docker run`. */
  containerSteps(name: string, options: readonly Argument[]): Step[];
  /**
   * Adopts a namespace that the engine has made for itself.
   * @param find Shell that prints the path of its file; `$root` is where the engine's files are seen from outside, `$1`
   *   and on are the words.
   */
  adoptSteps(as: string, find: string, ...words: Argument[]): Step[];
}

/** Throws VnetperfError ERR_IMAGE on a machine for which there is no image, and ERR_STATE_DIRECTORY. */
export function privateEngine({ kind, identity, host, bridge, daemonWords = [] }: PrivateEngineWish): PrivateEngine {
  const daemon = `dockerd-${host}`;
  const socketFile = `${host}.sock`;
  checkSocketPath(join(labsDirectory(), identity.short, socketFile));
  const socket: Argument = { file: socketFile, before: 'unix://' };
  const firstProcess: Argument = { file: `${host}.first-process` };
  const group = controlGroupOf(identity, host);
  const command = (...words: Argument[]): Command => ['docker', OWN_ENGINE_FLAG, socket, ...words];
  const step = (...words: Argument[]): CommandStep => ({
    namespace: host,
    command: command(...words),
    environment: CLIENT_ENVIRONMENT,
    undo: diesWithNamespace,
    timeoutMs: COMMAND_TIMEOUT_MS,
  });
  const adoptSteps = (as: string, find: string, ...words: Argument[]): Step[] => [
    {
      namespace: host,
      command: ['sh', '-c', linkTo(find), 'sh', firstProcess, { file: `${as}.namespace` }, ...words],
      environment: CLIENT_ENVIRONMENT,
      undo: diesWithNamespace,
      timeoutMs: COMMAND_TIMEOUT_MS,
    },
    { type: 'adopt', as, from: { type: 'file', path: { file: `${as}.namespace` } } },
  ];
  return {
    host,
    daemon,
    socket,
    steps: [
      // What runs on a host reaches the host's own addresses by it.
      inside(host, 'ip link set lo up'),
      controlGroupStep(group),
      {
        type: 'daemon',
        name: daemon,
        title: `dockerd on ${host}`,
        namespace: host,
        command: startCommand({
          host,
          firstProcess,
          socket,
          words: [
            ...['--cgroup-parent', `/${group}`, '--default-address-pool', LOCAL_ADDRESS_POOL],
            ...(bridge === undefined ? ['--bridge', 'none'] : ['--bip', bridge]),
            ...daemonWords,
          ],
        }),
        environment: CLIENT_ENVIRONMENT,
        ready: command('version'),
      },
      {
        ...step('import', '--change', IMAGE_COMMAND, '-', IMAGE),
        input: imageArchive({ kind, architecture: thisMachine() }, 'Run vnetperf on another machine.'),
        timeoutMs: IMPORT_TIMEOUT_MS,
      },
    ],
    step,
    containerSteps: (name, options) => [
      // Our program handles no signal, and as the first process of its PID namespace it hears none that it does not.
      {
        ...step(
          ...['run', '--detach', '--name', name, '--pull', 'never', '--stop-signal', 'KILL', '--log-driver', 'none'],
          ...options,
          IMAGE,
        ),
        waitsFor: `the container ${name} on ${host}`,
      },
      ...adoptSteps(
        name,
        `docker --host "$1" container inspect --format "{{.NetworkSettings.SandboxKey}}" ${name}`,
        socket,
      ),
    ],
    adoptSteps,
  };
}

/**
 * What an engine has bound to a file only its own mounts show, and the kernel shows those behind its first process.
 * $1 is the file with the number of that process, $2 the link to make; `find` has what comes behind.
 */
function linkTo(find: string): string {
  return [
    'set -e',
    'root=/proc/$(cat "$1")/root link=$2',
    'shift 2',
    `path=$(${find})`,
    'ln -s "$root$path" "$link"',
    // The link is there whatever it leads to.
    'test -f "$link"',
  ].join('\n');
}

function thisMachine(): string {
  return GO_ARCHITECTURES[process.arch] ?? process.arch;
}

function checkSocketPath(path: string): void {
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_PATH_BYTES) return;
  throw new TopologyError(`the path ${path} is too long for the socket of an engine`, {
    code: 'ERR_STATE_DIRECTORY',
    remedy: 'Give VNETPERF_STATE_DIRECTORY a directory with a shorter name.',
  });
}
