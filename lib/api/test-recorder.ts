import { limitsOf } from '../compare/limits/limits.js';
import type { Measurement } from '../compare/measurement.js';
import { measurementOf, type TestSurroundings } from '../compare/measuring/measurement-of.js';
import type { OutputConfiguration } from '../configuration/configuration.js';
import type { EndRecord, IntervalRecord, SessionEvent, StartEvent } from '../traffic/events.js';
import { AllIntervals, type KeptIntervals, MergedIntervals } from '../traffic/kept-intervals.js';
import type { BothEndsRun } from '../traffic/run-both-ends.js';
import type { TestResult } from './test-result.js';

/** Remembers what a test tells, and makes a result of it. */
export class TestRecorder {
  readonly #events: SessionEvent[] = [];
  readonly #intervals: KeptIntervals;
  readonly #keepIntervals: boolean;
  readonly warnings: string[] = [];
  /** The final figures, once they were told. */
  end: EndRecord | undefined;
  #start: StartEvent | undefined;

  constructor({ keepIntervals = true }: { keepIntervals?: boolean | undefined }) {
    this.#keepIntervals = keepIntervals;
    this.#intervals = keepIntervals ? new AllIntervals() : new MergedIntervals();
  }

  add(event: SessionEvent): void {
    if (event.type === 'interval') this.#intervals.add(event);
    if (event.type === 'warning') this.warnings.push(event.message);
    if (event.type === 'start') this.#start = event;
    if (event.type === 'end') this.end = event;
    if (event.type !== 'interval' || this.#keepIntervals) this.#events.push(event);
  }

  get intervals(): IntervalRecord[] {
    return this.#intervals.records;
  }

  result(end: EndRecord, measurement: Measurement): TestResult {
    const { bitsPerSecond, durationSeconds, directions, warnings } = measurement;
    const start = this.#start!;
    return {
      bitsPerSecond,
      durationSeconds,
      directions,
      startedAt: new Date(start.connect.timestampMs).toISOString(),
      start,
      intervals: this.intervals,
      end,
      warnings,
      measurement,
      events: this.#events,
    };
  }
}

export function measuredTest(run: BothEndsRun, surroundings: TestSurroundings): Measurement {
  const measured = measurementOf(run, surroundings);
  return { ...measured, limits: limitsOf(measured, run.end.settings) };
}

/** A result that remembers its intervals has their facts too, as a whole JSON document has. */
export function wholeOutput(keepIntervals = true): Pick<OutputConfiguration, 'mode'> {
  return { mode: keepIntervals ? 'json' : 'text' };
}

/** What the client's end knows of a test whose server is somewhere else. */
export function measuredAlone(end: EndRecord, { intervals, warnings }: TestRecorder): Measurement {
  const run = { end, serverEnd: undefined, intervals, serverIntervals: [], costs: [], costsLeftOut: 0 };
  return measuredTest(run, { warnings });
}
