import { describe, expect, it } from 'vitest';
import { median } from '../../lib/compare/statistics/median.js';
import { medianInterval } from '../../lib/compare/statistics/median-interval.js';
import { quantile } from '../../lib/compare/statistics/quantile.js';
import { randomGenerator } from '../../lib/compare/statistics/random.js';
import { standardNormal } from '../support/synthetic-comparison.js';

const RATES = [41.2, 39.8, 42.1, 40.5, 38.9, 41.9, 40.1, 43.0, 41.0, 40.7, 39.2];

/** Draws the samples. `blur` as the implementation chooses it, from quartiles by hand. */
function byResampling(values: readonly number[], blur: number): [number, number] {
  const random = randomGenerator(11);
  const medians = Array.from({ length: 40_000 }, () =>
    median(values.map(() => values[Math.floor(random() * values.length)]! + blur * standardNormal(random))),
  );
  return [quantile(medians, 0.025), quantile(medians, 0.975)];
}

describe('the interval of the median', () => {
  it('is what drawing blurred samples gives, for an odd number of runs', () => {
    // Definition 6: the 3rd and the 9th of eleven.
    const blur = (41.9 - 39.8) / 1.34898 / Math.sqrt(11);
    const [low, high] = medianInterval(RATES, 0.95)!;
    const drawn = byResampling(RATES, blur);
    expect(Math.abs(low - drawn[0])).toBeLessThan(0.02);
    expect(Math.abs(high - drawn[1])).toBeLessThan(0.02);
  });

  it('and nearly for an even one, where the median is the mean of two', () => {
    const values = RATES.slice(0, 10);
    // Definition 6: places 2.75 and 8.25 of ten.
    const blur = (41.95 - 40.025) / 1.34898 / Math.sqrt(10);
    const [low, high] = medianInterval(values, 0.95)!;
    const drawn = byResampling(values, blur);
    const width = drawn[1] - drawn[0];
    expect(Math.abs(low - drawn[0])).toBeLessThan(0.05 * width);
    expect(Math.abs(high - drawn[1])).toBeLessThan(0.05 * width);
  });

  it('holds the median, and is a point where all runs are equal', () => {
    const [low, high] = medianInterval(RATES, 0.95)!;
    expect(low).toBeLessThan(median(RATES));
    expect(high).toBeGreaterThan(median(RATES));
    expect(medianInterval([7, 7, 7, 7, 7], 0.95)).toEqual([7, 7]);
    expect(medianInterval([0, 0, 0, 0, 0, 0], 0.95)).toEqual([0, 0]);
  });

  it('ends where all runs are equal but for their last binary digit', () => {
    const rate = 1e11;
    const digit = 2 ** -16;
    const [low, high] = medianInterval([rate, rate, rate + 2 * digit, rate, rate + digit, rate], 0.95)!;
    expect(low).toBeGreaterThanOrEqual(rate - 4 * digit);
    expect(high).toBeLessThanOrEqual(rate + 4 * digit);
    expect(low).toBeLessThanOrEqual(high);
  });

  it('does not come from four runs', () => {
    expect(medianInterval([1, 2, 3, 4], 0.95)).toBeUndefined();
    expect(medianInterval([], 0.95)).toBeUndefined();
  });
});
