import { describe, expect, it } from 'vitest';

const module = new URL('../../docs/shape.mjs', import.meta.url).href;
const { shapeOf } = (await import(/* @vite-ignore */ module)) as { shapeOf(lines: readonly string[]): string[] };

/** What a check of shown output may overlook, and what it may not. */
describe('the shape of output', () => {
  it.each([
    [
      'figures and units',
      ['[  5]   0.00-1.00   sec  6.48 GBytes  55.7 Gbits/sec    0    776 KBytes'],
      ['[  5]   0.00-1.02   sec   648 MBytes   557 Mbits/sec   12   1.02 MBytes'],
    ],
    ['how many rows there are', ['[  5] 0.00-1.00 sec', '[  5] 1.00-2.00 sec'], ['[  5] 0.00-1.00 sec']],
    [
      'where the bytes ran',
      ['no migrations; all bytes sent from core 0'],
      ['3 migrations; bytes sent from cores 0 and 1'],
    ],
    ['what limits', ['core 0 client user 1 %   <- limits this run', 'limited by: core 0'], ['core 1 client user 9 %']],
    [
      'what a comparison comes to',
      [
        '      median  limited by',
        'veth    41.2   1.00   baseline  3 %  core 0',
        'bridge  25.1   0.61   0.50 - 0.70  2 %',
        '',
        'bridge is slower.',
        'Written: a',
      ],
      [
        '      median  limited by',
        'veth    40.0   1.00   baseline  4 %',
        'bridge  40.4   1.01   0.90 - 1.10  5 %  link',
        '',
        'No difference.',
        'Written: a',
      ],
    ],
  ])('does not depend on %s', (_, one, other) => {
    expect(shapeOf(one)).toEqual(shapeOf(other));
  });

  it.each([
    ['an address', ['server 198.18.0.3'], ['server 198.18.0.4']],
    ['a word', ['iperf Done.'], ['iperf done.']],
    ['a heading', ['[ ID] Interval  Transfer'], ['[ ID] Interval  Bitrate']],
    ['a line', ['iperf Done.', 'cost client  1 calls/GB'], ['iperf Done.']],
    ['the order of lines', ['a', 'b'], ['b', 'a']],
    ['a cell', ['  median  limited by', 'veth  1.0', ''], ['  median  limited by', 'bridge  1.0', '']],
    ['a hop', ['client -> br0 -> server'], ['client -> server']],
  ])('depends on %s', (_, one, other) => {
    expect(shapeOf(one)).not.toEqual(shapeOf(other));
  });
});
