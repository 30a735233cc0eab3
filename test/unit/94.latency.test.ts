import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../lib/cli/parse-options.js';
import { formatUsageError, UsageError } from '../../lib/cli/usage-error.js';
import { latencyLines } from '../../lib/report/latency-lines.js';
import type { LatencyDistribution, LatencyMeasurement } from '../../lib/traffic/events.js';

describe('--latency', () => {
  it.each(['run veth --latency -t 2', 'run --latency bridge -u', 'between netns:a netns:b --latency'])('%s', (line) => {
    expect(parseOptions(line.split(' '), {})).toMatchObject({ own: { latency: true } });
  });

  it('is not there unless it is asked for', () => {
    expect(parseOptions(['run', 'veth'], {})).not.toHaveProperty('own.latency');
  });

  it.each(['-c h --latency', '-s --latency', '--latency -c h'])('%s is refused, and told where it works', (line) => {
    expect.assertions(2);
    try {
      parseOptions(line.split(' '), {});
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      expect(formatUsageError(error as UsageError).split('\n')[0]).toBe(
        'iperf3: parameter error - --latency needs both ends in one process: it works with run, between and compare',
      );
    }
  });
});

function distribution(microseconds: number[], change: Partial<LatencyDistribution> = {}): LatencyDistribution {
  const [p50 = 0, p90 = 0, p99 = 0, p999 = 0, maxMicroseconds = 0] = microseconds;
  return {
    samples: 2000,
    lost: 0,
    minMicroseconds: p50 / 2,
    meanMicroseconds: p50,
    maxMicroseconds,
    percentiles: [
      { percentile: 50, microseconds: p50 },
      { percentile: 90, microseconds: p90 },
      { percentile: 99, microseconds: p99 },
      { percentile: 99.9, microseconds: p999 },
    ],
    relativeError: 1 / 256,
    ...change,
  };
}

function lines(phases: Pick<LatencyMeasurement, 'idle' | 'loaded'>): string[] {
  return latencyLines({ protocol: 'udp', payloadBytes: 64, ...phases });
}

describe('the lines of round trips', () => {
  it('stand below each other, idle and under load, in the unit that fits', () => {
    const idle = distribution([8.14, 9, 12.04, 30.16, 52.44]);
    const loaded = distribution([132.4, 900, 1249, 25_060, 1_001_000], { samples: 9990, lost: 12 });
    expect(lines({ idle, loaded })).toEqual([
      'latency  idle        p50 8.14 us  p99 12.0 us  p99.9 30.2 us  max 52.4 us  (2000 round trips)',
      'latency  under load  p50 132 us   p99 1.25 ms  p99.9 25.1 ms  max 1.00 s   (9990 round trips, 12 lost)',
    ]);
  });

  it('are one where there was no load to measure under, and none where nothing was measured', () => {
    expect(lines({ idle: distribution([1, 1, 1, 1, 1], { samples: 1 }) })).toEqual([
      'latency  idle  p50 1.00 us  p99 1.00 us  p99.9 1.00 us  max 1.00 us  (1 round trip)',
    ]);
    expect(latencyLines(undefined)).toEqual([]);
  });

  it.each([
    [0.42, '0.42 us'],
    [9.994, '9.99 us'],
    [9.996, '10.0 us'],
    [99.94, '99.9 us'],
    [99.96, '100 us'],
    [999.4, '999 us'],
    [999.6, '1.00 ms'],
    [999_600, '1.00 s'],
  ])('%d microseconds are %s', (microseconds, text) => {
    expect(lines({ idle: distribution([microseconds, 0, 0, 0, 0]) })[0]).toContain(`p50 ${text} `);
  });

  it('have no times where every answer was lost', () => {
    const none = distribution([], { samples: 0, lost: 40, percentiles: [] });
    expect(lines({ idle: distribution([8, 8, 8, 8, 8]), loaded: none })[1]).toMatch(
      /^latency {2}under load {2}- +- +- +- +\(0 round trips, 40 lost\)$/,
    );
  });
});
