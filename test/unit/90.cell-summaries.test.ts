import { describe, expect, it } from 'vitest';
import type { Limit, LimitKind, Measurement, StreamMeasurement } from '../../lib/compare/measurement.js';
import { cellSummary } from '../../lib/compare/verdict/cell-summary.js';
import { limitedBy } from '../../lib/compare/verdict/limited-by.js';
import { failedRun, measuredRun, syntheticPlan } from '../support/synthetic-comparison.js';

const cell = syntheticPlan(1, 10).cells[2]!;
const limit = (kind: LimitKind, text: string): Limit => ({ kind, text, evidence: {} });
const stream = (end: 'client' | 'server', migrations: number | undefined): StreamMeasurement => ({
  id: 1,
  end,
  role: end === 'client' ? 'sender' : 'receiver',
  bytes: 1,
  bytesByCore: [],
  migrations,
});

function summaryOf(measurements: Partial<Measurement>[], rates: readonly number[] = measurements.map(() => 1e9)) {
  return cellSummary(
    cell,
    measurements.map((more, block) => measuredRun('c2', block, rates[block]!, more)),
    0.95,
  );
}

describe('the summary of a cell', () => {
  it('shows outliers and keeps them in every figure', () => {
    const rates = [41, 40, 42, 40.5, 41.5, 20, 41.2, 40.8, 41.1, 40.9].map((gigabits) => gigabits * 1e9);
    const summary = summaryOf(
      rates.map(() => ({})),
      rates,
    );
    expect(summary).toMatchObject({
      measured: 10,
      failed: 0,
      medianBitsPerSecond: 40.95e9,
      outliers: [
        { block: 2, bitsPerSecond: 42e9 },
        { block: 5, bitsPerSecond: 20e9 },
      ].slice(1),
    });
    expect(summary.spread).toBeCloseTo((41.175 - 40.575) / 40.95, 9);
    const [low, high] = summary.medianInterval!;
    expect(low).toBeGreaterThan(40e9);
    expect(high).toBeLessThan(42e9);
  });

  it('leaves the warm-up out, but knows why it failed', () => {
    const summary = cellSummary(cell, [measuredRun('c2', -1, 9e9), measuredRun('c2', 0, 1e9)], 0.95);
    expect(summary).toMatchObject({ measured: 1, failed: 0, medianBitsPerSecond: 1e9 });
    expect(summary).not.toHaveProperty('failure');
    expect(cellSummary(cell, [failedRun('c2', -1, 'no such device')], 0.95)).toEqual({
      cell: 'c2',
      measured: 0,
      failed: 0,
      failure: 'no such device',
      outliers: [],
      limitedBy: [],
    });
  });

  it('counts failed runs and gives the last reason', () => {
    const runs = [
      failedRun('c2', 0, 'first'),
      measuredRun('c2', 1, 1e9),
      failedRun('c2', 2, 'last'),
      failedRun('c1', 3, 'other'),
    ];
    expect(cellSummary(cell, runs, 0.95)).toMatchObject({ measured: 1, failed: 2, failure: 'last' });
  });

  it('has medians over the runs of what each run came to', () => {
    const run = (migrations: number, retransmits: number, jitterMs: number, lost: number): Partial<Measurement> => ({
      streams: [stream('client', migrations), stream('server', 2)],
      directions: [
        { from: 'client', receivedBytes: 1, bitsPerSecond: 1, retransmits, jitterMs, datagrams: 200, lost },
        { from: 'server', receivedBytes: 1, bitsPerSecond: 1, retransmits: 1, jitterMs: 0.1, datagrams: 200, lost: 0 },
      ],
    });
    expect(summaryOf([run(8, 4, 0.3, 4), run(18, 10, 0.5, 8), run(98, 0, 0.9, 400)])).toMatchObject({
      // 20 in 2 s.
      migrationsPerSecond: 10,
      retransmits: 5,
      jitterMs: 0.3,
      lostPercent: 2,
    });
  });

  it('counts migrations over the omit period too, in which they happened', () => {
    const interval = (startSeconds: number, endSeconds: number, omitted: boolean) => ({
      startSeconds,
      endSeconds,
      omitted,
      bitsPerSecond: 1,
      streams: [],
      cores: [],
      ends: {},
    });
    const intervals = [interval(0, 2, true), interval(0, 1, false), interval(1, 2, false)];
    expect(summaryOf([{ streams: [stream('client', 8)], intervals }])).toMatchObject({ migrationsPerSecond: 2 });
  });

  it('leaves out what no run knows', () => {
    const summary = summaryOf([{ streams: [stream('client', undefined)] }, {}]);
    expect(Object.keys(summary).sort()).toEqual(
      ['cell', 'failed', 'limitedBy', 'measured', 'medianBitsPerSecond', 'outliers', 'spread'].sort(),
    );
  });

  it('has the median of the runs’ median round trips', () => {
    const latency = (idle: number, loaded: number): Partial<Measurement> => {
      const distribution = (microseconds: number) => ({
        samples: 10,
        lost: 0,
        minMicroseconds: 1,
        meanMicroseconds: 2,
        maxMicroseconds: 3,
        percentiles: [
          { percentile: 50, microseconds },
          { percentile: 99, microseconds: 9 * microseconds },
        ],
        relativeError: 0.01,
      });
      return { latency: { protocol: 'udp', payloadBytes: 64, idle: distribution(idle), loaded: distribution(loaded) } };
    };
    expect(summaryOf([latency(20, 90), latency(30, 80), latency(25, 100)])).toMatchObject({
      idleRoundTripMicroseconds: 25,
      loadedRoundTripMicroseconds: 90,
    });
  });
});

describe('what limited a cell', () => {
  it('is told the strongest first, also where a weaker one was there more often', () => {
    const both = () =>
      measurement(10, limit('core-saturated', 'core 0 saturated'), limit('retransmits', 'retransmits'));
    const runs = [both(), both(), both(), measurement(10, limit('retransmits', 'retransmits'))];
    expect(limitedBy(runs)).toEqual(['core 0 saturated (3 of 4 runs)', 'retransmits']);
  });

  const measurement = (bitsPerSecond: number, ...limits: Limit[]): Measurement =>
    measuredRun('c2', 0, bitsPerSecond, { limits }).measurement;

  it('is what stands in at least half of its runs, the most frequent first', () => {
    const found = limitedBy([
      measurement(10, limit('retransmits', '3 retransmits'), limit('core-saturated', 'core 0 saturated (91 %)')),
      measurement(20, limit('core-saturated', 'core 0 saturated (95 %)')),
      measurement(30, limit('core-saturated', 'core 0 saturated (99 %)'), limit('link', 'the link')),
      measurement(15, limit('retransmits', '5 retransmits'), limit('core-saturated', 'core 0 saturated (93 %)')),
    ]);
    expect(found).toEqual(['core 0 saturated (95 %)', '5 retransmits (2 of 4 runs)']);
  });

  it('is in the order of the runs where all stand in as many', () => {
    const both = [limit('receive-window', 'receive window'), limit('core-saturated', 'core 1 saturated')];
    expect(limitedBy([measurement(1, ...both), measurement(2, ...both)])).toEqual([
      'receive window',
      'core 1 saturated',
    ]);
  });

  it('has two of a kind where a run has', () => {
    const cores = [0, 1, 2].map((core) => limit('core-saturated', `core ${core} saturated`));
    expect(limitedBy([measurement(1, ...cores)])).toEqual(['core 0 saturated and core 1 saturated']);
    expect(limitedBy([])).toEqual([]);
  });
});
