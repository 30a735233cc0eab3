import type { Analysis, CellSummary, Contrast } from '../../compare/analysis.js';
import type { Environment } from '../../compare/environment.js';
import type {
  Cell,
  ComparisonPlan,
  ComparisonResult,
  FailedRun,
  MeasuredRun,
  RunRecord,
} from '../../compare/result.js';

/** One part of a report: what one result file says, or what several files of iperf3 say beside each other. */
export interface ReportSection {
  heading: string;
  /** Names of the files. */
  sources: string[];
  /** Where runs of one section came from different files: which. */
  sourceOf?: ReadonlyMap<RunRecord, string> | undefined;
  plan: ComparisonPlan;
  runs: RunRecord[];
  analysis: Analysis;
  /** What a comparison wrote about itself. Absent for single tests, whose order nobody randomised. */
  written?: Pick<ComparisonResult, 'version' | 'command' | 'createdAt' | 'state'> | undefined;
  environment?: Environment | undefined;
  /** The result file, or what stands for it: a page carries it. */
  data: unknown;
}

/** A cell with all that belongs to it. */
export interface ReportedCell {
  cell: Cell;
  summary: CellSummary;
  /** Against the baseline of the plan. */
  contrast?: Contrast | undefined;
  /** Without the warm-up. */
  measured: MeasuredRun[];
  failed: FailedRun[];
}

export function reportedCells({ plan, runs, analysis }: ReportSection): ReportedCell[] {
  const baseline = plan.cells.find(({ role }) => role === 'baseline');
  return plan.cells.map((cell) => {
    const own = runs.filter((run) => run.cell === cell.id && run.block >= 0);
    const measured = own.filter((run) => run.outcome === 'measured');
    return {
      cell,
      summary: analysis.cells.find((summary) => summary.cell === cell.id) ?? emptySummary(cell, own),
      contrast: analysis.contrasts.find((one) => one.cell === cell.id && one.baseline === baseline?.id),
      measured,
      failed: own.filter((run) => run.outcome === 'failed'),
    };
  });
}

function emptySummary({ id }: Cell, runs: readonly RunRecord[]): CellSummary {
  const measured = runs.filter(({ outcome }) => outcome === 'measured').length;
  return { cell: id, measured, failed: runs.length - measured, outliers: [], limitedBy: [] };
}

/** The run to show where one must stand for all: its rate is the median, or the one below it of an even number. */
export function medianRun({ measured }: Pick<ReportedCell, 'measured'>): MeasuredRun | undefined {
  const ordered = [...measured].sort((a, b) => a.measurement.bitsPerSecond - b.measurement.bitsPerSecond);
  return ordered[Math.floor((ordered.length - 1) / 2)];
}

/** Whether it is one that the analysis calls far out. */
export function isOutlier({ summary }: Pick<ReportedCell, 'summary'>, run: MeasuredRun): boolean {
  return summary.outliers.some(({ block }) => block === run.block);
}
