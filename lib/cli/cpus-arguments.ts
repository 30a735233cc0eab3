import { checkParallel } from '../configuration/limits.js';
import { leadingInteger } from '../configuration/quantities.js';
import { VnetperfError } from '../errors.js';
import { type DescribedOption, described, HELP_OPTION, JSON_OPTION } from './described-option.js';
import { OptionSyntaxError, scanArguments } from './getopt.js';
import { UsageError } from './usage-error.js';

/** What `vnetperf cpus ...` is asked. */
export type CpusCommand = { show: 'help' } | { show: 'cores'; streams: number; json: boolean };

export const cpusOptionTable: readonly DescribedOption<'parallel' | 'json' | 'help'>[] = [
  described({ name: 'parallel', long: 'parallel', short: 'P', argument: 'required' }, 'N: for a test of N streams (1)'),
  JSON_OPTION,
  HELP_OPTION,
];

/**
 * @param argv The arguments behind the word `cpus`.
 * @throws {UsageError}
 */
export function parseCpusArguments(argv: readonly string[]): CpusCommand {
  try {
    const asked = { show: 'cores' as const, streams: 1, json: false };
    for (const argument of scanArguments(argv, cpusOptionTable)) {
      if (argument.kind === 'operand') throw extraOperand(argument.value);
      if (argument.name === 'help') return { show: 'help' };
      if (argument.name === 'json') asked.json = true;
      else asked.streams = checkParallel(leadingInteger(argument.value ?? ''));
    }
    return asked;
  } catch (error) {
    const command = 'cpus';
    if (error instanceof OptionSyntaxError) throw UsageError.ofSyntax(error, command);
    if (error instanceof VnetperfError) throw UsageError.from(error, command);
    throw error;
  }
}

function extraOperand(word: string): VnetperfError {
  return new VnetperfError(`what is '${word}'? cpus takes options only`, { code: 'ERR_EXTRA_OPERAND' });
}
