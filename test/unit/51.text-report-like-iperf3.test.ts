import { describe, expect, it } from 'vitest';
import { captureNames, captureRole, readCapture } from '../support/captures.js';
import { report } from '../support/recorded-report.js';
import { eventsFromText } from '../support/replay-text.js';

const reports = captureNames(/\.txt$/).filter((name) => !name.includes('json-stream'));

describe.each(reports)('%s', (name) => {
  const text = readCapture(name);
  const verbose = text.startsWith('iperf 3.21');
  const { out, err } = report(eventsFromText(name, text), captureRole(name), { verbose });
  const ours = `${out.join('\n')}\n`.replace('iperf 3.21 (vnetperf 0.0.0)', 'iperf 3.21').split('\n');

  it('has the same lines with every column in its place', () => {
    const masked = (lines: string[]) => lines.map((line) => line.replace(/\d/g, '#'));
    expect(masked(ours)).toEqual(masked(text.split('\n')));
  });

  it('has the same figures', () => {
    expect(ours).toEqual(text.split('\n'));
    expect(err).toEqual([]);
  });
});
