import { describe, expect, it } from 'vitest';
import { randomGenerator } from '../../lib/compare/statistics/random.js';
import { splitMix64 } from '../../lib/compare/statistics/split-mix.js';
import { xoshiro128StarStar } from '../../lib/compare/statistics/xoshiro128.js';

describe('random numbers', () => {
  it('are those of the published xoshiro128**', () => {
    const next = xoshiro128StarStar([1, 2, 3, 4]);
    // The authors' C program, compiled and run with this state.
    expect(Array.from({ length: 10 }, next)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it('are seeded by the published SplitMix64', () => {
    const next = splitMix64(1234567n);
    expect(Array.from({ length: 5 }, next)).toEqual([
      6457827717110365317n,
      3203168211198807973n,
      9817491932198370423n,
      4593380528125082431n,
      16408922859458223821n,
    ]);
  });

  it('are the same for the same seed and others for another', () => {
    const first = (seed: number): number[] => Array.from({ length: 4 }, randomGenerator(seed));
    expect(first(4821)).toEqual(first(4821));
    expect(first(4822)).not.toEqual(first(4821));
    expect(first(0).every((number) => number > 0 && number < 1)).toBe(true);
  });

  it('fill [0, 1) evenly, also from seeds side by side', () => {
    const cells = new Array<number>(16).fill(0);
    for (let seed = 0; seed < 4000; seed += 1) {
      const random = randomGenerator(seed);
      for (let draw = 0; draw < 4; draw += 1) {
        cells[Math.floor(random() * 16)]! += 1;
      }
    }
    const chiSquared = cells.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 99.9 % quantile of chi squared with 15 degrees of freedom.
    expect(chiSquared).toBeLessThan(37.7);
  });
});
