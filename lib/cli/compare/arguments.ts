import type { GivenOption } from '../../compare/plan/cells.js';
import { parseVariedFactor, type VariedFactor } from '../../compare/plan/factors.js';
import { VnetperfError } from '../../errors.js';
import { type OptionDefinition, OptionSyntaxError, scanArguments } from '../getopt.js';
import { iperf3Options, type OptionRow } from '../iperf3-options.js';
import { bothEndsOptions, networkOptions, ownOptions } from '../own-options.js';
import { UsageError } from '../usage-error.js';
import { parseBlocks, parsePrecision, parseSeed, parseTimeLimit } from './quantities.js';
import { splitWords } from './split-words.js';

/** What `vnetperf compare ...` asks for. */
export type CompareCommand =
  | { command: 'help' }
  | ({ command: 'compare' } & ComparisonRequest)
  /** The rest stands in the file. */
  | { command: 'resume'; path: string; json: boolean; timeLimitSeconds: number | undefined };

const CONTAINER_NETWORKS_SUITE = 'container-networks';

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
  /** Words that ask for the same once more, without seed and file. */
  words: string[];
}

function row<Name extends string>(long: Name, argument: OptionDefinition['argument']): OptionRow<Name> {
  return { name: long, long, argument, side: 'both', yieldsAbbreviations: true };
}

/** What only compare has. */
export const compareOptions = [
  row('vary', 'required'),
  row('runs', 'required'),
  row('precision', 'required'),
  row('time-limit', 'required'),
  row('seed', 'required'),
  row('peer', 'required'),
  row('suite', 'required'),
  row('output', 'required'),
  row('resume', 'required'),
  row('dry-run', 'none'),
];

/** Of one report on one test, or of a server: a comparison has neither. */
const REFUSED = new Set<string>([
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
  ...iperf3Options.filter(({ side }) => side === 'server').map(({ name }) => name),
]);

const OPTIONS: readonly OptionRow[] = [
  ...iperf3Options,
  ...ownOptions,
  ...bothEndsOptions,
  ...networkOptions,
  ...compareOptions,
];
const OF_IPERF3 = new Set<string>(iperf3Options.map(({ name }) => name));

/**
 * @param argv The arguments behind the word `compare`.
 * @throws {UsageError}
 */
export function parseCompareArguments(argv: readonly string[]): CompareCommand {
  const command = 'compare';
  try {
    return parse(argv);
  } catch (error) {
    if (error instanceof OptionSyntaxError) {
      throw new UsageError(error.message, { kind: 'syntax', command, code: 'ERR_OPTION', cause: error });
    }
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
    words: [],
  };
  let resume: string | undefined;
  const seen: string[] = [];
  for (const argument of scanArguments(argv, OPTIONS)) {
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
  if (resume !== undefined) return resumed(resume, seen, asked);
  return { command: 'compare', ...withTopologyFactor(asked) };
}

const WITH_RESUME = new Set(['--resume', '-J', '--time-limit']);

/** What another run of the same comparison has of its own. */
const UNREPEATED = new Set<string>(['seed', 'output', 'json', 'dry-run', 'resume']);

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

function resumed(path: string, seen: readonly string[], { json, timeLimitSeconds }: ComparisonRequest): CompareCommand {
  const other = seen.find((word) => !WITH_RESUME.has(word));
  if (other !== undefined) {
    throw new VnetperfError(`--resume goes on with what stands in the file: what is ${other} to do there?`, {
      code: 'ERR_RESUME_OPTION',
      remedy: `Give only -J and --time-limit with it: vnetperf compare --resume ${path}`,
    });
  }
  return { command: 'resume', path, json, timeLimitSeconds };
}

/** The short form where there is one, as most people type it. */
function typed({ short, long, argument }: OptionDefinition, value: string | undefined): string[] {
  const option = short === undefined ? `--${long}` : `-${short}`;
  if (value === undefined) return [option];
  // An optional argument must be attached, and a short option may not take one at all.
  return argument === 'optional' ? [`--${long}=${value}`] : [option, value];
}
