import type { EndRecord } from '../../traffic/events.js';
import { type DirectionFigures, endFigures } from './end-figures.js';
import type { MetricFamily, MetricSample } from './exposition.js';
import { latencySamples } from './latency-samples.js';

/** A test that is over, as a monitoring system is told of it. */
export interface MeasuredTestMetrics {
  /** Which end tells. */
  role: 'client' | 'server';
  /** tcp, udp or sctp. */
  protocol: string;
  /** Which ends sent. */
  direction: 'forward' | 'reverse' | 'bidirectional';
  /** Of the vnetperf that ran it. */
  version: string;
  /** The other end as it was named; of a server, its client's address. */
  peer?: string | undefined;
  /** What was built for it, `veth`, or the places that it ran between, `docker:web docker:db`. */
  network?: string | undefined;
  /** -T */
  title?: string | undefined;
  /** When it was over, milliseconds since 1970. */
  endedAtMs: number;
  /** Whether it ended in good order. */
  completed: boolean;
  /** Absent where it failed before its end. */
  end?: EndRecord | undefined;
}

type Direction = [test: MeasuredTestMetrics, figures: DirectionFigures];

/** A family for each figure, with a sample for each test that has it. Tests that seriesLabels() gives the same are one. */
export function testMetrics(tests: readonly MeasuredTestMetrics[]): MetricFamily[] {
  const ended = tests.flatMap(({ end, ...test }) => (end === undefined ? [] : [{ ...test, end }]));
  const directions = ended.flatMap((test) => endFigures(test.end).map((figures): Direction => [test, figures]));
  const gauge = (name: string, help: string, samples: MetricSample[]): MetricFamily => ({
    name,
    help,
    type: 'gauge',
    samples,
  });
  const ofDirections = (name: string, help: string, value: (figures: DirectionFigures) => number | undefined) =>
    gauge(
      name,
      help,
      directions.map(([test, figures]) => ({
        labels: { ...seriesLabels(test), from: figures.from },
        value: value(figures),
      })),
    );
  return [
    gauge(
      'test_info',
      'What was tested, with what; the value is always 1.',
      tests.map((test) => ({ labels: infoLabels(test), value: 1 })),
    ),
    gauge(
      'test_completed',
      'Whether the last test ended in good order: 1, or 0.',
      tests.map((test) => ({ labels: seriesLabels(test), value: test.completed ? 1 : 0 })),
    ),
    gauge(
      'test_end_timestamp_seconds',
      'When the last test was over, seconds since 1970.',
      tests.map((test) => ({ labels: seriesLabels(test), value: test.endedAtMs / 1000 })),
    ),
    ofDirections(
      'throughput_bytes_per_second',
      'Rate of the whole test as its receiver counted, all streams together; times 8 it is bits per second.',
      ({ received }) => perSecond(received?.bitsPerSecond),
    ),
    ofDirections(
      'sent_bytes_per_second',
      'Rate of the whole test as its sender counted, all streams together.',
      ({ sent }) => perSecond(sent?.bitsPerSecond),
    ),
    ofDirections('received_bytes', 'Bytes that arrived in the last test.', ({ received }) => received?.bytes),
    ofDirections('sent_bytes', 'Bytes that were sent in the last test.', ({ sent }) => sent?.bytes),
    ofDirections(
      'duration_seconds',
      'Length of the last test by the clock of its receiver, or of its sender where that has not told.',
      ({ received, sent }) => (received ?? sent)?.seconds,
    ),
    ofDirections('retransmits', 'TCP segments sent again in the last test.', ({ sent }) => sent?.retransmits),
    ofDirections('sent_datagrams', 'UDP datagrams sent in the last test.', ({ sent }) => sent?.datagrams),
    ofDirections(
      'expected_datagrams',
      'UDP datagrams that the receiver should have seen in the last test.',
      ({ received }) => received?.datagrams,
    ),
    ofDirections(
      'lost_datagrams',
      'UDP datagrams that did not arrive in the last test.',
      ({ received }) => received?.lost,
    ),
    ofDirections(
      'jitter_seconds',
      'Jitter by RFC 3550 at the end of the last test, mean of the streams.',
      ({ received }) => perThousand(received?.jitterMs),
    ),
    gauge(
      'cpu_usage_ratio',
      'CPU time of the process of an end over the time of the test, 1 = one core.',
      ended.flatMap((test) => cpuSamples(test, test.end)),
    ),
    {
      name: 'round_trip_seconds',
      help: 'Round trips of a UDP echo before the load and under it.',
      type: 'summary',
      samples: ended.flatMap((test) => latencySamples(seriesLabels(test), test.end.facts.latency)),
    },
  ];
}

/**
 * By these tests are told apart. A collector reads the files of all tests of a machine, and of two figures with the same
 * labels it drops one. What a server's clients choose is none of them: the series would be without end.
 */
function seriesLabels(test: Omit<MeasuredTestMetrics, 'end'>): MetricSample['labels'] {
  const { role, protocol, direction, network, peer, title } = test;
  if (role === 'server') return { role, protocol, direction };
  // In a network of its own the server has an address that says nothing.
  return { role, protocol, direction, network, peer: network === undefined ? peer : undefined, title };
}

function infoLabels(test: MeasuredTestMetrics): MetricSample['labels'] {
  const { version, peer, title } = test;
  return { ...seriesLabels(test), version, peer, title };
}

function cpuSamples(test: Omit<MeasuredTestMetrics, 'end'>, { cpu, role }: EndRecord): MetricSample[] {
  const other = role === 'client' ? 'server' : 'client';
  return [
    { end: role, percent: cpu.local },
    ...(cpu.remote === undefined ? [] : [{ end: other, percent: cpu.remote }]),
  ].flatMap(({ end, percent }) =>
    (['user', 'system'] as const).map((mode) => ({
      labels: { ...seriesLabels(test), end, mode },
      value: percent[mode] / 100,
    })),
  );
}

function perSecond(bitsPerSecond: number | undefined): number | undefined {
  return bitsPerSecond === undefined ? undefined : bitsPerSecond / 8;
}

function perThousand(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value / 1000;
}
