import { VnetperfError } from '../errors.js';
import { type OptionDefinition, OptionSyntaxError, scanArguments } from './getopt.js';
import { UsageError } from './usage-error.js';

const REPORT_FORMATS = ['html', 'svg', 'markdown', 'csv'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** What `vnetperf report ...` is asked. */
export type ReportCommand =
  | { show: 'help' }
  | {
      show: 'report';
      files: string[];
      /** Empty = a table for the terminal. */
      formats: ReportFormat[];
      /** `-` = standard output; undefined = beside the first file, and the table to standard output. */
      output: string | undefined;
    };

export const reportOptionTable: readonly OptionDefinition<ReportFormat | 'output' | 'help'>[] = [
  ...REPORT_FORMATS.map((name) => ({ name, long: name, argument: 'none' as const })),
  { name: 'output', long: 'output', short: 'o', argument: 'required' },
  { name: 'help', long: 'help', short: 'h', argument: 'none' },
];

/**
 * @param argv The arguments behind the word `report`.
 * @throws {UsageError}
 */
export function parseReportArguments(argv: readonly string[]): ReportCommand {
  try {
    return parse(argv);
  } catch (error) {
    const command = 'report';
    if (error instanceof OptionSyntaxError) {
      throw new UsageError(error.message, { kind: 'syntax', command, code: 'ERR_OPTION', cause: error });
    }
    if (error instanceof VnetperfError) throw UsageError.from(error, command);
    throw error;
  }
}

function parse(argv: readonly string[]): ReportCommand {
  const files: string[] = [];
  const formats: ReportFormat[] = [];
  let output: string | undefined;
  for (const argument of scanArguments(argv, reportOptionTable)) {
    if (argument.kind === 'operand') files.push(argument.value);
    else if (argument.name === 'help') return { show: 'help' };
    else if (argument.name === 'output') output = argument.value;
    else if (!formats.includes(argument.name)) formats.push(argument.name);
  }
  if (files.length === 0) {
    throw new VnetperfError('report needs a FILE that vnetperf compare wrote, or what iperf3 -J printed', {
      code: 'ERR_MISSING_OPERAND',
    });
  }
  if (output !== undefined && formats.length > 1) {
    throw new VnetperfError(`--output names one file, and ${formats.length} formats were asked for`, {
      code: 'ERR_OUTPUT_OF_SEVERAL',
    });
  }
  return { show: 'report', files, formats, output };
}
