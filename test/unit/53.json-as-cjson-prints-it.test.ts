import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printJson, printJsonCompact, printNumber } from '../../lib/report/iperf-json.js';
import { captureNames, readJsonCapture } from '../support/captures.js';

describe('layout', () => {
  it.each(captureNames(/\.json$/))('%s read and printed again is the same text', (name) => {
    const text = readJsonCapture(name);
    expect(`${printJson(JSON.parse(text))}\n`).toBe(text);
  });

  it.each<[name: string, value: unknown, pretty: string, compact: string]>([
    ['an empty object', {}, '{\n}', '{}'],
    ['an empty object in another', { end: {} }, '{\n\t"end":\t{\n\t}\n}', '{"end":{}}'],
    ['an empty array', { a: [] }, '{\n\t"a":\t[]\n}', '{"a":[]}'],
    ['an array of numbers', { a: [1, 2.5] }, '{\n\t"a":\t[1, 2.5]\n}', '{"a":[1,2.5]}'],
    [
      'objects in an array',
      [{ a: 1 }, { b: true }],
      '[{\n\t\t"a":\t1\n\t}, {\n\t\t"b":\ttrue\n\t}]',
      '[{"a":1},{"b":true}]',
    ],
    ['what is undefined', { a: undefined, b: null }, '{\n\t"b":\tnull\n}', '{"b":null}'],
    [
      'a string with everything',
      'a"\\/\b\f\n\r\t\u0001é',
      '"a\\"\\\\/\\b\\f\\n\\r\\t\\u0001é"',
      '"a\\"\\\\/\\b\\f\\n\\r\\t\\u0001é"',
    ],
  ])('%s', (_, value, pretty, compact) => {
    expect(printJson(value)).toBe(pretty);
    expect(printJsonCompact(value)).toBe(compact);
  });
});

describe('numbers', () => {
  it.each<[value: number, text: string]>([
    [0, '0'],
    [-0, '0'],
    [-1, '-1'],
    [2 ** 53, '9007199254740992'],
    [2 ** 62, '4611686018427387904'],
    [2 ** 63, '9.2233720368547758e+18'],
    [1e20, '1e+20'],
    [5.7e-5, '5.7e-05'],
    [0.1, '0.1'],
    [1 / 3, '0.33333333333333331'],
    [Math.fround(1.001063), '1.0010629892349243'],
    [50_428_328.984376974, '50428328.984376974'],
    // 15 digits that miss the value by less than one part in 2^52 are enough for cJSON.
    [(6_291_456 * 8) / Math.fround(1.000483), '50307347.7379024'],
    [Number.NaN, 'null'],
    [Number.POSITIVE_INFINITY, 'null'],
    [Number.NEGATIVE_INFINITY, 'null'],
  ])('%d is %s', (value, text) => {
    expect(printNumber(value)).toBe(text);
  });

  const finite = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer().map((value) => value / 1e6),
    fc.maxSafeInteger(),
  );

  it('is valid JSON and means the value to within one part in 2^52', () => {
    fc.assert(
      fc.property(finite, (value) => {
        const read = JSON.parse(printNumber(value)) as number;
        expect(Math.abs(read - value)).toBeLessThanOrEqual(Math.abs(value) * Number.EPSILON);
      }),
      { numRuns: 1000 },
    );
  });

  it('has the digits that 15- or 17-digit decimal conversion gives, and no others', () => {
    fc.assert(
      fc.property(finite, (value) => {
        // Exactly between two, C takes the even one and toPrecision the larger.
        fc.pre(!Number.isInteger(value) && !/\.\d{16}50*e/.test(value.toExponential(59)));
        const text = printNumber(value);
        const candidates = [15, 17].map((digits) => decimalParts(value.toPrecision(digits)));
        expect(candidates).toContainEqual(decimalParts(text));
        const short = Number(value.toPrecision(15));
        if (short === value) expect(decimalParts(text)).toEqual(candidates[0]);
      }),
      { numRuns: 1000 },
    );
  });
});

/** Sign, significant digits without the zeros around them, and the power of ten behind them. */
function decimalParts(text: string): { sign: string; digits: string; exponent: number } {
  const [, sign = '', whole = '', fraction = '', power = '0'] = /^(-?)(\d+)\.?(\d*)(?:e([+-]\d+))?$/.exec(text) ?? [];
  const all = whole + fraction;
  const digits = all.replace(/^0+/, '');
  const trimmed = digits.replace(/0+$/, '');
  return { sign, digits: trimmed, exponent: Number(power) - fraction.length + (digits.length - trimmed.length) };
}
