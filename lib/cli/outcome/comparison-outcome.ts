import {
  type CheckSuite,
  type ComparisonResult,
  comparisonChecks,
  comparisonMetricsReport,
  gateComparison,
  markdownReport,
  type RatioLimit,
  sectionsOf,
} from '../../index.js';
import { statusWithGate } from './exit-status.js';
import { gateLines, sayGates } from './gate-lines.js';
import { writeOutcomeFile } from './outcome-files.js';
import type { OutcomeFiles } from './outcome-options.js';
import { tellBuildServer } from './tell-build-server.js';

/**
 * What is told of a comparison beside its report.
 * @param status What the command would end with.
 * @returns what it ends with.
 */
export function tellComparison(
  status: number,
  result: ComparisonResult,
  limits: readonly RatioLimit[],
  files: OutcomeFiles,
  json: boolean,
): number {
  const gate = limits.length === 0 ? undefined : gateComparison(result, limits);
  if (files.metrics !== undefined) {
    writeOutcomeFile('--metrics', files.metrics, comparisonMetricsReport(result, gate));
  }
  if (files.junit !== undefined || files.github === true) {
    const sections = sectionsOf([{ content: 'comparison', path: '', result }]);
    const suites: CheckSuite[] = sections.map((section) => comparisonChecks(section, gate));
    tellBuildServer(suites, files, json ? 'stderr' : 'stdout', markdownReport(sections));
  }
  if (gate === undefined) return status;
  sayGates(gateLines(gate.contrasts), json ? 'stderr' : 'stdout');
  return statusWithGate(status, gate.outcome);
}
