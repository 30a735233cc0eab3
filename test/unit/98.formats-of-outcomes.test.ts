import { describe, expect, it } from 'vitest';
import { formatResult, type ResultFormat } from '../../lib/api/format-result.js';
import type { TestResult } from '../../lib/api/test-result.js';
import { ATest } from '../support/a-test.js';
import { comparisonResult } from '../support/comparison-fixture.js';
import { junitFlaw, readXml } from '../support/junit-document.js';
import { readPrometheusText } from '../support/prometheus-text.js';

/** What the three formats take of one. */
function testResult(): TestResult {
  const test = new ATest('client');
  return {
    ...{ bitsPerSecond: 0, directions: [], intervals: [], warnings: [], events: [] },
    startedAt: '2026-11-21T08:00:00.000Z',
    durationSeconds: 1,
    start: test.start(),
    end: test.end(),
  } as unknown as TestResult;
}

describe('formatResult', () => {
  it('writes a comparison as JUnit, annotations and metrics, with the limits that are given', () => {
    const limits = { ratios: [{ ratio: 0.95, cell: 'ovs pin=off' }] };
    const junit = readXml(formatResult(comparisonResult(), 'junit', { limits }));
    expect(junitFlaw(junit)).toBeUndefined();
    expect(junit.children[0]!.attributes).toMatchObject({ tests: '6', failures: '1' });
    expect(formatResult(comparisonResult(), 'github', { limits })).toMatch(
      /^::error title=ovs pin=off against .*\n::notice /,
    );
    expect(formatResult(comparisonResult(), 'github')).toMatch(/^::notice /);
    const families = readPrometheusText(formatResult(comparisonResult(), 'prometheus', { limits }));
    expect(families.find(({ name }) => name === 'vnetperf_gate_failed')!.samples).toMatchObject([{ value: 1 }]);
    expect(() => formatResult(comparisonResult(), 'junit', { limits: { ratios: [{ ratio: 1, cell: 'x' }] } })).toThrow(
      expect.objectContaining({ code: 'ERR_GATE' }),
    );
  });

  it.each([
    ['a comparison', comparisonResult, 'json-stream'],
    ['a comparison', comparisonResult, 'pdf'],
    ['a test', testResult, 'pdf'],
  ] as const)('does not write %s as what it cannot be', (what, result, format) => {
    expect(() => formatResult(result(), format as ResultFormat)).toThrow(
      expect.objectContaining({
        name: 'RequestError',
        code: 'ERR_FORMAT',
        message: `${what} cannot be written as '${format}'`,
        remedy: expect.stringMatching(/^Choose one of: text, json, /),
      }),
    );
  });

  it('writes a test so too', () => {
    const limits = { bitsPerSecond: 1e15 };
    const junit = readXml(formatResult(testResult(), 'junit', { name: 'nightly', limits }));
    expect(junitFlaw(junit)).toBeUndefined();
    expect(junit.children[0]!.attributes).toMatchObject({ name: 'nightly', tests: '2', failures: '1' });
    expect(formatResult(testResult(), 'github', { limits })).toMatch(
      /^::error title=received rate \(failed\)::Received /,
    );
    const families = readPrometheusText(formatResult(testResult(), 'prometheus'));
    const ended = families.find(({ name }) => name === 'vnetperf_test_end_timestamp_seconds')!;
    expect(ended.samples[0]!.value).toBe(Date.parse('2026-11-21T08:00:01.000Z') / 1000);
  });
});
