import { type CommandStep, diesWithNamespace, type Environment, type PluginCall, type TextInput } from '../plan.js';

/** The namespace that plugins take for the host's. */
export const HOST = 'host';
export const CONTAINER_INTERFACE = 'eth0';

const SCRIPT_FILE = 'run-plugin.sh';
/** DEL has less to wait for, and whoever interrupts a run waits for every DEL of it. */
const TIME_LIMIT_SECONDS = { ADD: 30, CHECK: 30, DEL: 10 } as const;
/** Between SIGTERM and SIGKILL. */
const LAST_SECONDS = 2;

/**
 * What plugins and the address managers that they call keep on a machine, they keep in the lab's directory instead:
 * in a mount namespace of each call, directories of the lab's lie over /var/lib/cni and /run/cni. Where the machine
 * has no such directory there is nothing to lie over, and it shall get none: the directory above is replaced by one of
 * links to all that is in it, by way of the parent, timeout, which is not in that mount namespace. The container's namespace gets a path that
 * stays the same from ADD to DEL, because plugins compare it, and that every program a plugin starts can open.
 * sysfs shows the interfaces of the namespace in which it was mounted.
 */
const SCRIPT = `set -e
cd "$1"
netns=$2 container=$3
shift 3
cover() {
  if [ ! -d "$1/cni" ]; then
    mount -t tmpfs tmpfs "$1"
    ln -s "/proc/$PPID/root$1"/* "$1"
    mkdir "$1/cni"
  fi
  mount --no-canonicalize --rbind "$2" "$1/cni"
}
mkdir -p lib run
: >"run/$container"
mount --no-canonicalize --bind "$netns" "run/$container"
cover /var/lib lib
cover /run run
mount -t sysfs sysfs /sys
cd /
exec "$@"
`;

/** Programs that a call takes. */
export const PROGRAMS = ['nsenter', 'unshare', 'timeout', 'sh', 'mount', 'ln', 'mkdir', 'dd'] as const;

/** Puts the script where the calls find it. */
export const scriptStep: CommandStep = {
  namespace: HOST,
  command: ['dd', 'status=none', { file: SCRIPT_FILE, before: 'of=' }],
  input: new TextEncoder().encode(SCRIPT),
  undo: diesWithNamespace,
};

export interface Call {
  verb: PluginCall['verb'];
  /** The namespace of a container. */
  container: string;
  containerId: string;
  /** Path of its program. */
  program: string;
  type: string;
  /** Where plugins look for plugins that they call in their turn. */
  searchPath: string;
  /** For the sentence that says what went wrong. */
  configuration: string;
  request: TextInput;
}

/** What a call is as a step, to do or to undo something. */
export function pluginCommand(call: Call) {
  const { container, program, verb, type, configuration } = call;
  const environment: Environment = {
    CNI_COMMAND: verb,
    CNI_CONTAINERID: call.containerId,
    CNI_NETNS: `/run/cni/${container}`,
    CNI_IFNAME: CONTAINER_INTERFACE,
    CNI_PATH: call.searchPath,
    // A bus listens at a path, whatever the network namespace: the plugin firewall would ask the machine's firewalld.
    DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/nonexistent',
  };
  const timeLimitSeconds = TIME_LIMIT_SECONDS[verb];
  const limit = ['timeout', `--kill-after=${LAST_SECONDS}`, `${timeLimitSeconds}`] as const;
  const script = ['sh', { file: SCRIPT_FILE }, { file: '' }, { namespace: container }, container, program] as const;
  return {
    namespace: HOST,
    command: [...limit, 'unshare', '--mount', ...script],
    inputText: call.request,
    environment,
    // timeout ends what the plugin has started too; this is for when timeout itself does not.
    timeoutMs: (timeLimitSeconds + 2 * LAST_SECONDS) * 1000,
    plugin: { verb, type, container, configuration, timeLimitSeconds },
  } as const;
}
