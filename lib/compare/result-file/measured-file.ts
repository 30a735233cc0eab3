import { VnetperfError } from '../../errors.js';
import type { Measurement } from '../measurement.js';
import { measurementOfReport } from '../peer/report-document.js';
import type { ComparisonResult } from '../result.js';
import { checkResult } from './check-result.js';
import { readDocument } from './read-document.js';

/** What stands in a file that somebody measured something with. */
export type MeasuredFile = { path: string } & (
  | { content: 'comparison'; result: ComparisonResult }
  | ({ content: 'test' } & MeasuredTest)
);

/** A test by itself, as iperf3 and `vnetperf run` report one with -J. */
export interface MeasuredTest {
  /** Of its -T option. */
  title?: string | undefined;
  /** ISO 8601; empty where the report does not say. */
  startedAt: string;
  /** All figures that the report has. */
  measurement: Measurement;
}

/**
 * The result of a comparison, or the report of one test. @throws VnetperfError ERR_RESULT_FILE, ERR_RESULT_FORMAT,
 * ERR_RESULT_INVALID, ERR_IPERF3_DOCUMENT, ERR_IPERF3_FAILED; each message names the file.
 */
export async function readMeasuredFile(path: string): Promise<MeasuredFile> {
  const document = await readDocument(path);
  const fields = new Set(typeof document === 'object' && document !== null ? Object.keys(document) : []);
  if (fields.has('format')) return { path, content: 'comparison', result: await checkResult(document, path) };
  if (!fields.has('start') || !(fields.has('end') || fields.has('error'))) {
    throw new VnetperfError(`${path} is neither the result of a comparison nor a report of iperf3`, {
      code: 'ERR_RESULT_FORMAT',
      remedy: 'Give a file that vnetperf compare wrote, or what iperf3 or vnetperf run printed with -J.',
    });
  }
  try {
    return { path, content: 'test', ...measurementOfReport(document) };
  } catch (error) {
    if (!(error instanceof VnetperfError)) throw error;
    const { code, remedy } = error;
    throw new VnetperfError(`${path}: ${error.message}`, { code, remedy, cause: error });
  }
}
