import { existsSync } from 'node:fs';
import { VnetperfError } from '../../errors.js';
import { type Argument, type Command, type DaemonStep, diesWithNamespace, inside, type Step } from '../plan.js';
import type { Forwarding } from './forwarding.js';
import { change, type OvsSwitch } from './ovs-switch.js';

const NAMESPACE = 'switch';
const READY_TIMEOUT_MS = 10_000;
/** Every bridge of the userspace datapath has one for its own interface. */
const TAP_DEVICE = '/dev/net/tun';
const DATABASE: Argument = { file: 'db.sock', before: '--db=unix:' };

/** Whatever Open vSwitch would otherwise put beside the files of the machine's own switch. */
const DIRECTORIES = {
  OVS_RUNDIR: { file: '' },
  OVS_DBDIR: { file: '' },
  OVS_LOGDIR: { file: '' },
  OVS_SYSCONFDIR: { file: '' },
  // libxdp would pin its dispatcher below /sys/fs/bpf, where it outlives the switch.
  LIBXDP_SKIP_DISPATCHER: '1',
} as const;

/** A switch of the lab's own: database and sockets in its directory, ports in its namespace, processes that die with it. */
export function privateSwitch(kind: string, { datapathType, userspaceTso }: Forwarding): OvsSwitch {
  if (datapathType === 'netdev' && !existsSync(TAP_DEVICE)) {
    throw new VnetperfError(`${kind} needs ${TAP_DEVICE}, which is not on this machine`, {
      code: 'ERR_KERNEL_MODULE',
      remedy: `Load it with: modprobe tun; a container needs --device ${TAP_DEVICE}.`,
    });
  }
  return {
    namespace: NAMESPACE,
    namespaces: [NAMESPACE],
    database: DATABASE,
    bridge: 'br0',
    portOf: (end) => `port-${end.interface}`,
    startSteps: startSteps(userspaceTso),
    carrier: { type: 'daemon', name: 'ovs-vswitchd' },
  };
}

function startSteps(userspaceTso: boolean): Step[] {
  const enableTso: Step = {
    namespace: NAMESPACE,
    command: change(DATABASE, 'set', 'Open_vSwitch', '.', 'other_config:userspace-tso-enable=true'),
    undo: diesWithNamespace,
  };
  return [
    { ...inside(NAMESPACE, 'ovsdb-tool create', { file: 'conf.db' }), environment: DIRECTORIES },
    daemon(
      'ovsdb-server',
      [{ file: 'conf.db' }, { file: 'db.sock', before: '--remote=punix:' }],
      change(DATABASE, 'init'),
    ),
    ...(userspaceTso ? [enableTso] : []),
    daemon(
      'ovs-vswitchd',
      [{ file: 'db.sock', before: 'unix:' }],
      ['ovs-appctl', { file: 'ovs-vswitchd.ctl', before: '--target=' }, '--timeout=5', 'version'],
    ),
  ];
}

/** In the foreground; what it has to say comes on stderr, and not into the machine's system log. */
function daemon(name: string, words: readonly Argument[], ready: Command): DaemonStep {
  return {
    type: 'daemon',
    name,
    namespace: NAMESPACE,
    command: [name, ...words, { file: `${name}.ctl`, before: '--unixctl=' }, '-vsyslog:off'],
    environment: DIRECTORIES,
    ready,
    readyTimeoutMs: READY_TIMEOUT_MS,
  };
}
