import type { TestSettings } from '../../configuration/settings.js';
import { type CoreRow, coreRows } from '../../traffic/core-shares.js';
import type { DirectionMeasurement, Measurement, StreamMeasurement } from '../measurement.js';

/** The part of a measurement that says what held it up. */
export type LimitFigures = Pick<
  Measurement,
  'durationSeconds' | 'directions' | 'streams' | 'cores' | 'carriers' | 'intervals' | 'link'
>;

/** A test as every kind of limit looks at it. */
export interface JudgedTest {
  settings: TestSettings;
  measured: LimitFigures;
  /** How long the workers ran, the omit period included: what counters of the whole run are to be held against. */
  wholeSeconds: number;
  rows: CoreRow[];
  directions: JudgedDirection[];
}

export interface JudgedDirection extends DirectionMeasurement {
  /** Before a limit's text, where the test has two directions: `client to server: `. */
  label: string;
  senders: StreamMeasurement[];
  receivers: StreamMeasurement[];
}

export function judgedTest(measured: LimitFigures, settings: TestSettings): JudgedTest {
  const { cores, carriers, streams, directions, durationSeconds } = measured;
  const wholeSeconds = settings.omitSeconds + durationSeconds;
  return {
    settings,
    measured,
    wholeSeconds,
    rows: coreRows({ cores, carriers, streams, seconds: wholeSeconds }),
    directions: directions.map((direction) => {
      const sends = (stream: StreamMeasurement) => stream.role === 'sender' && stream.end === direction.from;
      const receives = (stream: StreamMeasurement) => stream.role === 'receiver' && stream.end !== direction.from;
      return {
        ...direction,
        label: directions.length > 1 ? `${direction.from} to ${otherEnd(direction.from)}: ` : '',
        senders: streams.filter(sends),
        receivers: streams.filter(receives),
      };
    }),
  };
}

function otherEnd(end: 'client' | 'server'): 'client' | 'server' {
  return end === 'client' ? 'server' : 'client';
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
