import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../lib/configuration/settings.js';
import { checkParameters } from '../../lib/protocol/parameter-limits.js';
import { decodeParameters } from '../../lib/protocol/parameters.js';

describe('a server refuses parameters beyond their limits with the number iperf3 has for it', () => {
  it.each([
    ['omit', 0, 600, 12],
    ['server_affinity', 0, 1024, 132],
    ['time', 0, 86_400, 5],
    ['num', 0, 2 ** 53, 38],
    ['blockcount', 0, 2 ** 53, 38],
    ['MSS', 0, 32_767, 10],
    ['parallel', 1, 128, 6],
    ['window', 0, 536_870_912, 8],
    ['len', 1, 1_048_576, 7],
    ['bandwidth', 0, 2 ** 53, 38],
    ['fqrate', 0, 2 ** 53, 38],
    ['burst', 0, 1000, 15],
    ['TOS', 0, 255, 21],
    ['flowlabel', 0, 0xfffff, 127],
  ])('%s: %d to %d, else error %d', (key, minimum, maximum, iperf3Number) => {
    const check = (value: number) => checkParameters(decodeParameters({ [key]: value }).settings);
    expect(check(minimum)).toBeUndefined();
    expect(check(maximum)).toBeUndefined();
    expect(check(minimum - 1)?.iperf3Number).toBe(iperf3Number);
    expect(check(-1)?.iperf3Number).toBe(iperf3Number);
    if (maximum < 2 ** 53) {
      expect(check(maximum + 1)?.iperf3Number).toBe(iperf3Number);
      expect(check(maximum + 1)?.message).toContain(`${key} ${maximum + 1}`);
    }
    // Too large for 64 bits arrives as -1, and is refused like it.
    expect(check(2 ** 64)?.iperf3Number).toBe(iperf3Number);
  });

  it.each([
    [15, 20],
    [16, undefined],
    [65_507, undefined],
    [65_508, 20],
    [131_072, 20],
  ])('a datagram of %d bytes: error %s', (len, iperf3Number) => {
    expect(checkParameters(decodeParameters({ udp: true, len }).settings)?.iperf3Number).toBe(iperf3Number);
  });

  it('takes every default', () => {
    expect(checkParameters(defaultSettings())).toBeUndefined();
  });

  it('names the first of several', () => {
    expect(checkParameters(decodeParameters({ len: 0, time: -5, TOS: 999 }).settings)?.iperf3Number).toBe(5);
  });
});
