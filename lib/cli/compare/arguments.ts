import type { GivenOption } from '../../compare/plan/cells.js';
import { parseVariedFactor, type VariedFactor } from '../../compare/plan/factors.js';
import { VnetperfError } from '../../errors.js';
import type { RatioLimit } from '../../index.js';
import { type OptionDefinition, OptionSyntaxError, scanArguments } from '../getopt.js';
import { type OutcomeFiles, parseRatioLimit } from '../outcome/outcome-options.js';
import { toldOptions } from '../own-options.js';
import { UsageError } from '../usage-error.js';
import { CONTAINER_NETWORKS_SUITE, OF_IPERF3, REFUSED, scannedOptions } from './options.js';
import { parseBlocks, parsePrecision, parseSeed, parseTimeLimit } from './quantities.js';
import { splitWords } from './split-words.js';

/** What `vnetperf compare ...` asks for. */
export type CompareCommand =
  | { command: 'help' }
  | ({ command: 'compare' } & ComparisonRequest)
  /** The rest stands in the file. */
  | {
      command: 'resume';
      path: string;
      json: boolean;
      reference: boolean;
      timeLimitSeconds: number | undefined;
      limits: RatioLimit[];
      files: OutcomeFiles;
    };

export interface ComparisonRequest {
  kinds: string[];
  /** Instead of kinds and factors. */
  suite: string | undefined;
  factors: VariedFactor[];
  given: GivenOption[];
  peers: string[][];
  blocks: number | undefined;
  seed: number | undefined;
  /** 0.02 = 2 %. */
  precision: number | undefined;
  timeLimitSeconds: number | undefined;
  output: string | undefined;
  json: boolean;
  dryRun: boolean;
  /** Show published figures beside the result. */
  reference: boolean;
  /** What ratios must not be below. */
  limits: RatioLimit[];
  files: OutcomeFiles;
  /** Words that ask for the same once more, without seed and file. */
  words: string[];
}

/**
 * @param argv The arguments behind the word `compare`.
 * @throws {UsageError}
 */
export function parseCompareArguments(argv: readonly string[]): CompareCommand {
  const command = 'compare';
  try {
    return parse(argv);
  } catch (error) {
    if (error instanceof OptionSyntaxError) throw UsageError.ofSyntax(error, command);
    if (error instanceof VnetperfError) throw UsageError.from(error, command);
    throw error;
  }
}

function parse(argv: readonly string[]): CompareCommand {
  const asked: ComparisonRequest = {
    kinds: [],
    suite: undefined,
    factors: [],
    given: [],
    peers: [],
    blocks: undefined,
    seed: undefined,
    precision: undefined,
    timeLimitSeconds: undefined,
    output: undefined,
    json: false,
    dryRun: false,
    reference: false,
    limits: [],
    files: {},
    words: [],
  };
  let resume: string | undefined;
  const seen: string[] = [];
  for (const argument of scanArguments(argv, scannedOptions)) {
    if (argument.kind === 'operand') {
      asked.kinds.push(argument.value);
      asked.words.push(argument.value);
      seen.push(argument.value);
      continue;
    }
    const { name, definition, value = '' } = argument;
    const words = typed(definition, argument.value);
    if (name === 'help') return { command: 'help' };
    if (REFUSED.has(name)) {
      throw new VnetperfError(`compare has no use for ${words[0]}`, {
        code: 'ERR_OPTION',
        remedy: `Leave ${words[0]} out.`,
      });
    }
    seen.push(words[0]!);
    if (name === 'resume') resume = value;
    else if (!ofTheCommand(asked, name, value)) asked.given.push({ name, words, iperf3: OF_IPERF3.has(name) });
    if (!UNREPEATED.has(name)) asked.words.push(...words);
  }
  if (asked.dryRun && asked.json) {
    throw new VnetperfError('--dry-run prints the plan for a person, and -J has no result to print', {
      code: 'ERR_OPTION',
      remedy: 'Leave one of them out.',
    });
  }
  if (asked.reference && asked.json) {
    throw new VnetperfError('--reference shows published figures to a person, and -J prints the result alone', {
      code: 'ERR_OPTION',
      remedy: 'Leave one of them out: vnetperf report FILE --reference shows them later.',
    });
  }
  if (resume !== undefined) return resumed(resume, seen, asked);
  return { command: 'compare', ...withTopologyFactor(asked) };
}

const OF_THE_OUTCOME = ['fail-below', ...toldOptions.map(({ name }) => name)];
const WITH_RESUME = new Set([
  ...['--resume', '-J', '--reference', '--time-limit'],
  ...OF_THE_OUTCOME.map((name) => `--${name}`),
]);

/** What another run of the same comparison has of its own. */
const UNREPEATED = new Set<string>([
  ...['seed', 'output', 'json', 'dry-run', 'reference', 'resume'],
  ...OF_THE_OUTCOME,
]);

/** @returns whether the option is of the comparison, not of its cells. */
function ofTheCommand(asked: ComparisonRequest, name: string, value: string): boolean {
  switch (name) {
    case 'vary':
      asked.factors.push(parseVariedFactor(value));
      return true;
    case 'runs':
      asked.blocks = parseBlocks(value);
      return true;
    case 'precision':
      asked.precision = parsePrecision(value);
      return true;
    case 'time-limit':
      asked.timeLimitSeconds = parseTimeLimit(value);
      return true;
    case 'seed':
      asked.seed = parseSeed(value);
      return true;
    case 'peer':
      asked.peers.push(peerCommand(value));
      return true;
    case 'suite':
      asked.suite = value;
      return true;
    case 'output':
      asked.output = outputFile(value);
      return true;
    case 'json':
      asked.json = true;
      return true;
    case 'dry-run':
      asked.dryRun = true;
      return true;
    case 'reference':
      asked.reference = true;
      return true;
    case 'fail-below':
      asked.limits.push(parseRatioLimit(value));
      return true;
    case 'junit':
      asked.files.junit = value;
      return true;
    case 'metrics':
      asked.files.metrics = value;
      return true;
    case 'github':
      asked.files.github = true;
      return true;
    default:
      return false;
  }
}

/** A comparison is gone on with from its file: a pipe is none. */
function outputFile(path: string): string {
  if (path !== '-' && path !== '') return path;
  throw new VnetperfError('--output needs the name of a file', {
    code: 'ERR_OUTPUT',
    remedy: 'For the result on standard output leave it out and give -J.',
  });
}

function peerCommand(text: string): string[] {
  const words = splitWords(text);
  if (words.length > 0) return words;
  throw new VnetperfError('--peer needs a command', { code: 'ERR_PEER_WORDS', remedy: 'For example --peer iperf3.' });
}

/** `--vary topology=veth,bridge` says the same as the operands. */
function withTopologyFactor(asked: ComparisonRequest): ComparisonRequest {
  const topology = asked.factors.filter(({ name }) => name === 'topology');
  if (topology.length > 0 && asked.kinds.length > 0) {
    throw new VnetperfError('the networks stand there twice: as operands and as --vary topology=', {
      code: 'ERR_FIXED_AND_VARIED',
      remedy: 'Leave one of them out.',
    });
  }
  const kinds = [...asked.kinds, ...topology.flatMap(({ levels }) => levels)];
  if (kinds.length > 0 && asked.suite !== undefined) {
    throw new VnetperfError(`--suite ${asked.suite} has its own networks: what is '${kinds[0]}'?`, {
      code: 'ERR_EXTRA_OPERAND',
    });
  }
  if (asked.suite !== undefined && asked.suite !== CONTAINER_NETWORKS_SUITE) {
    throw new VnetperfError(`there is no suite '${asked.suite}'`, {
      code: 'ERR_UNKNOWN_SUITE',
      remedy: `There is one: --suite ${CONTAINER_NETWORKS_SUITE}.`,
    });
  }
  if (kinds.length === 0 && asked.suite === undefined) {
    throw new VnetperfError(
      'compare needs the kinds of network to measure, for example: vnetperf compare bridge --vary pin=off,auto',
      { code: 'ERR_NO_KIND' },
    );
  }
  return { ...asked, kinds, factors: asked.factors.filter(({ name }) => name !== 'topology') };
}

function resumed(
  path: string,
  seen: readonly string[],
  { json, reference, timeLimitSeconds, limits, files }: ComparisonRequest,
): CompareCommand {
  const other = seen.find((word) => !WITH_RESUME.has(word));
  if (other !== undefined) {
    throw new VnetperfError(`--resume goes on with what stands in the file: what is ${other} to do there?`, {
      code: 'ERR_RESUME_OPTION',
      remedy: `Give only ${[...WITH_RESUME].slice(1).join(', ')} with it: vnetperf compare --resume ${path}`,
    });
  }
  return { command: 'resume', path, json, reference, timeLimitSeconds, limits, files };
}

/** The short form where there is one, as most people type it. */
function typed({ short, long, argument }: OptionDefinition, value: string | undefined): string[] {
  const option = short === undefined ? `--${long}` : `-${short}`;
  if (value === undefined) return [option];
  // An optional argument must be attached, and a short option may not take one at all.
  return argument === 'optional' ? [`--${long}=${value}`] : [option, value];
}
