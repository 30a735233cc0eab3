import type { Analysis, CellSummary } from '../../compare/analysis.js';
import type { Environment } from '../../compare/environment.js';
import type { Cell, ComparisonPlan, ComparisonResult, RunRecord } from '../../compare/result.js';
import type { ReportedCell } from '../reported-cell.js';

/** One part of a report: what one result file says, or what several files of iperf3 say beside each other. */
export interface ReportSection {
  /** What it is about. */
  heading: string;
  /** Names of the files. */
  sources: string[];
  /** Where runs of one section came from different files: which. */
  sourceOf?: ReadonlyMap<RunRecord, string> | undefined;
  /** What was measured, and what is held against what. */
  plan: ComparisonPlan;
  /** In the order in which they were done. */
  runs: RunRecord[];
  /** What the runs amount to. */
  analysis: Analysis;
  /** What a comparison wrote about itself. Absent for single tests, whose order nobody randomised. */
  written?: Pick<ComparisonResult, 'version' | 'command' | 'createdAt' | 'state'> | undefined;
  /** The machine; absent where the files do not say. */
  environment?: Environment | undefined;
  /** Show what others published of such networks. */
  reference?: boolean | undefined;
  /** The result file, or what stands for it: a page carries it. */
  data: unknown;
}

export function reportedCells({
  plan,
  runs,
  analysis,
}: Pick<ReportSection, 'plan' | 'runs' | 'analysis'>): ReportedCell[] {
  return plan.cells.map((cell) => {
    const own = runs.filter((run) => run.cell === cell.id && run.block >= 0);
    const measured = own.filter((run) => run.outcome === 'measured');
    return {
      cell,
      summary: analysis.cells.find((summary) => summary.cell === cell.id) ?? emptySummary(cell, own),
      contrasts: analysis.contrasts.filter((one) => one.cell === cell.id),
      measured,
      failed: own.filter((run) => run.outcome === 'failed'),
    };
  });
}

function emptySummary({ id }: Cell, runs: readonly RunRecord[]): CellSummary {
  const measured = runs.filter(({ outcome }) => outcome === 'measured').length;
  return { cell: id, measured, failed: runs.length - measured, outliers: [], limitedBy: [] };
}
