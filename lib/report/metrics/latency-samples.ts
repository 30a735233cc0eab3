import type { LatencyDistribution, LatencyMeasurement } from '../../traffic/events.js';
import type { MetricSample } from './exposition.js';

/** A summary's samples: percentiles as quantiles, sum and count. */
export function latencySamples(
  labels: MetricSample['labels'],
  latency: LatencyMeasurement | undefined,
): MetricSample[] {
  if (latency === undefined) return [];
  const { idle, loaded } = latency;
  return [
    ...distributionSamples({ ...labels, load: 'idle' }, idle),
    ...(loaded === undefined ? [] : distributionSamples({ ...labels, load: 'loaded' }, loaded)),
  ];
}

function distributionSamples(
  labels: MetricSample['labels'],
  { percentiles, meanMicroseconds, samples }: LatencyDistribution,
): MetricSample[] {
  return [
    ...percentiles.map(({ percentile, microseconds }) => ({
      // 99.9 / 100 is 0.9990000000000001.
      labels: { ...labels, quantile: `${Number((percentile / 100).toPrecision(12))}` },
      value: microseconds / 1e6,
    })),
    { suffix: '_sum', labels, value: (meanMicroseconds * samples) / 1e6 },
    { suffix: '_count', labels, value: samples },
  ];
}
