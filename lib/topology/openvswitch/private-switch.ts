import { existsSync } from 'node:fs';
import { TopologyError } from '../../errors.js';
import {
  type Argument,
  type Command,
  type DaemonStep,
  diesWithNamespace,
  type Environment,
  inside,
  type Step,
} from '../plan.js';
import type { Forwarding } from './forwarding.js';
import { change, type OvsSwitch, type RunningSwitch, type SwitchOnHost } from './ovs-switch.js';

const SWITCH_PROGRAM = 'ovs-vswitchd';
/** Every bridge of the userspace datapath has one for its own interface. */
const TAP_DEVICE = '/dev/net/tun';

/** Where a switch of the lab's own runs. */
interface SwitchPlace {
  namespace: string;
  /** Its files inside the lab's directory, each below this one where a lab has several switches. */
  file(name: string): string;
  /** What a daemon of its is called, so that each of a lab has a name for itself. */
  daemonName(program: string): string;
  /** Where its ovs-vswitchd writes its process number; undefined: nobody asks for it. */
  pidFile?: string;
}

const ALONE: SwitchPlace = { namespace: 'switch', file: (name) => name, daemonName: (program) => program };

const onHost = (host: string): SwitchPlace => ({
  namespace: host,
  file: (name) => (name === '' ? host : `${host}/${name}`),
  daemonName: (program) => `${program} on ${host}`,
  pidFile: `${host}/${SWITCH_PROGRAM}.pid`,
});

/** A switch of the lab's own: database and sockets in its directory, ports in its namespace, processes that die with it. */
export function privateSwitch(kind: string, forwarding: Forwarding): OvsSwitch {
  return {
    ...switchIn(ALONE, kind, forwarding),
    namespaces: [ALONE.namespace],
    bridge: 'br0',
    portOf: (end) => `port-${end.interface}`,
  };
}

/** One of several such switches, in the namespace of its host, which others make. */
export function switchOnHost(kind: string, host: string, forwarding: Forwarding): SwitchOnHost {
  const place = onHost(host);
  const { startSteps, ...running } = switchIn(place, kind, forwarding);
  return {
    ...running,
    pidFile: { file: `${place.pidFile}` },
    startSteps: [inside(host, 'mkdir', { file: place.file('') }), ...startSteps],
  };
}

function switchIn(place: SwitchPlace, kind: string, { datapathType, userspaceTso }: Forwarding): RunningSwitch {
  if (datapathType === 'netdev' && !existsSync(TAP_DEVICE)) {
    throw new TopologyError(`${kind} needs ${TAP_DEVICE}, which is not on this machine`, {
      code: 'ERR_KERNEL_MODULE',
      remedy: `Load it with: modprobe tun; a container needs --device ${TAP_DEVICE}.`,
    });
  }
  const database: Argument = { file: place.file('db.sock'), before: '--db=unix:' };
  return {
    namespace: place.namespace,
    database,
    startSteps: startSteps(place, database, userspaceTso),
    carrier: { type: 'daemon', name: place.daemonName(SWITCH_PROGRAM) },
  };
}

function startSteps(place: SwitchPlace, database: Argument, userspaceTso: boolean): Step[] {
  const { namespace, file } = place;
  const enableTso: Step = {
    namespace,
    command: change(database, 'set', 'Open_vSwitch', '.', 'other_config:userspace-tso-enable=true'),
    undo: diesWithNamespace,
  };
  return [
    { ...inside(namespace, 'ovsdb-tool create', { file: file('conf.db') }), environment: surroundings(place) },
    daemon(
      place,
      'ovsdb-server',
      [{ file: file('conf.db') }, { file: file('db.sock'), before: '--remote=punix:' }],
      change(database, 'init'),
    ),
    ...(userspaceTso ? [enableTso] : []),
    daemon(
      place,
      SWITCH_PROGRAM,
      [
        { file: file('db.sock'), before: 'unix:' },
        ...(place.pidFile === undefined ? [] : [{ file: place.pidFile, before: '--pidfile=' }]),
      ],
      ['ovs-appctl', { file: file(`${SWITCH_PROGRAM}.ctl`), before: '--target=' }, '--timeout=5', 'version'],
    ),
  ];
}

/** Whatever Open vSwitch would otherwise put beside the files of the machine's own switch. */
function surroundings({ file }: SwitchPlace): Environment {
  const directory: Argument = { file: file('') };
  return {
    OVS_RUNDIR: directory,
    OVS_DBDIR: directory,
    OVS_LOGDIR: directory,
    OVS_SYSCONFDIR: directory,
    // libxdp would pin its dispatcher below /sys/fs/bpf, where it outlives the switch.
    LIBXDP_SKIP_DISPATCHER: '1',
  };
}

/** In the foreground; what it has to say comes on stderr, and not into the machine's system log. */
function daemon(place: SwitchPlace, program: string, words: readonly Argument[], ready: Command): DaemonStep {
  return {
    type: 'daemon',
    name: place.daemonName(program),
    namespace: place.namespace,
    command: [program, ...words, { file: place.file(`${program}.ctl`), before: '--unixctl=' }, '-vsyslog:off'],
    environment: surroundings(place),
    ready,
  };
}
