import type { MeasuredTest } from '../measured-file.js';
import { measurementOfIperf3 } from './iperf3-document.js';

/**
 * What one -J report of iperf3, or of vnetperf, measured. @throws VnetperfError as measurementOfIperf3() does.
 * @param document Parsed JSON, from anywhere.
 */
export function measurementOfReport(document: unknown): MeasuredTest {
  const measurement = measurementOfIperf3(document);
  const { title, start } = document as { title?: unknown; start?: { timestamp?: { timesecs?: unknown } } };
  const seconds = start?.timestamp?.timesecs;
  return {
    ...(typeof title === 'string' && title.trim() !== '' ? { title: title.trim() } : {}),
    startedAt: typeof seconds === 'number' && Math.abs(seconds) < 8e12 ? new Date(1000 * seconds).toISOString() : '',
    measurement,
  };
}
