import { VnetperfError } from '../../errors.js';
import { type GivenOption, kindOptions, type PlannedCells, withTwin } from '../plan/cells.js';

/**
 * The networks of containers that people have compared by hand and one machine can hold, the host's own loopback first:
 * what all others are held against.
 */
export const CONTAINER_NETWORKS = [
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
] as const;

/** The factor whose levels are the columns of the suite's table. */
export const MEASURE = 'measure';

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
    throw new VnetperfError(`the suite itself says what ${fixed.words.join(' ')} would`, {
      code: 'ERR_FIXED_AND_VARIED',
      remedy: `Leave ${fixed.words[0]} out.`,
    });
  }
  const measures = Object.keys(MEASURES) as Measure[];
  const cells = kinds.flatMap((kind) =>
    measures.map((measure) => {
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
  const [host, ...others] = kinds;
  return {
    cells: withTwin(cells),
    factors: [
      { name: 'topology', levels: [...kinds] },
      { name: MEASURE, levels: measures },
    ],
    // A fixed rate is no figure to compare: of UDP the table shows loss, jitter and round trips.
    contrasts: [
      ...(['TCP pinned', 'TCP unpinned'] as const).flatMap((measure) =>
        others.map((kind) => ({ cell: of(kind, measure), baseline: of(host!, measure) })),
      ),
      ...kinds.map((kind) => ({ cell: of(kind, 'TCP unpinned'), baseline: of(kind, 'TCP pinned') })),
    ],
    remarks: [],
  };
}
