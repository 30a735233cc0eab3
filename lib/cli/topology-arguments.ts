import { VnetperfError } from '../errors.js';
import type { EngineAddress } from '../topology/places/place.js';
import { type DescribedOption, described, HELP_OPTION, JSON_OPTION } from './described-option.js';
import type { NetworkRequest } from './draft.js';
import { OptionSyntaxError, scanArguments } from './getopt.js';
import { networkOptionActions } from './options/network-options.js';
import { type NetworkOptionName, networkOptions } from './own-options.js';
import { UsageError } from './usage-error.js';

/** What `vnetperf topology ...` asks for. */
export type TopologyCommand =
  | { command: 'help' }
  | { command: 'up'; kind: string; name: string; network: NetworkRequest }
  | { command: 'down'; name: string }
  | { command: 'ls'; json: boolean }
  | { command: 'exec'; name: string; endpoint: string; program: string; words: readonly string[] }
  | { command: 'gc'; engine: EngineAddress | undefined; ovsDatabase: string | undefined };

type Word = Exclude<TopologyCommand['command'], 'help'>;
type OptionName = NetworkOptionName | 'name' | 'json' | 'help';

const OF_GC: readonly NetworkOptionName[] = ['engine', 'docker-host', 'ovs-db'];

/** Options of the commands whose words are read as getopt_long reads them. */
export const topologyOptionTables: Readonly<Record<Exclude<Word, 'exec'>, readonly DescribedOption<OptionName>[]>> = {
  up: [
    described({ name: 'name', long: 'name', argument: 'required' }, 'NAME: name of the network (its KIND)'),
    ...networkOptions,
    HELP_OPTION,
  ],
  down: [HELP_OPTION],
  ls: [JSON_OPTION, HELP_OPTION],
  gc: [...networkOptions.filter(({ name }) => OF_GC.includes(name)), HELP_OPTION],
};

/**
 * @param argv The arguments behind the word `topology`.
 * @throws {UsageError}
 */
export function parseTopologyArguments(argv: readonly string[]): TopologyCommand {
  try {
    return parse(argv);
  } catch (error) {
    const command = 'topology';
    if (error instanceof OptionSyntaxError) throw UsageError.ofSyntax(error, command);
    if (error instanceof VnetperfError) throw UsageError.from(error, command);
    throw error;
  }
}

function parse([word, ...rest]: readonly string[]): TopologyCommand {
  switch (word) {
    case 'exec':
      return parseExec(rest);
    case 'up':
    case 'down':
    case 'ls':
    case 'gc':
      return parseOthers(word, rest);
    case '-h':
    case '--help':
      return { command: 'help' };
    default:
      throw new VnetperfError(
        word === undefined ? 'topology needs a command: up, down, ls, exec or gc' : `topology has no command '${word}'`,
        { code: 'ERR_UNKNOWN_COMMAND', remedy: 'Choose one of: up, down, ls, exec, gc.' },
      );
  }
}

function parseOthers(word: Exclude<Word, 'exec'>, argv: readonly string[]): TopologyCommand {
  const operands: string[] = [];
  const network: NetworkRequest = {};
  let name: string | undefined;
  let json = false;
  for (const argument of scanArguments<OptionName>(argv, topologyOptionTables[word])) {
    if (argument.kind === 'operand') {
      operands.push(argument.value);
      continue;
    }
    switch (argument.name) {
      case 'help':
        return { command: 'help' };
      case 'name':
        name = argument.value;
        break;
      case 'json':
        json = true;
        break;
      default:
        networkOptionActions[argument.name](network, argument.value);
    }
  }
  switch (word) {
    case 'up': {
      const kind = only(operands, 'topology up needs the kind of network to build, for example: topology up bridge');
      return { command: 'up', kind, name: name ?? kind, network };
    }
    case 'down':
      return { command: 'down', name: only(operands, 'topology down needs the name of a network') };
    case 'ls':
      none(operands);
      return { command: 'ls', json };
    case 'gc': {
      none(operands);
      const { engine: program = 'docker', engineHost: host, ovsDatabase } = network;
      const given = network.engine !== undefined || host !== undefined;
      return { command: 'gc', engine: given ? { program, host } : undefined, ovsDatabase };
    }
  }
}

/** Everything behind the endpoint belongs to the command, options too; a `--` between them may stand or not. */
function parseExec(argv: readonly string[]): TopologyCommand {
  if (argv[0] === '-h' || argv[0] === '--help') return { command: 'help' };
  const [name, endpoint, ...rest] = argv;
  const [program, ...words] = rest[0] === '--' ? rest.slice(1) : rest;
  if (name === undefined || endpoint === undefined || program === undefined) {
    throw new VnetperfError(
      'topology exec needs a network, an endpoint and a command: exec NAME client -- ip address',
      {
        code: 'ERR_NO_OPERAND',
      },
    );
  }
  return { command: 'exec', name, endpoint, program, words };
}

function only([first, ...more]: readonly string[], missing: string): string {
  if (first === undefined) throw new VnetperfError(missing, { code: 'ERR_NO_OPERAND' });
  none(more);
  return first;
}

function none([first]: readonly string[]): void {
  if (first !== undefined) throw new VnetperfError(`what is '${first}'?`, { code: 'ERR_EXTRA_OPERAND' });
}
