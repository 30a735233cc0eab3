import type { ComparisonResult } from '../compare/result.js';
import type { MeasuredFile } from '../compare/result-file/measured-file.js';
import type { OutputConfiguration } from '../configuration/configuration.js';
import { RequestError } from '../errors.js';
import { packageVersion } from '../platform/package-version.js';
import { systemInfo } from '../platform/system-info.js';
import { csvReport } from '../report/comparison/csv.js';
import { htmlReport } from '../report/comparison/html.js';
import { markdownReport } from '../report/comparison/markdown.js';
import { sectionsOf } from '../report/comparison/section-of.js';
import { svgReport } from '../report/comparison/svg.js';
import { textReport } from '../report/comparison/text.js';
import { createReporter } from '../report/create-reporter.js';
import { comparisonOutcome, type OutcomeFormat, type ResultLimits, testOutcome } from './outcome-report.js';
import type { TestResult } from './test-result.js';

/** `text` and `json` of a test are iperf3's reports, with what iperf3 has no word for in one more key of the JSON. */
export type ResultFormat = 'text' | 'json' | 'json-stream' | 'csv' | 'html' | 'markdown' | 'svg' | OutcomeFormat;

/** How a result is formatted. */
export interface FormatOptions {
  /** What the result is called in the report. Default: `test` or `comparison`. */
  name?: string | undefined;
  /** Columns that lines of text may have. Default: as many as they need. */
  width?: number | undefined;
  /** For `junit`, `github` and `prometheus`: what the result has to reach. Default: nothing. */
  limits?: ResultLimits | undefined;
}

/**
 * A test or a comparison as a report: what the command line prints or writes for it.
 *
 * @throws RequestError ERR_GATE where a limit is about no cell; ERR_FORMAT where the result has no such form:
 * `json-stream` of a comparison.
 */
export function formatResult(
  result: TestResult | ComparisonResult,
  format: ResultFormat = 'text',
  { name, width, limits = {} }: FormatOptions = {},
): string {
  if (format === 'junit' || format === 'github' || format === 'prometheus') {
    return 'plan' in result
      ? comparisonOutcome(result, format, name ?? 'comparison', limits)
      : testOutcome(result, format, name ?? 'test', limits);
  }
  if ('plan' in result) return formatComparison(result, format, name ?? 'comparison', width);
  if (format === 'text' || format === 'json' || format === 'json-stream') return reportOfTest(result, format);
  const { startedAt, measurement } = result;
  const file: MeasuredFile = { path: name ?? 'test', content: 'test', startedAt, measurement };
  return writerOf(format, 'test')(sectionsOf([file]));
}

const WRITERS = new Map([
  ['csv', csvReport],
  ['html', htmlReport],
  ['markdown', markdownReport],
  ['svg', svgReport],
]);

function writerOf(format: string, what: 'comparison' | 'test') {
  const writer = WRITERS.get(format);
  if (writer !== undefined) return writer;
  const ofReports = what === 'test' ? ['text', 'json', 'json-stream'] : ['text', 'json'];
  throw new RequestError(`a ${what} cannot be written as '${format}'`, {
    code: 'ERR_FORMAT',
    remedy: `Choose one of: ${[...ofReports, ...WRITERS.keys(), 'junit', 'github', 'prometheus'].join(', ')}.`,
  });
}

function formatComparison(
  result: ComparisonResult,
  format: Exclude<ResultFormat, OutcomeFormat>,
  path: string,
  width?: number,
): string {
  if (format === 'json') return `${JSON.stringify(result, undefined, 2)}\n`;
  const sections = sectionsOf([{ path, content: 'comparison', result }]);
  return format === 'text' ? textReport(sections, width) : writerOf(format, 'comparison')(sections);
}

function reportOfTest({ events, start }: TestResult, mode: 'text' | 'json' | 'json-stream'): string {
  const lines: string[] = [];
  const output: OutputConfiguration = {
    mode,
    jsonStreamFullOutput: false,
    verbose: false,
    format: 'a',
    forceFlush: false,
  };
  const { title, extraData } = start.settings;
  const details = { version: packageVersion(), systemInfo: systemInfo(), title, extraData };
  const reporter = createReporter('client', output, { out: (line) => lines.push(line), err: () => {} }, details);
  for (const event of events) reporter.handle(event);
  return `${lines.join('\n')}\n`;
}
