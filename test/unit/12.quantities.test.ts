import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDscp } from '../../lib/configuration/dscp.js';
import {
  leadingCInteger,
  leadingInteger,
  leadingNumber,
  parseRate,
  parseSize,
} from '../../lib/configuration/quantities.js';

describe('sizes are in powers of 1024, rates in powers of 1000', () => {
  it.each<[string, number, number]>([
    ['0', 0, 0],
    ['1', 1, 1],
    ['5', 5, 5],
    ['1K', 1024, 1000],
    ['1k', 1024, 1000],
    ['1M', 1_048_576, 1_000_000],
    ['1m', 1_048_576, 1_000_000],
    ['1G', 1_073_741_824, 1e9],
    ['1g', 1_073_741_824, 1e9],
    ['1T', 1_099_511_627_776, 1e12],
    ['1t', 1_099_511_627_776, 1e12],
    ['0.5K', 512, 500],
    ['.5K', 512, 500],
    ['1.K', 1024, 1000],
    ['2.5', 2, 2],
    ['1e3', 1000, 1000],
    ['1e3K', 1_024_000, 1_000_000],
    [' 7', 7, 7],
    ['+3K', 3072, 3000],
    ['1Mbps', 1_048_576, 1_000_000],
    ['1KiB', 1024, 1000],
    ['-5', -5, -5],
    ['-0.5', 0, 0],
  ])('%s', (text, size, rate) => {
    expect(parseSize(text)).toBe(size);
    expect(parseRate(text)).toBe(rate);
  });

  it.each(['', 'x', 'K', '5x', '5 K', '5b', '1P', '1,5', '0x10', '--5', 'nan', 'inf', '9'.repeat(20), '1e400'])(
    '%j is refused, quoted',
    (text) => {
      for (const parse of [parseSize, parseRate]) {
        expect(() => parse(text)).toThrow(expect.objectContaining({ iperf3Number: 38 }));
        expect(() => parse(text)).toThrow(`invalid unit value or suffix: '${text}'`);
      }
    },
  );

  it('property: a number, a suffix and anything after it', () => {
    const powers = { K: 1, M: 2, G: 3, T: 4 };
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 8000 }),
        fc.constantFrom('K', 'M', 'G', 'T', 'k', 'm', 'g', 't'),
        fc.string(),
        (number, suffix, rest) => {
          const power = powers[suffix.toUpperCase() as keyof typeof powers];
          expect(parseSize(`${number}${suffix}${rest}`)).toBe(number * 1024 ** power);
          expect(parseRate(`${number}${suffix}${rest}`)).toBe(number * 1000 ** power);
        },
      ),
    );
  });

  it('property: whole numbers up to 2^53 come back exactly', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (number) => {
        expect(parseSize(String(number))).toBe(number);
      }),
    );
  });
});

describe('plain numbers are read as C reads them', () => {
  it.each<[string, number]>([
    ['10', 10],
    [' 10s', 10],
    ['1.5', 1],
    ['-3', -3],
    ['+3', 3],
    ['abc', 0],
    ['', 0],
    ['99999999999', 2_147_483_647],
  ])('int %j', (text, expected) => {
    expect(leadingInteger(text)).toBe(expected);
  });

  it.each<[string, number]>([
    ['1', 1],
    ['0.25x', 0.25],
    ['.5', 0.5],
    ['1e-1', 0.1],
    ['-1', -1],
    ['x', 0],
    ['inf', Number.POSITIVE_INFINITY],
    ['nan', Number.NaN],
  ])('float %j', (text, expected) => {
    expect(leadingNumber(text)).toBe(expected);
  });

  it.each<[string, number | undefined]>([
    ['52', 52],
    ['064', 52],
    ['0x34', 52],
    ['0X34', 52],
    ['-1', -1],
    ['0', 0],
    ['0x', 0],
    ['08', 0],
    ['12abc', 12],
    ['abc', undefined],
    ['', undefined],
  ])('C integer %j', (text, expected) => {
    expect(leadingCInteger(text)?.value).toBe(expected);
  });
});

describe('--dscp', () => {
  it.each<[string, number]>([
    ['0', 0],
    ['63', 252],
    ['46', 184],
    ['0x2e', 184],
    ['056', 184],
    ['ef', 0xb8],
    ['EF', 0xb8],
    ['va', 0xb0],
    ['cs0', 0x00],
    ['cs1', 0x20],
    ['cs7', 0xe0],
    ['af11', 0x28],
    ['af12', 0x30],
    ['af13', 0x38],
    ['af21', 0x48],
    ['af43', 0x98],
    ['lowdelay', 0x10],
    ['throughput', 0x08],
    ['reliability', 0x04],
  ])('%s', (text, tos) => {
    expect(parseDscp(text)).toBe(tos);
  });

  it.each(['64', '-1', 'af14', 'af51', 'cs8', 'foo', '', '1x', 'constructor'])('%j is refused', (text) => {
    expect(() => parseDscp(text)).toThrow('bad TOS value (must be between 0 and 255 inclusive)');
  });
});
