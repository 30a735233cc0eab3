import { describe, expect, it } from 'vitest';
import { captureNames, captureRole, readJsonCapture } from '../support/captures.js';
import { duplicates, type Leaf, leaves, readJson } from '../support/json-tokens.js';
import { report } from '../support/recorded-report.js';
import { eventsFromJson } from '../support/replay-json.js';

/**
 * Where our figures differ on purpose from iperf3 3.21's, and why. Keys, their order and their types never do.
 */
const DIFFERENT_ON_PURPOSE: { path: RegExp; captures?: RegExp }[] = [
  // Names vnetperf behind iperf3's version.
  { path: /^start\.version$/ },
  // iperf3 gives its own time beside the receiver's end and rate.
  { path: /^end\.streams\[\d+\]\.receiver\.seconds$/ },
  // iperf3 takes the absolute difference of two times that lie on both sides of zero.
  { path: /^intervals\[1\]\..*\.?(seconds|bits_per_second)$/, captures: /-omit\./ },
  // iperf3 prints what its own receiving socket's TCP_INFO happened to say; here a receiver has zeros, as in -R.
  { path: /^end\.streams\[1\]\.sender\.(max_|min_|mean_)/, captures: /tcp-bidir\.client/ },
];

describe.each(captureNames(/\.json$/))('%s', (name) => {
  const role = captureRole(name);
  const theirs = leaves(readJson(readJsonCapture(name)));
  const { out, err } = report(eventsFromJson(readJsonCapture(name)), role, { mode: 'json' });
  const printed = leaves(readJson(out.join('\n')));
  const ours = printed.filter(({ path }) => path !== 'vnetperf' && !path.startsWith('vnetperf.'));

  it('has the same keys in the same order with the same types', () => {
    expect(ours.map(({ path, type }) => `${path}: ${type}`)).toEqual(
      theirs.map(({ path, type }) => `${path}: ${type}`),
    );
  });

  it('has no key twice', () => {
    expect(duplicates(printed)).toEqual([]);
  });

  it('has the same figures, digit for digit', () => {
    expect(differences(ours, theirs, name)).toEqual([]);
  });

  it('is one printed unit that ends with the extra key, and nothing for a person', () => {
    expect(out).toHaveLength(1);
    expect(err).toEqual([]);
    expect(Object.keys(JSON.parse(out[0] as string) as object).at(-1)).toBe('vnetperf');
  });
});

function differences(ours: Leaf[], theirs: Leaf[], name: string): string[] {
  const expected = new Map(theirs.map((leaf) => [leaf.path, leaf.text]));
  return ours.flatMap(({ path, text }) => {
    if (DIFFERENT_ON_PURPOSE.some((known) => known.path.test(path) && (known.captures?.test(name) ?? true))) return [];
    if (text === expected.get(path)) return [];
    // iperf3 averages seconds, of which the document has only the streams' milliseconds: the last bit is not known.
    const difference = Math.abs(Number(text) - Number(expected.get(path)));
    if (/sum\w*\.jitter_ms$/.test(path) && difference <= 1e-15 * Number(text)) return [];
    return [`${path}: ${text} instead of ${expected.get(path)}`];
  });
}
