import { EXTERNAL_ID } from '../lab-identity.js';
import { type Command, diesWithNamespace, type PlannedEndpoint, type Step } from '../plan.js';
import type { Forwarding } from './forwarding.js';
import { change, type OvsSwitch } from './ovs-switch.js';

/**
 * ovs-vsctl ends with status 0 also when the switch could not do what the database now says. A port that works has
 * a positive number, one that does not has -1 and an error.
 */
const PORTS_WORK =
  'for number in $(ovs-vsctl "$@"); do case $number in [1-9]*) ;; ' +
  '*) ovs-vsctl "$1" --bare --columns=name,error find interface "error!=[]" >&2; exit 1 ;; esac; done';

/** AF_XDP takes 0.15 s a port: it loads a program and maps buffers for each. */
const PORTS_READY_SECONDS = 30;

/** The bridge with all its ports, in one transaction, and a look whether they work. */
export function bridgeSteps(ovs: OvsSwitch, forwarding: Forwarding, ends: readonly PlannedEndpoint[]): Step[] {
  const { database, bridge, shared } = ovs;
  const ports = ends.map((end) => ovs.portOf(end));
  const mark = shared === undefined ? [] : [`external_ids:${EXTERNAL_ID}=${shared.id}`];
  const columns = (table: string, record: string, settings: readonly string[]) =>
    settings.length === 0 ? [] : ['--', 'set', table, record, ...settings];

  const build = change(
    database,
    ...['add-br', bridge],
    ...columns('bridge', bridge, [
      ...(forwarding.datapathType === undefined ? [] : [`datapath_type=${forwarding.datapathType}`]),
      ...mark,
    ]),
    ...ports.flatMap((port) => [
      ...['--', 'add-port', bridge, port],
      ...columns('port', port, mark),
      ...columns('interface', port, forwarding.interfaceSettings),
    ]),
  );
  const timeoutMs = (PORTS_READY_SECONDS + 5) * 1000;
  const all = [bridge, ...ports];
  const look: Command = [
    ...(['sh', '-c', PORTS_WORK, 'sh', database, `--timeout=${PORTS_READY_SECONDS}`] as const),
    ...all.flatMap((name) => ['--', 'wait-until', 'interface', name, 'ofport!=[]']),
    ...ports.flatMap((name) => ['--', 'get', 'interface', name, 'ofport']),
  ];
  return shared === undefined
    ? [
        { namespace: ovs.namespace, command: build, undo: diesWithNamespace },
        { namespace: ovs.namespace, command: look, undo: diesWithNamespace, timeoutMs },
      ]
    : [
        // Its ports go with it.
        { namespace: null, command: build, undo: change(database, '--if-exists', 'del-br', bridge) },
        { namespace: null, command: look, undo: ['true'], timeoutMs },
      ];
}
