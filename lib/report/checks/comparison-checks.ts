import { inOneLine } from '../../compare/verdict/contrast-names.js';
import type { ComparisonGate } from '../../gate/comparison-gate.js';
import { type ReportSection, reportedCells } from '../comparison/section.js';
import type { ReportedCell } from '../reported-cell.js';
import { formatBitrate } from '../units.js';
import type { Check, CheckSuite } from './check-suite.js';

const GROUP = 'vnetperf.compare';

/**
 * A comparison, or tests beside each other: a check a cell, which is whether it could be measured, and one for every
 * contrast that has a limit.
 */
export function comparisonChecks(section: ReportSection, gate?: ComparisonGate): CheckSuite {
  const { written, environment, runs, plan, analysis } = section;
  const cells = reportedCells(section);
  const cellChecks = cells.map(cellCheck);
  const gated = (gate?.contrasts ?? []).map(
    ({ name, outcome, sentence }): Check => ({ name, group: `${GROUP}.ratio`, seconds: 0, outcome, sentence }),
  );
  const command = written?.command ?? ['report', ...section.sources];
  return {
    name: `vnetperf ${command.join(' ')}`,
    startedAt: written?.createdAt ?? runs[0]?.startedAt ?? '',
    seconds: runs.reduce((sum, run) => sum + run.elapsedSeconds, 0),
    properties: [
      ...property('vnetperf', written?.version),
      ...property('state', written?.state),
      ...property('seed', written === undefined ? undefined : plan.seed),
      ...property('kernel', environment?.kernel),
      ...property('processor', environment?.processor.model),
      ...cells.flatMap(cellProperties),
      ...analysis.contrasts.flatMap((contrast) => contrastProperties(cells, contrast)),
    ],
    checks: [...cellChecks, ...gated],
    sentences: analysis.sentences,
  };
}

function cellCheck({ cell, summary, measured, failed }: ReportedCell): Check {
  const runs = [...measured, ...failed];
  const common = {
    name: inOneLine(cell.name),
    group: `${GROUP}.cell`,
    seconds: runs.reduce((sum, run) => sum + run.elapsedSeconds, 0),
  };
  if (measured.length > 0) {
    const median = summary.medianBitsPerSecond;
    const figure = median === undefined ? '' : `, median ${formatBitrate(median)}`;
    const gone = failed.length === 0 ? '' : `; ${failed.length} failed: ${summary.failure ?? ''}`;
    return {
      ...common,
      outcome: 'measured',
      sentence: `${measured.length === 1 ? '1 run' : `${measured.length} runs`}${figure}${gone}`,
    };
  }
  const why = summary.failure === undefined ? 'no run of it was made' : summary.failure;
  return { ...common, outcome: 'error', sentence: `could not be measured: ${why}` };
}

function cellProperties({ cell, summary }: ReportedCell): CheckSuite['properties'] {
  const { medianBitsPerSecond, medianInterval } = summary;
  const name = inOneLine(cell.name);
  return [
    ...property(`${name}: median bits per second`, medianBitsPerSecond),
    ...property(`${name}: median bits per second, 95 % interval`, medianInterval?.join(' to ')),
  ];
}

function contrastProperties(
  cells: readonly ReportedCell[],
  { cell, baseline, ratio, interval, verdict }: ReportSection['analysis']['contrasts'][number],
): CheckSuite['properties'] {
  const nameOf = (id: string) => inOneLine(cells.find((one) => one.cell.id === id)?.cell.name ?? id);
  const name = `${nameOf(cell)} against ${nameOf(baseline)}`;
  return [
    ...property(`${name}: ratio`, ratio),
    ...property(`${name}: ratio, 95 % interval`, interval?.join(' to ')),
    ...property(`${name}: verdict`, verdict),
  ];
}

function property(name: string, value: string | number | undefined): CheckSuite['properties'] {
  return value === undefined ? [] : [{ name, value: `${value}` }];
}
