import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measurementOfReport } from '../../lib/compare/peer/report-document.js';
import { gateComparison } from '../../lib/gate/comparison-gate.js';
import { emptyHistory, jsonDocument } from '../../lib/report/json-document.js';
import { exposition } from '../../lib/report/metrics/exposition.js';
import { comparisonMetricsReport, metricsReport } from '../../lib/report/metrics/metrics-report.js';
import type { MeasuredTestMetrics } from '../../lib/report/metrics/test-metrics.js';
import { recordEvent } from '../../lib/report/record-event.js';
import type { EndRecord } from '../../lib/traffic/events.js';
import { captureNames, readJsonCapture } from '../support/captures.js';
import { comparisonResult } from '../support/comparison-fixture.js';
import { type ReadFamily, readPrometheusText } from '../support/prometheus-text.js';
import { eventsFromJson } from '../support/replay-json.js';

function about(end: EndRecord | undefined, more: Partial<MeasuredTestMetrics> = {}): MeasuredTestMetrics {
  return {
    role: end?.role ?? 'client',
    protocol: end?.settings.protocol ?? 'tcp',
    direction: end?.settings.direction ?? 'forward',
    version: '0.1.0',
    peer: '198.18.0.3',
    endedAtMs: 1_795_291_353_225,
    completed: end !== undefined,
    end,
    ...more,
  };
}

function figure(families: readonly ReadFamily[], name: string, labels: Record<string, string>): number | undefined {
  const samples = families.flatMap((family) => family.samples).filter((sample) => sample.name === `vnetperf_${name}`);
  const found = samples.filter((sample) =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  if (found.length > 1) throw new Error(`${found.length} samples of ${name}`);
  return found[0]?.value;
}

const clients = captureNames(/\.client\.json$/);

describe('the metrics of a test', () => {
  it.each(clients)('have the figures of the JSON report: %s', (name) => {
    const events = eventsFromJson(readJsonCapture(name));
    const end = events.findLast((event) => event.type === 'end');
    if (end === undefined) return expect(readJsonCapture(name)).toContain('"error"');
    const families = readPrometheusText(metricsReport([about(end)]));
    const history = events.reduce((all, event) => recordEvent(all, event, true), emptyHistory('client'));
    const document = JSON.parse(JSON.stringify(jsonDocument(history, { version: '0.1.0', systemInfo: '' })));
    for (const suffix of ['', '_bidir_reverse']) {
      const sent = document.end[`sum_sent${suffix}`];
      if (sent === undefined) continue;
      const received = document.end[`sum_received${suffix}`];
      const reverse = end.settings.direction === 'reverse' || suffix !== '';
      const from = reverse ? 'server' : 'client';
      const is = (metric: string, value: number | undefined) =>
        expect(figure(families, metric, { from }), metric).toBe(value);
      is('throughput_bytes_per_second', received.bits_per_second / 8);
      is('received_bytes', received.bytes);
      is('sent_bytes', sent.bytes);
      is('sent_bytes_per_second', sent.bits_per_second / 8);
      is('retransmits', sent.retransmits);
      is('duration_seconds', received.seconds);
      is('lost_datagrams', received.lost_packets);
      is('jitter_seconds', received.jitter_ms === undefined ? undefined : received.jitter_ms / 1000);
    }
    const { host_user, remote_system } = document.end.cpu_utilization_percent;
    expect(figure(families, 'cpu_usage_ratio', { end: 'client', mode: 'user' })).toBe(host_user / 100);
    expect(figure(families, 'cpu_usage_ratio', { end: 'server', mode: 'system' })).toBe(remote_system / 100);
    // And those of what a report is read back as.
    const { measurement } = measurementOfReport(document);
    for (const { from, receivedBytes } of measurement.directions) {
      expect(figure(families, 'received_bytes', { from })).toBe(receivedBytes);
    }
  });

  it('say of a test that failed that it did, and no figure', () => {
    const families = readPrometheusText(metricsReport([about(undefined)]));
    expect(families.map(({ name }) => name)).toEqual([
      'vnetperf_test_info',
      'vnetperf_test_completed',
      'vnetperf_test_end_timestamp_seconds',
    ]);
    expect(figure(families, 'test_completed', {})).toBe(0);
    expect(figure(families, 'test_end_timestamp_seconds', {})).toBe(1_795_291_353.225);
  });

  it('have the last tests of a server beside each other', () => {
    const ends = clients.flatMap((name) =>
      eventsFromJson(readJsonCapture(name)).filter((event) => event.type === 'end'),
    );
    const kinds = new Map(ends.map((end) => [`${end.settings.protocol} ${end.settings.direction}`, end]));
    expect(kinds.size).toBeGreaterThan(3);
    const families = readPrometheusText(metricsReport([...kinds.values()].map((end) => about(end))));
    expect(families.find(({ name }) => name === 'vnetperf_test_info')!.samples).toHaveLength(kinds.size);
  });

  it('share no series with those of another test, whose file a collector reads too', () => {
    const [end] = clients.flatMap((name) =>
      eventsFromJson(readJsonCapture(name)).filter((event) => event.type === 'end'),
    );
    const tests: Partial<MeasuredTestMetrics>[] = [
      { role: 'client', peer: 'one.example' },
      { role: 'client', peer: 'other.example' },
      { role: 'client', peer: 'other.example', title: 'at night' },
      { role: 'client', network: 'veth' },
      { role: 'client', network: 'docker:web docker:db' },
      { role: 'server' },
    ];
    const series = tests.flatMap((test) =>
      readPrometheusText(metricsReport([about(end, test)])).flatMap(({ samples }) =>
        samples.map(({ name, labels }) => JSON.stringify([name, Object.entries(labels).sort()])),
      ),
    );
    expect(new Set(series).size).toBe(series.length);
  });

  it('have the same series for every client of a server, and for every address of a network', () => {
    const labels = (test: Partial<MeasuredTestMetrics>) =>
      readPrometheusText(metricsReport([about(undefined, test)])).find(
        ({ name }) => name === 'vnetperf_test_completed',
      )!.samples[0]!.labels;
    expect(labels({ role: 'server', peer: '198.18.0.9', title: 'x' })).toEqual(labels({ role: 'server' }));
    expect(labels({ network: 'veth', peer: undefined })).toEqual(labels({ network: 'veth' }));
  });

  it('have round trips as a summary', () => {
    const [name] = clients;
    const end = eventsFromJson(readJsonCapture(name!)).findLast((event) => event.type === 'end')!;
    const idle = {
      samples: 4000,
      lost: 0,
      minMicroseconds: 5,
      meanMicroseconds: 11,
      maxMicroseconds: 300,
      percentiles: [50, 90, 99, 99.9].map((percentile, index) => ({ percentile, microseconds: 2 ** index })),
      relativeError: 0.01,
    };
    const facts = { ...end.facts, latency: { protocol: 'udp' as const, payloadBytes: 64, idle } };
    const families = readPrometheusText(metricsReport([about({ ...end, facts })]));
    const family = families.find(({ name: one }) => one === 'vnetperf_round_trip_seconds')!;
    expect(family.type).toBe('summary');
    expect(family.samples.map(({ labels, value }) => [labels.quantile, value])).toEqual([
      ['0.5', 1e-6],
      ['0.9', 2e-6],
      ['0.99', 4e-6],
      ['0.999', 8e-6],
      [undefined, 0.044],
      [undefined, 4000],
    ]);
  });
});

describe('the metrics of a comparison', () => {
  it('are those of its analysis, and of its gate', () => {
    const result = comparisonResult();
    const gate = gateComparison(result, [{ ratio: 0.95 }]);
    const families = readPrometheusText(comparisonMetricsReport(result, gate));
    const cell = 'ovs pin=off';
    const baseline = 'docker-bridge pin=off';
    const [summary, contrast] = [result.analysis.cells[3]!, result.analysis.contrasts[1]!];
    expect(figure(families, 'comparison_throughput_bytes_per_second', { cell })).toBe(summary.medianBitsPerSecond! / 8);
    expect(figure(families, 'comparison_throughput_lower_bytes_per_second', { cell })).toBe(
      summary.medianInterval![0] / 8,
    );
    expect(figure(families, 'comparison_ratio', { cell, baseline })).toBe(contrast.ratio);
    expect(figure(families, 'comparison_upper_ratio', { cell, baseline })).toBe(contrast.interval![1]);
    expect(figure(families, 'gate_failed', { cell, baseline })).toBe(1);
    expect(figure(families, 'gate_passed', { cell, baseline })).toBe(0);
    expect(figure(families, 'gate_passed', { cell: 'docker-bridge pin=auto' })).toBe(1);
    expect(figure(families, 'comparison_start_timestamp_seconds', {})).toBe(Date.parse(result.createdAt) / 1000);
  });

  it('have no gate where there is none', () => {
    expect(comparisonMetricsReport(comparisonResult())).not.toContain('vnetperf_gate');
  });
});

describe('the text format', () => {
  it('gives labels, help and numbers back, whatever they are', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: fc.constantFrom('\\', '"', '\n', 'n', '{', '}', ',', '=', ' ', '#', 'ü') }),
    );
    const value = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, 1e21, 5e-324));
    fc.assert(
      fc.property(text, text, text, value, (help, one, other, number) => {
        const [family] = readPrometheusText(
          exposition([
            { name: 'x', help, type: 'gauge', samples: [{ labels: { one, other, none: undefined }, value: number }] },
          ]),
        );
        // Control characters other than ends of lines are not passed on.
        const kept = (words: string) => words.replaceAll(/[^\P{Cc}\n\t]/gu, '?');
        expect(family).toEqual({
          name: 'vnetperf_x',
          type: 'gauge',
          help: kept(help),
          samples: [
            { name: 'vnetperf_x', labels: { one: kept(one), other: kept(other) }, value: number === 0 ? 0 : number },
          ],
        });
      }),
    );
  });

  it('leaves out what is not known', () => {
    expect(exposition([{ name: 'x', help: '', type: 'gauge', samples: [{ labels: {}, value: undefined }] }])).toBe('');
  });
});
