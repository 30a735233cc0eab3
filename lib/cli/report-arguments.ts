import { VnetperfError } from '../errors.js';
import type { RatioLimit } from '../index.js';
import { type DescribedOption, described, HELP_OPTION } from './described-option.js';
import { OptionSyntaxError, scanArguments } from './getopt.js';
import { type OutcomeFiles, parseLimit } from './outcome/outcome-options.js';
import { savedOutcomeOptions } from './own-options.js';
import { UsageError } from './usage-error.js';

const REPORT_FORMATS = ['html', 'svg', 'markdown', 'csv'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

const MEANINGS: Readonly<Record<ReportFormat, string>> = {
  html: 'one page with all figures; it works offline and runs no script',
  svg: 'the drawing of every run with the medians',
  markdown: 'table, verdict and commands for an issue or a wiki',
  csv: 'a row a run',
};

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
      /** Published figures beside ours. */
      reference: boolean;
      /** Of comparisons. */
      limits: RatioLimit[];
      /** Of single tests. */
      failBelowBitsPerSecond: number | undefined;
      outcomeFiles: OutcomeFiles;
    };

type OptionName = ReportFormat | (typeof savedOutcomeOptions)[number]['name'] | 'output' | 'reference' | 'help';

export const reportOptionTable: readonly DescribedOption<OptionName>[] = [
  ...REPORT_FORMATS.map((name) => described({ name, long: name, argument: 'none' }, MEANINGS[name])),
  described(
    { name: 'output', long: 'output', short: 'o', argument: 'required' },
    'FILE: where to; - is standard output (beside the first FILE: compare-4821.json -> compare-4821.html). An ' +
      'existing file is overwritten, but never one that is read',
    'file',
  ),
  described(
    { name: 'reference', long: 'reference', argument: 'none' },
    'published figures of such networks beside these, in every format but --svg and --csv, with the difference ' +
      'explained where arithmetic can',
  ),
  ...savedOutcomeOptions,
  HELP_OPTION,
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
    if (error instanceof OptionSyntaxError) throw UsageError.ofSyntax(error, command);
    if (error instanceof VnetperfError) throw UsageError.from(error, command);
    throw error;
  }
}

function parse(argv: readonly string[]): ReportCommand {
  const files: string[] = [];
  const formats: ReportFormat[] = [];
  let output: string | undefined;
  let reference = false;
  const limits: RatioLimit[] = [];
  let failBelowBitsPerSecond: number | undefined;
  const outcomeFiles: OutcomeFiles = {};
  for (const argument of scanArguments(argv, reportOptionTable)) {
    if (argument.kind === 'operand') files.push(argument.value);
    else if (argument.name === 'help') return { show: 'help' };
    else if (argument.name === 'reference') reference = true;
    else if (argument.name === 'output') output = argument.value;
    else if (argument.name === 'junit') outcomeFiles.junit = argument.value;
    else if (argument.name === 'metrics') outcomeFiles.metrics = argument.value;
    else if (argument.name === 'github') outcomeFiles.github = true;
    else if (argument.name === 'fail-below') {
      const limit = parseLimit(argument.value ?? '');
      if ('bitsPerSecond' in limit) failBelowBitsPerSecond = limit.bitsPerSecond;
      else limits.push(limit);
    } else if (!formats.includes(argument.name)) formats.push(argument.name);
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
  return { show: 'report', files, formats, output, reference, limits, failBelowBitsPerSecond, outcomeFiles };
}
