import type { DirectionMeasurement, Measurement } from '../compare/measurement.js';
import type { EndRecord, IntervalRecord, SessionEvent, StartEvent } from '../traffic/events.js';

/** One test, when it is over. */
export interface TestResult {
  /** Goodput, bits per second: what arrived, all streams and directions together, the omit period excluded. */
  bitsPerSecond: number;
  /** Measured time in seconds, the omit period excluded. */
  durationSeconds: number;
  /** What arrived each way: one, or two for a bidirectional test. */
  directions: DirectionMeasurement[];
  /** When it began, ISO 8601. */
  startedAt: string;
  /** What both ends agreed on, and the streams. */
  start: StartEvent;
  /** In order; one for the omit period and one for the test where `keepIntervals` was false. */
  intervals: IntervalRecord[];
  /** The final figures of each stream, as iperf3 has them, and the facts that iperf3 has no word for. */
  end: EndRecord;
  /** What was told while it ran. */
  warnings: string[];
  /** All figures as plain data, as a comparison keeps them. */
  measurement: Measurement;
  /** Everything that happened, in order: what reports in iperf3's formats are made of. */
  events: readonly SessionEvent[];
}
