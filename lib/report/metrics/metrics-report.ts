import type { ComparisonResult } from '../../compare/result.js';
import type { ComparisonGate } from '../../gate/comparison-gate.js';
import { comparisonMetrics } from './comparison-metrics.js';
import { exposition } from './exposition.js';
import { type MeasuredTestMetrics, testMetrics } from './test-metrics.js';

/**
 * Tests that are over, in Prometheus' text format 0.0.4, for example for the textfile collector of its node exporter. Base
 * units: bytes, seconds, ratios.
 * @param tests No two alike in role, protocol and direction, of clients in network, peer and title too: they would be the
 * same series.
 */
export function metricsReport(tests: readonly MeasuredTestMetrics[]): string {
  return exposition(testMetrics(tests));
}

/** A comparison in Prometheus' text format 0.0.4: medians, ratios, intervals; with limits, what is shown of them. */
export function comparisonMetricsReport(result: ComparisonResult, gate?: ComparisonGate): string {
  return exposition(comparisonMetrics(result, gate));
}
