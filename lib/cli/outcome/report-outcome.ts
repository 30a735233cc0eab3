import { RequestError } from '../../errors.js';
import {
  type Check,
  type ComparisonGate,
  type ComparisonResult,
  comparisonChecks,
  comparisonMetricsReport,
  type GateOutcome,
  gateComparison,
  gateRates,
  type MeasuredFile,
  markdownReport,
  type ReportSection,
} from '../../index.js';
import type { ReportCommand } from '../report-arguments.js';
import { statusWithGate } from './exit-status.js';
import { gateLines, sayGates } from './gate-lines.js';
import { writeOutcomeFile } from './outcome-files.js';
import { tellBuildServer } from './tell-build-server.js';

type Asked = Pick<ReportCommand & { show: 'report' }, 'limits' | 'failBelowBitsPerSecond' | 'outcomeFiles'>;
type SavedTest = MeasuredFile & { content: 'test' };

/** What saved results say to the limits. */
export interface SavedGates {
  comparisons: ReadonlyMap<ComparisonResult, ComparisonGate>;
  /** Of single tests, in their order. */
  tests: readonly Check[];
}

/**
 * Holds every file against the limit of its sort. @throws RequestError ERR_GATE where a file has none, or a limit no file:
 * it would pass unseen.
 */
export function gatesOf(
  files: readonly MeasuredFile[],
  { limits, failBelowBitsPerSecond, outcomeFiles }: Asked,
): SavedGates {
  const comparisons = files.flatMap((file) => (file.content === 'comparison' ? [file.result] : []));
  const tests = files.filter((file): file is SavedTest => file.content === 'test');
  if (outcomeFiles.metrics !== undefined && (comparisons.length !== 1 || tests.length > 0)) {
    throw new RequestError('--metrics is about one comparison: the series of several would have the same names', {
      code: 'ERR_GATE',
      remedy: 'Give one FILE that vnetperf compare wrote; a test writes its metrics when it runs.',
    });
  }
  const asked = limits.length > 0 || failBelowBitsPerSecond !== undefined;
  if (asked && limits.length > 0 !== comparisons.length > 0) {
    throw limits.length > 0
      ? gateError('a ratio is for comparisons, and there is none among the files', 'a rate, for example 9G')
      : gateError('a rate is for single tests, and there is a comparison among the files', 'a ratio, for example 0.95');
  }
  if (asked && (failBelowBitsPerSecond !== undefined) !== tests.length > 0) {
    throw failBelowBitsPerSecond !== undefined
      ? gateError('a rate is for single tests, and there is none among the files', 'a ratio, for example 0.95')
      : gateError(
          'a ratio is for comparisons, and there is a single test among the files',
          'a rate too, for example 9G',
        );
  }
  return {
    comparisons: new Map(
      limits.length === 0 ? [] : comparisons.map((result) => [result, gateComparison(result, limits)]),
    ),
    tests: failBelowBitsPerSecond === undefined ? [] : tests.map((test) => testCheck(test, failBelowBitsPerSecond)),
  };
}

/**
 * --junit, --github, --metrics, and the gates' sentences. @returns the exit status.
 * @param stream Where to speak: standard output may be a document.
 */
export function tellSaved(
  sections: readonly ReportSection[],
  gates: SavedGates,
  files: Asked['outcomeFiles'],
  stream: 'stdout' | 'stderr',
): number {
  const results = sections.map(({ data, written }) => (written === undefined ? undefined : (data as ComparisonResult)));
  const gateOf = (index: number) => {
    const result = results[index];
    return result === undefined ? undefined : gates.comparisons.get(result);
  };
  const [first] = results;
  if (files.metrics !== undefined && first !== undefined) {
    writeOutcomeFile('--metrics', files.metrics, comparisonMetricsReport(first, gateOf(0)));
  }
  // Two files may be of the same command.
  const fileOf = ({ sources }: ReportSection) => (sections.length > 1 ? `${sources.join(' ')}: ` : '');
  const suites = sections.map((section, index) => {
    const suite = comparisonChecks(section, gateOf(index));
    if (section.written === undefined) return { ...suite, checks: [...suite.checks, ...gates.tests] };
    const checks = suite.checks.map((check) => ({ ...check, name: `${fileOf(section)}${check.name}` }));
    return { ...suite, name: `${fileOf(section)}${suite.name}`, checks };
  });
  tellBuildServer(suites, files, stream, files.github === true ? markdownReport(sections) : '');
  const outcomes: GateOutcome[] = [
    ...[...gates.comparisons.values()].map(({ outcome }) => outcome),
    ...gates.tests.map(({ outcome }) => outcome as GateOutcome),
  ];
  const told = [
    ...sections.flatMap((section, index) =>
      (gateOf(index)?.contrasts ?? []).map((contrast) => ({ ...contrast, of: fileOf(section) })),
    ),
    ...gates.tests.map((test) => ({ ...test, of: `${test.name}: ` })),
  ];
  sayGates(gateLines(told.map(({ outcome, sentence, of }) => ({ outcome, sentence: `${of}${sentence}` }))), stream);
  return ['passed', 'undecided', 'failed'].reduce(
    (status, outcome) => (outcomes.some((one) => one === outcome) ? statusWithGate(0, outcome as GateOutcome) : status),
    0,
  );
}

function testCheck({ path, measurement }: SavedTest, limit: number): Check {
  const { outcome, sentence } = gateRates(measurement.directions, limit);
  return { name: path, group: 'vnetperf.test.rate', seconds: 0, outcome, sentence };
}

function gateError(message: string, instead: string): RequestError {
  return new RequestError(message, { code: 'ERR_GATE', remedy: `Give --fail-below ${instead}.` });
}
