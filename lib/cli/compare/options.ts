import { described, type Offered } from '../described-option.js';
import type { OptionDefinition } from '../getopt.js';
import { iperf3Options, type OptionRow } from '../iperf3-options.js';
import { bothEndsOptions, comparisonOutcomeOptions, networkOptions, ownOptions } from '../own-options.js';

export const CONTAINER_NETWORKS_SUITE = 'container-networks';

function row<Name extends string>(
  long: Name,
  argument: OptionDefinition['argument'],
  text: string,
  offers?: Offered,
): OptionRow<Name> {
  return described({ name: long, long, argument, side: 'both', yieldsAbbreviations: true }, text, offers);
}

/** What only compare has. */
export const compareOptions = [
  row('vary', 'required', 'FACTOR=LEVEL[,LEVEL]...: what varies; may be repeated for more factors', 'factor'),
  row('runs', 'required', 'N: blocks that count (10, or as many as a verdict needs)'),
  row(
    'precision',
    'required',
    'PERCENT: stop when all ratios are known within this, for example 2%; --runs is the most it may take then (100)',
  ),
  row('time-limit', 'required', 'TIME: stop in time: 600, 90s, 10m, 1h; of all runs together, also with --resume'),
  row('seed', 'required', 'N: of the order, and of the bootstrap'),
  row(
    'peer',
    'required',
    "COMMAND: a program with iperf3's options as a cell too; may be repeated. Its words are split as by a shell, and no " +
      'shell runs it',
    'command',
  ),
  row(
    'suite',
    'required',
    `${CONTAINER_NETWORKS_SUITE}: the networks of containers that this machine can hold, on one host and across two ` +
      '(those with --link-rate too, where it is given)',
    [CONTAINER_NETWORKS_SUITE],
  ),
  row('output', 'required', 'FILE: where the result goes (compare-SEED.json); with -J only if given', 'file'),
  row('resume', 'required', 'FILE: go on with a comparison that was interrupted or ran out of time', 'file'),
  row('dry-run', 'none', 'print cells, commands, order and time, and do nothing'),
  row('reference', 'none', 'published figures of such networks beside these'),
  ...comparisonOutcomeOptions,
];

/** Of one report on one test, or of a server: a comparison has neither. */
export const REFUSED = new Set<string>([
  'version',
  'client',
  'server',
  'json-stream',
  'json-stream-full-output',
  'format',
  'verbose',
  'logfile',
  'forceflush',
  'timestamps',
  'pidfile',
  'title',
  'get-server-output',
  'debug',
  ...[...iperf3Options, ...ownOptions].filter(({ side }) => side === 'server').map(({ name }) => name),
]);

/** What every cell has: options of a test and of its network. */
export const cellOptions: readonly OptionRow[] = [
  ...iperf3Options,
  ...ownOptions,
  ...bothEndsOptions,
  ...networkOptions,
].filter(({ name }) => !REFUSED.has(name));

/** What is read; what is refused among it is refused with a reason. */
export const scannedOptions: readonly OptionRow[] = [
  ...iperf3Options,
  ...ownOptions,
  ...bothEndsOptions,
  ...networkOptions,
  ...compareOptions,
];
export const OF_IPERF3 = new Set<string>(iperf3Options.map(({ name }) => name));
