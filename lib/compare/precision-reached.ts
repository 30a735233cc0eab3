import type { Analysis, Interval } from './analysis.js';

/**
 * Whether every ratio, and that of the baseline to itself, is known within so much: 0.02 = ±2 %. Cells that are not run any
 * more are not waited for: more blocks tell nothing about them.
 */
export function precisionReached(analysis: Analysis, precision: number): boolean {
  const { blocks, cells, contrasts, noise } = analysis;
  const given = new Set(cells.filter(({ measured, failed }) => measured + failed < blocks).map(({ cell }) => cell));
  const awaited = contrasts.filter(({ cell, baseline }) => !given.has(cell) && !given.has(baseline));
  const intervals = [...awaited.map(({ interval }) => interval), noise?.interval];
  return intervals.every((interval) => interval !== undefined && isWithin(interval, precision));
}

/** By factors: from 1 / 1.02 of it to 1.02 of it is ±2 %. */
function isWithin([low, high]: Interval, precision: number): boolean {
  return Math.sqrt(high / low) - 1 <= precision;
}
