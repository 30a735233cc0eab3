import { randomInt } from 'node:crypto';
import type { ExecutableCell } from '../compare/cell.js';
import type { ComparisonSpecification } from '../compare/runner/run-comparison.js';
import { blocksForVerdict } from '../compare/verdict/analyse.js';
import { resolveClient } from '../configuration/resolve-client.js';
import { RequestError } from '../errors.js';
import { hostCoresOf } from '../topology/hosts/host-cores.js';
import { resolveKindOptions } from '../topology/kinds.js';
import type { TopologyOptions } from '../topology/options.js';
import { chosenCores, endsOfTest } from './chosen-cores.js';
import type { AcrossRequest } from './run-across.js';

/** One of the tests that are compared: a network, and what to measure on it. */
export interface ComparedTest extends AcrossRequest {
  /** What it is called in tables; unique. Default: the kind. */
  name?: string | undefined;
  /** `veth`, `bridge` ...: what buildTopology() takes. Each run has a network of its own. */
  kind: string;
  /** Options of the network. */
  topology?: TopologyOptions | undefined;
}

/** What to compare. */
export interface ComparisonRequest {
  /** The first is the baseline, and is run once more under another name, which shows how much chance there is. */
  tests: ComparedTest[];
  /** In each, every test is run once, in an order of its own. Default 10, or as many as a verdict needs. */
  blocks?: number | undefined;
  /** Blocks that are run first and thrown away. Default 1. */
  warmUpBlocks?: number | undefined;
  /** Of the order; a whole number of 32 bits. Default: a random one. */
  seed?: number | undefined;
  /** Stop when every ratio is known within this: 0.02 = ±2 %. `blocks`, by default 100, is then the most it takes. */
  precision?: number | undefined;
  /** Of all runs together, seconds. Default: none. */
  timeLimitSeconds?: number | undefined;
}

const USUAL_SECONDS = 2;
const USUAL_BLOCKS = 10;
const MOST_USUAL_BLOCKS = 100;
const INTERVALS_OF_A_RUN = 4;
const SEED_END = 2 ** 32;

/**
 * What is to be run, and how often.
 * @throws VnetperfError ERR_NOTHING_TO_COMPARE, ERR_UNKNOWN_KIND, ERR_MTU, ERR_OPTION, or iperf3's for a limit.
 */
export async function comparisonPlan(request: ComparisonRequest): Promise<ComparisonSpecification> {
  const { precision, timeLimitSeconds, warmUpBlocks = 1, seed = randomInt(SEED_END) } = request;
  if (request.tests.length < 2) {
    throw new RequestError('one test is nothing to compare', {
      code: 'ERR_NOTHING_TO_COMPARE',
      remedy: 'Name at least two: the first is what the others are held against.',
    });
  }
  const ofKinds = request.tests.every(({ name, kind }) => name === undefined || name === kind);
  const cells: ExecutableCell[] = [];
  for (const [index, test] of request.tests.entries()) cells.push(await executableCell(test, index, ofKinds));
  const [baseline, ...others] = cells as [ExecutableCell, ...ExecutableCell[]];
  const twin: ExecutableCell = {
    ...baseline,
    id: `${baseline.id}-again`,
    name: `${baseline.name} (A/A)`,
    role: 'twin',
  };
  const plan = {
    seed,
    cells: [baseline, twin, ...others],
    factors: [{ name: ofKinds ? 'topology' : 'test', levels: cells.map(({ name }) => name) }],
    contrasts: others.map(({ id }) => ({ cell: id, baseline: baseline.id })),
    warmUpBlocks,
    precision,
    timeLimitSeconds,
    secondsPerRun: secondsOf(baseline),
  };
  const usual = precision === undefined ? USUAL_BLOCKS : MOST_USUAL_BLOCKS;
  return { ...plan, blocks: request.blocks ?? Math.max(usual, blocksForVerdict(plan)), command: [] };
}

async function executableCell(test: ComparedTest, index: number, ofKinds: boolean): Promise<ExecutableCell> {
  const { name = test.kind, kind, topology = {}, pin: asked, latency = false, ...rest } = test;
  resolveKindOptions(kind, topology);
  const { bytes = 0, blocks = 0, durationSeconds } = rest.settings ?? {};
  const timed = bytes === 0 && blocks === 0;
  const settings = timed ? { ...rest.settings, durationSeconds: durationSeconds ?? USUAL_SECONDS } : rest.settings;
  const intervalSeconds = rest.intervalSeconds ?? intervalOf(timed ? (durationSeconds ?? USUAL_SECONDS) : 0);
  const configuration = resolveClient({ ...rest, host: '', settings, intervalSeconds });
  const { why, client, server } = await chosenCores(asked, endsOfTest(configuration.settings));
  const hostCores = hostCoresOf({ client, server });
  return {
    id: `c${index + 1}`,
    name,
    role: index === 0 ? 'baseline' : 'cell',
    levels: ofKinds ? { topology: kind } : { topology: kind, test: name },
    command: ['vnetperf', 'run', kind],
    remarks: why === undefined ? [] : [`cores chosen: ${why}`],
    request: {
      topologyKind: kind,
      topologyOptions: hostCores === undefined ? topology : { hostCores, ...topology },
      configuration: { ...configuration, cores: client },
      pin: { client, server },
      latency,
    },
  };
}

/** Enough of them to see a run change while it lasts. */
function intervalOf(seconds: number): number {
  return Math.min(1, Math.max(0.1, Math.round((100 * seconds) / INTERVALS_OF_A_RUN) / 100));
}

function secondsOf({ request }: ExecutableCell): number {
  const { omitSeconds, durationSeconds, bytes, blocks } = request.configuration.settings;
  if (bytes > 0 || blocks > 0) return 0;
  if (durationSeconds > 0) return omitSeconds + durationSeconds;
  throw new RequestError('a comparison needs tests that end: durationSeconds 0 does not', {
    code: 'ERR_ENDLESS',
    remedy: 'Give durationSeconds, bytes or blocks.',
  });
}
