import { type CheckSuite, checkAnnotations, checksMarkdown, githubAnnotations, junitReport } from '../../index.js';
import { appendSummary, writeOutcomeFile } from './outcome-files.js';
import type { OutcomeFiles } from './outcome-options.js';

/**
 * --junit and --github.
 * @param stream Where annotations are printed. GitHub reads both; standard output may be a document.
 * @param more Markdown for the summary of the build, below the checks.
 */
export function tellBuildServer(
  suites: readonly CheckSuite[],
  { junit, github }: OutcomeFiles,
  stream: 'stdout' | 'stderr',
  more = '',
): void {
  if (junit !== undefined) writeOutcomeFile('--junit', junit, junitReport(suites));
  if (github !== true) return;
  process[stream].write(githubAnnotations(checkAnnotations(suites)));
  appendSummary(`${checksMarkdown(suites)}\n${more}`);
}
