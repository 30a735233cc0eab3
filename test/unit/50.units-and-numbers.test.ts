import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFixed, formatGeneral } from '../../lib/report/number-format.js';
import { formatUnits, type UnitFormat } from '../../lib/report/units.js';

describe('units', () => {
  it.each<[bytes: number, format: UnitFormat, text: string]>([
    // iperf3's own unit tests.
    [1024, 'A', '1.00 KByte'],
    [1024 ** 2, 'A', '1.00 MByte'],
    [1000, 'k', '8.00 Kbit'],
    [1e6, 'a', '8.00 Mbit'],
    [1e9, 'a', '8.00 Gbit'],
    [1e12, 'a', '8.00 Tbit'],
    [4 * 1024 ** 3, 'A', '4.00 GByte'],
    [4 * 1024 ** 3, 'a', '34.4 Gbit'],
    [4 * 1024 ** 4, 'A', '4.00 TByte'],
    [4 * 1024 ** 4, 'a', '35.2 Tbit'],
    [4 * 1024 ** 5, 'A', '4096 TByte'],
    [4 * 1024 ** 5, 'a', '36029 Tbit'],
    // What its reports show.
    [131_072, 'A', ' 128 KByte'],
    [131_072, 'a', '1.05 Mbit'],
    [0, 'A', '0.00 Byte'],
    [0, 'a', '0.00 bit'],
    [6_291_456, 'A', '6.00 MByte'],
    // Where the number of decimals changes.
    [9.994, 'A', '9.99 Byte'],
    [9.995, 'A', '10.0 Byte'],
    [99.94, 'A', '99.9 Byte'],
    [99.95, 'A', ' 100 Byte'],
    [999.6 / 8, 'a', '1000 bit'],
    [1000 / 8, 'a', '1.00 Kbit'],
    // A fixed prefix keeps it, however large or small.
    [125_000_000, 'k', '1000000 Kbit'],
    [1, 'g', '0.00 Gbit'],
    [1024 ** 3, 'M', '1024 MByte'],
    [1024 ** 3, 'G', '1.00 GByte'],
    [1024 ** 4, 'T', '1.00 TByte'],
    [1e12, 't', '8.00 Tbit'],
    [2048, 'K', '2.00 KByte'],
    [1e6, 'm', '8.00 Mbit'],
  ])('%d bytes as %s are %s', (bytes, format, text) => {
    expect(formatUnits(bytes, format)).toBe(text);
  });
});

describe('%.nf as C prints it', () => {
  it.each<[value: number, decimals: number, width: number, text: string]>([
    [0.125, 2, 0, '0.12'],
    [0.375, 2, 0, '0.38'],
    [2.5, 0, 0, '2'],
    [3.5, 0, 0, '4'],
    [1.005, 2, 0, '1.00'],
    [0, 3, 5, '0.000'],
    [7.2634, 3, 5, '7.263'],
    [1, 2, 6, '  1.00'],
    [-0.5, 1, 0, '-0.5'],
    [86_400, 2, 6, '86400.00'],
    [5e-324, 3, 0, '0.000'],
    [2 ** 70, 0, 0, '1180591620717411303424'],
  ])('%d with %d decimals in %d columns', (value, decimals, width, text) => {
    expect(formatFixed(value, decimals, width)).toBe(text);
  });

  it('is toFixed wherever the value is not exactly between two', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e15, noNaN: true }), fc.integer({ min: 0, max: 6 }), (value, decimals) => {
        fc.pre(!Number.isInteger(value * 2 ** (decimals + 1)));
        expect(formatFixed(value, decimals)).toBe(value.toFixed(decimals));
      }),
    );
  });
});

describe('%.ng as C prints it', () => {
  it.each<[value: number, precision: number, text: string]>([
    [0, 2, '0'],
    [100, 2, '1e+02'],
    [99.5, 2, '1e+02'],
    [99.4, 2, '99'],
    [12.5, 2, '12'],
    [13.5, 2, '14'],
    [1.25, 2, '1.2'],
    [10, 2, '10'],
    [0.5, 2, '0.5'],
    [0.0001, 2, '0.0001'],
    [0.00012345, 2, '0.00012'],
    [0.000099999, 2, '0.0001'],
    [0.0000994, 2, '9.9e-05'],
    [5.7e-5, 15, '5.7e-05'],
    [2e-5, 15, '2e-05'],
    [1e300, 15, '1e+300'],
    [1.5e-300, 15, '1.5e-300'],
    [0.1, 17, '0.10000000000000001'],
    [-1.5, 3, '-1.5'],
    [123_456_789, 9, '123456789'],
    [123_456_789, 8, '1.2345679e+08'],
  ])('%d with %d digits', (value, precision, text) => {
    expect(formatGeneral(value, precision)).toBe(text);
  });

  it('says the same number as toPrecision, in as few digits as that allows', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = formatGeneral(value, 17);
        expect(Number(text)).toBe(value);
        expect(text).not.toMatch(/\.\d*0($|e)|\.($|e)/);
        expect(text).not.toMatch(/e[+-]\d$/);
      }),
    );
  });
});
