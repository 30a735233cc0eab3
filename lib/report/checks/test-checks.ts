import type { RateGate } from '../../gate/rate-gate.js';
import type { EndRecord } from '../../traffic/events.js';
import { endFigures, type HalfFigures } from '../metrics/end-figures.js';
import { formatBitrate } from '../units.js';
import type { Check, CheckSuite } from './check-suite.js';

/** One test as it ended, well or not. */
export interface CheckedTest {
  /** `vnetperf run veth` */
  name: string;
  /** ISO 8601. */
  startedAt: string;
  /** How long it took. */
  seconds: number;
  /** The final figures, where there are any. */
  end?: EndRecord | undefined;
  /** What it failed of. */
  error?: { message: string; remedy?: string | undefined } | undefined;
  /** Where a limit was given. */
  gate?: RateGate | undefined;
}

const GROUP = 'vnetperf.test';

/** A check for the test itself, and one for its limit. */
export function testChecks({ name, startedAt, seconds, end, error, gate }: CheckedTest): CheckSuite {
  const directions = end === undefined ? [] : endFigures(end);
  const rates = directions.flatMap(({ from, received }) =>
    received === undefined ? [] : [`received from the ${from}: ${formatBitrate(received.bitsPerSecond)}`],
  );
  const ran: Pick<Check, 'outcome' | 'sentence'> =
    error === undefined
      ? { outcome: 'measured', sentence: rates.join('; ') }
      : { outcome: 'error', sentence: [error.message, error.remedy ?? ''].filter((text) => text !== '').join('. ') };
  return {
    name,
    startedAt,
    seconds,
    properties: [
      ...(end === undefined ? [] : [{ name: 'vnetperf', value: end.facts.version }]),
      ...(end === undefined ? [] : [{ name: 'protocol', value: end.settings.protocol }]),
      ...directions.flatMap(({ from, sent, received }) => [
        ...halfProperties(`sent from the ${from}`, sent),
        ...halfProperties(`received from the ${from}`, received),
      ]),
    ],
    checks: [
      { name, group: GROUP, seconds, ...ran },
      ...(gate === undefined
        ? []
        : [
            {
              name: 'received rate',
              group: `${GROUP}.rate`,
              seconds: 0,
              outcome: gate.outcome,
              sentence: gate.sentence,
            },
          ]),
    ],
    sentences: rates,
  };
}

function halfProperties(which: string, half: HalfFigures | undefined): CheckSuite['properties'] {
  if (half === undefined) return [];
  const figures = {
    bytes: half.bytes,
    'bits per second': half.bitsPerSecond,
    retransmits: half.retransmits,
    'lost datagrams': half.lost,
    'jitter in ms': half.jitterMs,
  };
  return Object.entries(figures).flatMap(([figure, value]) =>
    value === undefined ? [] : [{ name: `${which}: ${figure}`, value: `${value}` }],
  );
}
