import { VnetperfError } from '../errors.js';
import type { NetworkRequest } from './draft.js';
import { type OptionDefinition, OptionSyntaxError, scanArguments } from './getopt.js';
import { networkOptionActions } from './options/network-options.js';
import { type NetworkOptionName, networkOptions } from './own-options.js';
import { UsageError } from './usage-error.js';

/** What `vnetperf doctor ...` is to look at. */
export type DoctorCommand =
  | { subject: 'help' }
  | ({ subject: 'machine' } & DoctorOptions)
  | ({ subject: 'kind'; kind: string } & DoctorOptions)
  | ({ subject: 'places'; places: [client: string, server: string] } & DoctorOptions);

interface DoctorOptions {
  network: NetworkRequest;
  json: boolean;
}

type OptionName = NetworkOptionName | 'json' | 'help';

export const doctorOptionTable: readonly OptionDefinition<OptionName>[] = [
  ...networkOptions,
  { name: 'json', long: 'json', short: 'J', argument: 'none' },
  { name: 'help', long: 'help', short: 'h', argument: 'none' },
];

/**
 * @param argv The arguments behind the word `doctor`.
 * @throws {UsageError}
 */
export function parseDoctorArguments(argv: readonly string[]): DoctorCommand {
  try {
    return parse(argv);
  } catch (error) {
    const command = 'doctor';
    if (error instanceof OptionSyntaxError) {
      throw new UsageError(error.message, { kind: 'syntax', command, code: 'ERR_OPTION', cause: error });
    }
    if (error instanceof VnetperfError) throw UsageError.from(error, command);
    throw error;
  }
}

function parse(argv: readonly string[]): DoctorCommand {
  const operands: string[] = [];
  const network: NetworkRequest = {};
  let json = false;
  for (const argument of scanArguments<OptionName>(argv, doctorOptionTable)) {
    if (argument.kind === 'operand') operands.push(argument.value);
    else if (argument.name === 'help') return { subject: 'help' };
    else if (argument.name === 'json') json = true;
    else networkOptionActions[argument.name](network, argument.value);
  }
  const [first, second, ...more] = operands;
  if (more.length > 0) {
    throw new VnetperfError(`what is '${more[0]}'? doctor looks at one KIND, or between two places`, {
      code: 'ERR_EXTRA_OPERAND',
    });
  }
  if (first === undefined) return { subject: 'machine', network, json };
  if (second === undefined) return { subject: 'kind', kind: first, network, json };
  return { subject: 'places', places: [first, second], network, json };
}
