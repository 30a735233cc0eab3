import { VnetperfError } from '../errors.js';
import { type DescribedOption, described, HELP_OPTION, JSON_OPTION } from './described-option.js';
import type { NetworkRequest } from './draft.js';
import { OptionSyntaxError, scanArguments } from './getopt.js';
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
  /** Annotations of GitHub Actions too. */
  github: boolean;
}

type OptionName = NetworkOptionName | 'json' | 'github' | 'help';

export const doctorOptionTable: readonly DescribedOption<OptionName>[] = [
  JSON_OPTION,
  described(
    { name: 'github', long: 'github', argument: 'none' },
    'what was found as annotations of GitHub Actions too',
  ),
  ...networkOptions,
  HELP_OPTION,
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
    if (error instanceof OptionSyntaxError) throw UsageError.ofSyntax(error, command);
    if (error instanceof VnetperfError) throw UsageError.from(error, command);
    throw error;
  }
}

function parse(argv: readonly string[]): DoctorCommand {
  const operands: string[] = [];
  const network: NetworkRequest = {};
  let json = false;
  let github = false;
  for (const argument of scanArguments<OptionName>(argv, doctorOptionTable)) {
    if (argument.kind === 'operand') operands.push(argument.value);
    else if (argument.name === 'help') return { subject: 'help' };
    else if (argument.name === 'json') json = true;
    else if (argument.name === 'github') github = true;
    else networkOptionActions[argument.name](network, argument.value);
  }
  const [first, second, ...more] = operands;
  if (more.length > 0) {
    throw new VnetperfError(`what is '${more[0]}'? doctor looks at one KIND, or between two places`, {
      code: 'ERR_EXTRA_OPERAND',
    });
  }
  if (first === undefined) return { subject: 'machine', network, json, github };
  if (second === undefined) return { subject: 'kind', kind: first, network, json, github };
  return { subject: 'places', places: [first, second], network, json, github };
}
