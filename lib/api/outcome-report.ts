import type { ComparisonResult } from '../compare/result.js';
import { gateComparison } from '../gate/comparison-gate.js';
import { gateRates, receivedRates } from '../gate/rate-gate.js';
import type { RatioLimit } from '../gate/ratio-limits.js';
import type { CheckSuite } from '../report/checks/check-suite.js';
import { comparisonChecks } from '../report/checks/comparison-checks.js';
import { testChecks } from '../report/checks/test-checks.js';
import { sectionsOf } from '../report/comparison/section-of.js';
import { checkAnnotations, githubAnnotations } from '../report/github.js';
import { junitReport } from '../report/junit.js';
import { comparisonMetricsReport, metricsReport } from '../report/metrics/metrics-report.js';
import type { TestResult } from './test-result.js';

/** What build servers and monitoring systems read: JUnit's XML, commands of GitHub Actions, Prometheus' text format. */
export type OutcomeFormat = 'junit' | 'github' | 'prometheus';

/** What a result has to reach. */
export interface ResultLimits {
  /** Of a comparison: ratios of cells to their baselines. Default: none. */
  ratios?: readonly RatioLimit[] | undefined;
  /** Of a test: bits per second that each direction has to receive. Default: none. */
  bitsPerSecond?: number | undefined;
}

export function comparisonOutcome(
  result: ComparisonResult,
  format: OutcomeFormat,
  path: string,
  { ratios = [] }: ResultLimits,
): string {
  const gate = ratios.length === 0 ? undefined : gateComparison(result, ratios);
  if (format === 'prometheus') return comparisonMetricsReport(result, gate);
  const sections = sectionsOf([{ path, content: 'comparison', result }]);
  return checksReport(
    sections.map((section) => comparisonChecks(section, gate)),
    format,
  );
}

export function testOutcome(
  { startedAt, durationSeconds, start, end }: TestResult,
  format: OutcomeFormat,
  name: string,
  { bitsPerSecond }: ResultLimits,
): string {
  const { protocol, direction, title, omitSeconds } = start.settings;
  const seconds = omitSeconds + durationSeconds;
  if (format === 'prometheus') {
    return metricsReport([
      {
        role: end.role,
        protocol,
        direction,
        version: end.facts.version,
        peer: start.connect.peer.host,
        title,
        endedAtMs: Date.parse(startedAt) + 1000 * seconds,
        completed: !end.incomplete,
        end,
      },
    ]);
  }
  const gate = bitsPerSecond === undefined ? undefined : gateRates(receivedRates(end), bitsPerSecond);
  return checksReport([testChecks({ name, startedAt, seconds, end, gate })], format);
}

function checksReport(suites: readonly CheckSuite[], format: 'junit' | 'github'): string {
  return format === 'junit' ? junitReport(suites) : githubAnnotations(checkAnnotations(suites));
}
