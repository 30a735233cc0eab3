/**
 * printf's `%.nf` and `%.ng` for doubles. C rounds the exact binary value half to even; Number.prototype.toFixed and
 * toPrecision round ties up, which shows in figures such as a loss of exactly 12.5 %.
 */

/** `%<width>.<decimals>f` */
export function formatFixed(value: number, decimals: number, width = 0): string {
  if (!Number.isFinite(value)) return nonFinite(value).padStart(width);
  const digits = roundScaled(Math.abs(value), decimals)
    .toString()
    .padStart(decimals + 1, '0');
  const split = digits.length - decimals;
  const text = decimals === 0 ? digits : `${digits.slice(0, split)}.${digits.slice(split)}`;
  return `${sign(value)}${text}`.padStart(width);
}

/** `%.<precision>g` */
export function formatGeneral(value: number, precision: number): string {
  if (!Number.isFinite(value)) return nonFinite(value);
  if (value === 0) return `${sign(value)}0`;
  const magnitude = Math.abs(value);
  const limit = 10n ** BigInt(precision);
  // log10 may be off by one at powers of ten, and rounding may carry into the next decade: 9.96 -> 10.
  let exponent = Math.floor(Math.log10(magnitude)) - 1;
  let digits = roundScaled(magnitude, precision - 1 - exponent);
  while (digits >= limit) {
    exponent++;
    digits = roundScaled(magnitude, precision - 1 - exponent);
  }
  const significant = digits.toString().replace(/0+$/, '');
  return sign(value) + placePoint(significant, exponent, precision);
}

function placePoint(significant: string, exponent: number, precision: number): string {
  if (exponent < -4 || exponent >= precision) {
    const fraction = significant.length > 1 ? `.${significant.slice(1)}` : '';
    const power = Math.abs(exponent).toString().padStart(2, '0');
    return `${significant[0]}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
  }
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${significant}`;
  if (significant.length <= exponent + 1) return significant.padEnd(exponent + 1, '0');
  return `${significant.slice(0, exponent + 1)}.${significant.slice(exponent + 1)}`;
}

const bits = new DataView(new ArrayBuffer(8));

/** value x 10^decimals as an integer, rounded half to even, computed exactly. The value is finite and not negative. */
function roundScaled(value: number, decimals: number): bigint {
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const biased = Number(raw >> 52n);
  const fraction = raw & 0xf_ffff_ffff_ffffn;
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  const exponent = Math.max(biased, 1) - 1075;

  let numerator = mantissa;
  let denominator = 1n;
  if (exponent >= 0) numerator <<= BigInt(exponent);
  else denominator <<= BigInt(-exponent);
  if (decimals >= 0) numerator *= 10n ** BigInt(decimals);
  else denominator *= 10n ** BigInt(-decimals);

  const quotient = numerator / denominator;
  const twiceRest = (numerator % denominator) * 2n;
  const up = twiceRest > denominator || (twiceRest === denominator && (quotient & 1n) === 1n);
  return up ? quotient + 1n : quotient;
}

function sign(value: number): string {
  return value < 0 || Object.is(value, -0) ? '-' : '';
}

function nonFinite(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}
