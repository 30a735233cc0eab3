import { bytesText, microsecondsText, percentText, rateScale, rateText, threeDigits } from './quantities.js';

/** `{ systemPercent: 66.1, socketBufferBytes: 4096 }` -> `system 66.1 %, socket buffer 4.00 KiB`: units stand in the names. */
export function evidenceText(evidence: Readonly<Record<string, number>>): string {
  return Object.entries(evidence)
    .map(([name, value]) => {
      const [, whole] = /^percentOf(\w+)$/.exec(name) ?? [];
      if (whole !== undefined) return `${percentText(value)} of ${wordsOf(whole)}`;
      const known = UNITS.find(({ ending }) => name.endsWith(ending));
      const words = wordsOf(known === undefined ? name : name.slice(0, name.length - known.ending.length));
      return `${words} ${known?.text(value) ?? plain(value)}`.trim();
    })
    .join(', ');
}

const UNITS: readonly { ending: string; text: (value: number) => string }[] = [
  { ending: 'Percent', text: percentText },
  { ending: 'BitsPerSecond', text: rateWithUnit },
  { ending: 'Microseconds', text: microsecondsText },
  { ending: 'Milliseconds', text: (value) => microsecondsText(1000 * value) },
  { ending: 'Seconds', text: (value) => `${threeDigits(value)} s` },
  { ending: 'Bytes', text: bytesText },
];

function rateWithUnit(bitsPerSecond: number): string {
  const scale = rateScale([bitsPerSecond]);
  return `${rateText(bitsPerSecond, scale)} ${scale.unit}`;
}

function plain(value: number): string {
  return Number.isInteger(value) ? `${value}` : threeDigits(value);
}

/** `congestionWindow` -> `congestion window` */
function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).trim();
}
