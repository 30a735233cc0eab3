import type { ExecutableCell } from '../../compare/cell.js';
import { type GivenOption, type PlannedCells, planCells } from '../../compare/plan/cells.js';
import type { ComparisonSpecification } from '../../compare/runner/run-comparison.js';
import { containerNetworkCells } from '../../compare/suite/container-networks.js';
import type { NetworksHere } from '../../compare/suite/networks-here.js';
import { blocksForVerdict } from '../../compare/verdict/analyse.js';
import { VnetperfError } from '../../errors.js';
import { UsageError } from '../usage-error.js';
import type { ComparisonRequest } from './arguments.js';
import { executableCells } from './executable-cells.js';

const USUAL_SECONDS = 2;
const USUAL_BLOCKS = 10;
/** With a precision to reach: how many it may take. */
const MOST_USUAL_BLOCKS = 100;
const WARM_UP_BLOCKS = 1;
/** Enough to see a run change while it lasts. */
const INTERVALS_OF_A_RUN = 4;

/**
 * What is to be run, and how often.
 * @param suiteNetworks Of the suite that is asked for, those that there are.
 * @throws {UsageError}
 */
export function comparisonSpecification(
  request: ComparisonRequest,
  seed: number,
  suiteNetworks?: NetworksHere,
): ComparisonSpecification {
  try {
    return specification(request, seed, suiteNetworks);
  } catch (error) {
    if (error instanceof VnetperfError && !(error instanceof UsageError)) throw UsageError.from(error, 'compare');
    throw error;
  }
}

function specification(
  request: ComparisonRequest,
  seed: number,
  suiteNetworks: NetworksHere | undefined,
): ComparisonSpecification {
  const { precision, timeLimitSeconds, words } = request;
  const given = withUsualTimes(request.given);
  const { cells, factors, contrasts, remarks } =
    suiteNetworks === undefined ? planCells({ ...request, given }) : suiteCells(suiteNetworks, request, given);
  const executable = executableCells(cells);
  const usual = precision === undefined ? USUAL_BLOCKS : MOST_USUAL_BLOCKS;
  const plan = {
    seed,
    cells: executable,
    factors,
    contrasts,
    warmUpBlocks: WARM_UP_BLOCKS,
    precision,
    timeLimitSeconds,
    secondsPerRun: secondsOf(executable[0]!),
    ...(remarks.length === 0 ? {} : { remarks }),
  };
  const blocks = request.blocks ?? Math.max(usual, blocksForVerdict(plan));
  return { ...plan, blocks, command: ['compare', ...words, '--seed', `${seed}`] };
}

function suiteCells(
  { kinds, missing }: NetworksHere,
  { factors, peers }: ComparisonRequest,
  given: readonly GivenOption[],
): PlannedCells {
  if (factors.length > 0 || peers.length > 0) {
    throw new VnetperfError(`a suite has its own cells: --${factors.length > 0 ? 'vary' : 'peer'} adds none`, {
      code: 'ERR_FIXED_AND_VARIED',
      remedy: 'Name the networks instead of the suite.',
    });
  }
  if (kinds.length === 0) {
    throw new VnetperfError(`this machine can hold none of the suite's networks. ${missing.join(' ')}`, {
      code: 'ERR_SUITE_EMPTY',
      remedy: 'vnetperf doctor says what is missing.',
    });
  }
  const planned = containerNetworkCells(kinds, given);
  return { ...planned, remarks: [...planned.remarks, ...missing] };
}

/** What a single test takes by itself, in a shorter form: a comparison makes many of them. */
function withUsualTimes(given: readonly GivenOption[]): GivenOption[] {
  const has = (...names: string[]) => given.some(({ name }) => names.includes(name));
  const option = (name: string, letter: string, value: number): GivenOption => {
    return { name, words: [letter, `${value}`], iperf3: true };
  };
  const timed = !has('time', 'bytes', 'blockcount');
  const seconds = timed
    ? USUAL_SECONDS
    : Number.parseInt(given.findLast(({ name }) => name === 'time')?.words[1] ?? '', 10);
  const interval = Math.min(1, Math.max(0.1, Math.round((100 * seconds) / INTERVALS_OF_A_RUN) / 100));
  return [
    ...given,
    ...(timed ? [option('time', '-t', USUAL_SECONDS)] : []),
    ...(has('interval') || !(seconds > 0) ? [] : [option('interval', '-i', interval)]),
  ];
}

/** Nominal; 0 = it ends by an amount. */
function secondsOf({ request }: ExecutableCell): number {
  const { omitSeconds, durationSeconds, bytes, blocks } = request.configuration.settings;
  if (bytes > 0 || blocks > 0) return 0;
  if (durationSeconds > 0) return omitSeconds + durationSeconds;
  throw new VnetperfError('a comparison needs tests that end: -t 0 does not', {
    code: 'ERR_ENDLESS',
    remedy: 'Give -t a whole number of seconds, or -n an amount.',
  });
}
