import type { MeasuredRun, RunRecord } from '../../compare/result.js';
import type { ReportedCell } from '../reported-cell.js';
import type { ReportSection } from './section.js';

/** One run and where it belongs. */
interface CsvRun {
  section: ReportSection;
  cell: ReportedCell;
  run: RunRecord;
}

export interface CsvColumn {
  /** The field's name in the first line; the unit stands in it. */
  name: string;
  /** For the help text. */
  meaning: string;
  /** undefined = an empty field: not known, or of another protocol. */
  value(run: CsvRun): string | number | undefined;
}

/** Of a run that failed the field is empty. */
export function ofMeasured<T>(value: (run: MeasuredRun, whole: CsvRun) => T): (run: CsvRun) => T | undefined {
  return (whole) => (whole.run.outcome === 'measured' ? value(whole.run, whole) : undefined);
}
