import type { MeasuredTest } from '../result-file/measured-file.js';
import { DocumentFields } from './document-fields.js';
import { measurementOfIperf3 } from './iperf3-document.js';
import { withVnetperfFacts } from './vnetperf-facts.js';

/** Seconds since 1970 that a date can be made of, here until the year 9999. */
const LAST_SECOND = 253_402_300_799;

/**
 * What one -J report of iperf3, or of vnetperf, measured. @throws VnetperfError as measurementOfIperf3() does.
 * @param document Parsed JSON, from anywhere.
 */
export function measurementOfReport(document: unknown): MeasuredTest {
  const measurement = measurementOfIperf3(document);
  const root = new DocumentFields(document);
  const start = root.neededObject('start');
  const title = root.text('title');
  const seconds = start.object('timestamp')?.number('timesecs');
  const facts = root.object('vnetperf');
  const role = start.object('accepted_connection') === undefined ? 'client' : 'server';
  return {
    ...(title === undefined || title === '' ? {} : { title }),
    startedAt: seconds === undefined || seconds > LAST_SECOND ? '' : new Date(1000 * seconds).toISOString(),
    measurement: facts === undefined ? measurement : withVnetperfFacts(measurement, facts, role),
  };
}
