import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../../lib/traffic/events.js';
import { ATest } from '../support/a-test.js';
import { captureNames, readCapture } from '../support/captures.js';
import { duplicates, leaves, readJson } from '../support/json-tokens.js';
import { recordedReporter, report } from '../support/recorded-report.js';
import { eventsFromJson } from '../support/replay-json.js';

interface Line {
  event: string;
  data: unknown;
}

describe.each(captureNames(/json-stream/))('%s', (name) => {
  const theirs = readCapture(name).trimEnd().split('\n');
  const parsed = theirs.map((line) => JSON.parse(line) as Line);
  const data = (event: string) => parsed.filter((line) => line.event === event).map((line) => line.data);
  const document = { start: data('start')[0], intervals: data('interval'), end: data('end')[0] };
  const { out } = report(eventsFromJson(JSON.stringify(document)), 'client', { mode: 'json-stream' });
  const ours = out.filter((line) => (JSON.parse(line) as Line).event !== 'vnetperf');

  it('has the same events with the same keys and figures, one a line', () => {
    const comparable = (lines: string[]) =>
      lines
        .map((line) => line.replace('iperf 3.21 (vnetperf 0.0.0)', 'iperf 3.21'))
        // iperf3 gives its own time beside the receiver's end and rate.
        .map((line) => line.replace(/("receiver":\{[^}]*?"seconds":)[\d.]+/g, '$1…'));
    expect(comparable(ours)).toEqual(comparable(theirs));
  });

  it('tells what iperf3 has no word for just before the end', () => {
    expect(out.map((line) => (JSON.parse(line) as Line).event).slice(-2)).toEqual(['vnetperf', 'end']);
  });

  it('has no key twice in a line', () => {
    expect(out.flatMap((line) => duplicates(leaves(readJson(line))))).toEqual([]);
  });
});

describe('the event stream', () => {
  const events = (lines: string[]) => lines.map((line) => (JSON.parse(line) as Line).event);

  it('comes as things happen', () => {
    const test = new ATest('client');
    const { reporter, out } = recordedReporter('client', { mode: 'json-stream' });
    const told = (event: SessionEvent) => {
      const before = out.length;
      reporter.handle(event);
      return out.length - before;
    };
    expect(told(test.connect())).toBe(0);
    expect(told(test.start())).toBe(1);
    expect(told(test.interval())).toBe(1);
    expect(told(test.interval())).toBe(1);
    expect(told(test.end())).toBe(0);
    expect(told({ type: 'done' })).toBe(2);
    expect(events(out)).toEqual(['start', 'interval', 'interval', 'vnetperf', 'end']);
  });

  it('has what the server said before its end', () => {
    const text = report(new ATest('client').all({ serverOutput: { text: 'Accepted\n' } }), 'client', {
      mode: 'json-stream',
    });
    expect(events(text.out)).toEqual(['start', 'interval', 'server_output_text', 'vnetperf', 'end']);
    expect(JSON.parse(text.out[2] as string)).toEqual({ event: 'server_output_text', data: 'Accepted\n' });
    const json = report(new ATest('client').all({ serverOutput: { json: { start: {} } } }), 'client', {
      mode: 'json-stream',
    });
    expect(json.out[2]).toBe('{"event":"server_output_json","data":{"start":{}}}');
  });

  it('is followed by the whole document with --json-stream-full-output', () => {
    const { out } = report(new ATest('client').all(), 'client', { mode: 'json-stream', jsonStreamFullOutput: true });
    const whole = report(new ATest('client').all(), 'client', { mode: 'json' });
    expect(events(out.slice(0, -1))).toEqual(['start', 'interval', 'vnetperf', 'end']);
    expect(out.at(-1)).toBe(whole.out[0]);
  });

  it('begins anew for the next test of a server', () => {
    const one = new ATest('server').all();
    const { out } = report([...one, ...one], 'server', { mode: 'json-stream', jsonStreamFullOutput: true });
    expect(out.slice(0, out.length / 2)).toEqual(out.slice(out.length / 2));
  });
});
