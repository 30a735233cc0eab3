import type { CellSummary, Contrast } from '../compare/analysis.js';
import type { Cell, FailedRun, MeasuredRun } from '../compare/result.js';

/** A cell with all that belongs to it. */
export interface ReportedCell {
  cell: Cell;
  summary: CellSummary;
  /** What it was held against. */
  contrasts: Contrast[];
  /** Without the warm-up. */
  measured: MeasuredRun[];
  failed: FailedRun[];
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
