import { describe, expect, it } from 'vitest';
import { ATest } from '../support/a-test.js';
import { recordedReporter, report } from '../support/recorded-report.js';

const wanted = { getServerOutput: true };

describe('what a server gives its client', () => {
  it('as text: its lines from the accepted connection on', () => {
    const test = new ATest('server', wanted);
    const { reporter, out } = recordedReporter('server');
    for (const event of [...test.beginning(), test.interval(), test.end()]) reporter.handle(event);
    const banner = 3;
    expect(reporter.serverOutput()).toEqual({ text: `${out.slice(banner).join('\n')}\n` });
    expect(out[banner]).toMatch(/^Accepted connection from /);
    expect(out.at(-1)).toMatch(/receiver$/);
  });

  it.each(['json', 'json-stream'] as const)(
    'in mode %s: start, intervals and end, and only what iperf3 has',
    (mode) => {
      const test = new ATest('server', wanted);
      const { reporter } = recordedReporter('server', { mode });
      for (const event of [...test.beginning(), test.interval(), test.end()]) reporter.handle(event);
      const output = reporter.serverOutput() as { json: { intervals: unknown[]; end: object } };
      expect(Object.keys(output.json)).toEqual(['start', 'intervals', 'end']);
      expect(output.json.intervals).toHaveLength(1);
      expect(Object.keys(output.json.end)).toContain('sum_received');
    },
  );

  it.each(['text', 'json', 'json-stream'] as const)('in mode %s: nothing when it was not asked', (mode) => {
    const test = new ATest('server');
    const { reporter } = recordedReporter('server', { mode });
    for (const event of [...test.beginning(), test.interval(), test.end()]) reporter.handle(event);
    expect(reporter.serverOutput()).toBeUndefined();
  });

  it.each(['text', 'json', 'json-stream'] as const)('in mode %s: nothing of the test before', (mode) => {
    const { reporter } = recordedReporter('server', { mode });
    for (const event of new ATest('server', wanted).all()) reporter.handle(event);
    for (const event of new ATest('server').beginning()) reporter.handle(event);
    expect(reporter.serverOutput()).toBeUndefined();
  });

  it('has an end, however long the test was', () => {
    const test = new ATest('server', { ...wanted, parallel: 100 });
    const { reporter, out } = recordedReporter('server');
    for (const event of test.beginning()) reporter.handle(event);
    for (let second = 0; second < 1000; second++) reporter.handle(test.interval());
    reporter.handle(test.end());
    const { text } = reporter.serverOutput() as { text: string };
    expect(out.join('\n').length).toBeGreaterThan(6_000_000);
    expect(text.length).toBeLessThan(4_300_000);
    expect(text).toMatch(/\n\(\d+ rows left out here; the server has printed them\)\n- - -/);
    expect(text.endsWith(`${out.at(-1)}\n`)).toBe(true);
  });
});

describe('what a client shows of it', () => {
  it('as text under a title of its own', () => {
    const test = new ATest('client', wanted);
    const text = report(test.all({ serverOutput: { text: 'Accepted\n[  5]\n' } }), 'client');
    expect(text.out.slice(-3)).toEqual(['\nServer output:\nAccepted\n[  5]\n', '', 'iperf Done.']);
    const json = report(test.all({ serverOutput: { json: { start: { connected: [] }, intervals: [] } } }), 'client');
    expect(json.out.at(-3)).toBe(
      '\nServer JSON output:\n{\n\t"start":\t{\n\t\t"connected":\t[]\n\t},\n\t"intervals":\t[]\n}',
    );
  });

  it('without what would work on the terminal', () => {
    const test = new ATest('client', wanted);
    const { out } = report(test.all({ serverOutput: { text: 'a\u001b]0;title\u0007b\tc\r\u009bd\n' } }), 'client');
    expect(out.at(-3)).toBe('\nServer output:\na?]0;title?b\tc??d\n');
  });

  it('as JSON between extra_data and vnetperf', () => {
    const test = new ATest('client', { ...wanted, title: 'hi', extraData: 'more' });
    const text = JSON.parse(
      report(test.all({ serverOutput: { text: 'A\n' } }), 'client', { mode: 'json' }).out[0] as string,
    );
    expect(Object.keys(text)).toEqual([
      'start',
      'intervals',
      'end',
      'title',
      'extra_data',
      'server_output_text',
      'vnetperf',
    ]);
    expect(text).toMatchObject({ title: 'hi', extra_data: 'more', server_output_text: 'A\n' });
  });
});
