import { inPowersOfTen } from '../../topology/hosts/powers-of-ten.js';

/** `100 Mbit/s`, `2.5 Gbit/s`. */
export function rateInWords(bitsPerSecond: number): string {
  return inPowersOfTen(bitsPerSecond, 'bit/s');
}

/** `33 kB`, in powers of ten like the rates beside it. */
export function bytesInWords(bytes: number): string {
  return inPowersOfTen(bytes, 'B');
}

/** `41 %`; below ten with a digit more, for there the difference from nothing counts. */
export function percentInWords(percent: number): string {
  return percent < 9.95 ? `${percent.toFixed(1)} %` : `${percent.toFixed(0)} %`;
}
