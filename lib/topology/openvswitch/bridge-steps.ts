import { EXTERNAL_ID } from '../lab-identity.js';
import { type Command, diesWithNamespace, type Step } from '../plan.js';
import type { Forwarding } from './forwarding.js';
import { change, type RunningSwitch } from './ovs-switch.js';

/** AF_XDP takes 0.15 s a port on an idle machine: it loads a program and maps buffers for each. */
const reconfigurationSeconds = (ports: number) => 10 + Math.ceil(ports / 4);

/**
 * ovs-vsctl ends with status 0 also when the switch could not do what the database now says. A port that works has
 * a positive number, one that does not has -1 and an error, one that was not tried has none.
 */
const PORTS_WORK =
  'numbers=$(ovs-vsctl "$@") || exit 1; for number in $numbers; do case $number in [1-9]*) ;; ' +
  '*) said=$(ovs-vsctl "$1" --bare --columns=name,error find interface "error!=[]"); ' +
  '[ -n "$said" ] || said="it gives no reason"; echo "$said" >&2; exit 1 ;; esac; done';

export interface SwitchPort {
  name: string;
  /** Columns of its interface. */
  settings: readonly string[];
  /** Its queueing discipline is somebody else's: Open vSwitch would take away any that it has not set itself. */
  keepsQdisc?: boolean;
}

/** The bridge, its ports in one transaction, and a look whether they work. */
export function bridgeSteps(
  ovs: RunningSwitch,
  bridge: string,
  forwarding: Forwarding,
  ports: readonly SwitchPort[],
): Step[] {
  const { database, shared } = ovs;
  const seconds = reconfigurationSeconds(ports.length);
  const mark = shared === undefined ? [] : [`external_ids:${EXTERNAL_ID}=${shared.id}`];
  const datapath = forwarding.datapathType === undefined ? [] : [`datapath_type=${forwarding.datapathType}`];
  const columns = (table: string, record: string, settings: readonly string[]) =>
    settings.length === 0 ? [] : ['--', 'set', table, record, ...settings];

  const step = (command: Command, undo: Command): Step => {
    const details = { command, timeoutMs: (seconds + 5) * 1000, meaning: NOT_SET_UP };
    return shared === undefined
      ? { ...details, namespace: ovs.namespace, undo: diesWithNamespace }
      : { ...details, namespace: null, undo };
  };
  return [
    step(
      change(database, 'add-br', bridge, ...columns('bridge', bridge, [...datapath, ...mark])),
      change(database, '--if-exists', 'del-br', bridge),
    ),
    step(
      // Until the switch has acted on all that is in the database.
      [
        ...(['ovs-vsctl', database, `--timeout=${seconds}`] as const),
        ...ports.flatMap(({ name, settings, keepsQdisc = false }) => [
          ...['--', 'add-port', bridge, name],
          ...columns('port', name, mark),
          ...columns('interface', name, settings),
          ...(keepsQdisc
            ? ['--', '--id=@kept', 'create', 'qos', 'type=linux-noop', ...columns('port', name, ['qos=@kept'])]
            : []),
        ]),
      ],
      change(database, ...ports.flatMap(({ name }) => ['--', '--if-exists', 'del-port', bridge, name])),
    ),
    step(
      [
        ...(['sh', '-c', PORTS_WORK, 'sh', database, '--timeout=10'] as const),
        ...[bridge, ...ports.map(({ name }) => name)].flatMap((name) => ['--', 'get', 'interface', name, 'ofport']),
      ],
      ['true'],
    ),
  ];
}

const NOT_SET_UP = {
  code: 'ERR_OVS_SWITCH',
  message: 'the switch could not set up its ports',
  remedy: 'See every command with --dry-run, and try them by hand; ovs-vswitchd logs why.',
};
