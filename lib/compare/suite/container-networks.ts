import { RequestError } from '../../errors.js';
import { type GivenOption, kindOptions, type PlannedCells, withTwin } from '../plan/cells.js';

/** The bare link between two hosts: what networks across them are held against. */
export const BARE_LINK = 'hosts';

/** Networks between containers of two hosts, the bare link first. */
const ACROSS_HOSTS: readonly string[] = [
  BARE_LINK,
  'docker-overlay',
  'ovs-vxlan',
  'vxlan',
  'flannel-vxlan',
  'flannel-host-gw',
  'calico',
  'calico-ipip',
  'weave',
  'docker-hosts',
];

export function isAcrossHosts(kind: string): boolean {
  return ACROSS_HOSTS.includes(kind);
}

/**
 * The networks of containers that people have compared by hand and one machine can hold, the host's own loopback first:
 * what all others on one host are held against.
 */
export const CONTAINER_NETWORKS: readonly string[] = [
  'loopback',
  'veth',
  'bridge',
  'macvlan',
  'ipvlan',
  'routed',
  'nat',
  'docker-bridge',
  'docker-host',
  'docker-container',
  'docker-published',
  'ovs-kernel',
  'ovs-netdev',
  'ovs-tso',
  ...ACROSS_HOSTS,
];

/** The factor whose levels are the columns of the suite's table. */
export const MEASURE = 'measure';
/** Its level in which the cores of the two ends are not each other's. */
export const PINNED: string = 'TCP pinned';
export const UDP: string = 'UDP 100 Mbit/s';

/** What is measured of each: as in the published tables. */
const MEASURES = {
  'TCP pinned': ['--pin', 'auto'],
  'TCP unpinned': ['--pin', 'off'],
  'UDP 100 Mbit/s': ['--pin', 'auto', '-u', '-b', '100M', '--latency'],
} as const;

type Measure = keyof typeof MEASURES;

const ID_OF: Readonly<Record<Measure, string>> = {
  'TCP pinned': 'pinned',
  'TCP unpinned': 'unpinned',
  'UDP 100 Mbit/s': 'udp',
};

/** Set by the measures, so that they cannot be given. */
const SET_BY_THE_SUITE = new Set(['pin', 'affinity', 'udp', 'sctp', 'bitrate', 'latency']);

/**
 * The cells of the suite for the networks that there are.
 * @param kinds Of CONTAINER_NETWORKS, those that can be built; loopback always can.
 * Throws VnetperfError ERR_FIXED_AND_VARIED.
 */
export function containerNetworkCells(kinds: readonly string[], given: readonly GivenOption[]): PlannedCells {
  const fixed = given.find(({ name }) => SET_BY_THE_SUITE.has(name));
  if (fixed !== undefined) {
    throw new RequestError(`the suite itself says what ${fixed.words.join(' ')} would`, {
      code: 'ERR_FIXED_AND_VARIED',
      remedy: `Leave ${fixed.words[0]} out.`,
    });
  }
  const measures = Object.keys(MEASURES) as Measure[];
  const cells = kinds.flatMap((kind) =>
    measuresOf(kind, measures).map((measure) => {
      const words = kindOptions(kind, CONTAINER_NETWORKS, given).flatMap((option) => option.words);
      const runWords = ['run', kind, ...MEASURES[measure], ...words];
      return {
        id: `${kind}-${ID_OF[measure]}`,
        name: `${kind} ${measure}`,
        role: 'cell' as const,
        levels: { topology: kind, [MEASURE]: measure, tool: 'vnetperf' },
        command: ['vnetperf', ...runWords],
        remarks: [],
        runWords,
      };
    }),
  );
  const of = (kind: string, measure: Measure) =>
    cells.find(({ levels }) => levels.topology === kind && levels[MEASURE] === measure)!.id;
  const [loopback, ...others] = kinds;
  const baselineOf = (kind: string) => (isAcrossHosts(kind) && kinds.includes(BARE_LINK) ? BARE_LINK : loopback!);
  const against = (measure: Measure, networks: readonly string[]) =>
    networks
      .filter((kind) => kind !== BARE_LINK && measuresOf(kind, measures).includes(measure))
      .map((kind) => ({ cell: of(kind, measure), baseline: of(baselineOf(kind), measure) }));
  return {
    cells: withTwin(cells),
    factors: [
      { name: 'topology', levels: [...kinds] },
      { name: MEASURE, levels: measures },
    ],
    // A fixed rate is no figure to compare: of UDP the table shows loss, jitter and round trips.
    contrasts: [
      ...against('TCP pinned', others),
      ...against('TCP unpinned', others),
      ...kinds
        .filter((kind) => measuresOf(kind, measures).includes('TCP unpinned'))
        .map((kind) => ({ cell: of(kind, 'TCP unpinned'), baseline: of(kind, 'TCP pinned') })),
    ],
    remarks: [],
  };
}

/** Across hosts a core is a host, and threads that move between them would be on both. */
function measuresOf(kind: string, all: readonly Measure[]): Measure[] {
  return all.filter((measure) => measure !== 'TCP unpinned' || !isAcrossHosts(kind));
}
