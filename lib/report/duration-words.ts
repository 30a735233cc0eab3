/** `45 s`, `2 min 10 s`, `3 h 5 min`: as exact as anybody needs it. */
export function durationWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 7200) return joined(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(whole / 60);
  return joined(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

/** `8.10 us`, `1.25 ms`: a histogram tells no more. */
export function threeDigitTime(microseconds: number): string {
  const [value, unit] =
    microseconds < 999.5
      ? [microseconds, 'us']
      : microseconds < 999_500
        ? [microseconds / 1e3, 'ms']
        : [microseconds / 1e6, 's'];
  const decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${value.toFixed(decimals)} ${unit}`;
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
