import { describe, expect, it } from 'vitest';
import { alignedRankShift } from '../../lib/compare/statistics/aligned-rank-shift.js';
import { alignedRankPValue, smallestAlignedRankPValue } from '../../lib/compare/statistics/aligned-rank-test.js';
import { AlignedRanks, type Block } from '../../lib/compare/statistics/aligned-ranks.js';
import { median } from '../../lib/compare/statistics/median.js';
import { randomGenerator } from '../../lib/compare/statistics/random.js';
import { signedRankPValue } from '../../lib/compare/statistics/signed-rank-test.js';

/** Rank of a value among others: those below, and half of its equals. */
function midrank(value: number, others: readonly number[]): number {
  const below = others.filter((other) => other < value - 1e-12).length;
  const equal = others.filter((other) => Math.abs(other - value) <= 1e-12).length;
  return below + (equal + 1) / 2;
}

/** The share of all outcomes at least as far to one side, times two. */
function twoSided(statistics: readonly number[], observed: number): number {
  const share = (holds: (value: number) => boolean) => statistics.filter(holds).length / statistics.length;
  const lower = share((value) => value <= observed + 1e-9);
  const upper = share((value) => value >= observed - 1e-9);
  return Math.min(1, 2 * Math.min(lower, upper));
}

/** Every sign of every difference, with Pratt's ranks. */
function signedRankByEnumeration(differences: readonly number[]): number {
  const sizes = differences.map(Math.abs);
  const ranks = differences.map((difference) => (difference === 0 ? 0 : midrank(Math.abs(difference), sizes)));
  const sums = Array.from({ length: 2 ** differences.length }, (_, signs) =>
    ranks.reduce((sum, rank, index) => sum + (signs & (1 << index) ? rank : 0), 0),
  );
  return twoSided(
    sums,
    ranks.reduce((sum, rank, index) => sum + (differences[index]! > 0 ? rank : 0), 0),
  );
}

/** Every choice of the treated one in every block. */
function alignedRankByEnumeration(blocks: readonly Block[]): number {
  const aligned = blocks.map(({ treated, controls }) => {
    const values = [treated, ...controls];
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value - mean);
  });
  const ranks = aligned.map((values) => values.map((value) => midrank(value, aligned.flat())));
  const sums = ranks.reduce<number[]>((all, own) => all.flatMap((sum) => own.map((rank) => sum + rank)), [0]);
  return twoSided(
    sums,
    ranks.reduce((sum, own) => sum + own[0]!, 0),
  );
}

const random = randomGenerator(90);
/** Coarse, so that there are ties and zeros. */
const coarse = () => Math.round(random() * 8) / 8;

describe('the signed-rank test', () => {
  it('is what counting all outcomes gives, with ties and zeros', () => {
    for (let trial = 0; trial < 60; trial += 1) {
      const differences = Array.from({ length: 1 + (trial % 9) }, () => coarse() - coarse() + (trial % 3) / 8);
      expect(signedRankPValue(differences)).toBeCloseTo(signedRankByEnumeration(differences), 12);
    }
  });

  it('finds nothing in nothing', () => {
    expect(signedRankPValue([])).toBe(1);
    expect(signedRankPValue([0, 0, 0, 0, 0, 0, 0, 0])).toBe(1);
  });

  it('stays possible with a thousand differences', () => {
    const differences = Array.from({ length: 1000 }, () => random() - 0.5);
    expect(signedRankPValue(differences)).toBeGreaterThan(0.001);
    expect(signedRankPValue(differences.map((difference) => difference + 0.1))).toBeLessThan(1e-6);
  });
});

describe('the aligned rank test', () => {
  const blocksOf = (count: number, value: () => number, shift = 0): Block[] =>
    Array.from({ length: count }, (_, index) => ({
      treated: value() + shift,
      controls: index % 4 === 3 ? [value()] : [value(), value()],
    }));
  const pValue = (blocks: readonly Block[]) => alignedRankPValue(new AlignedRanks(blocks));

  it('is what counting all outcomes gives, with ties and with blocks of two', () => {
    for (let trial = 0; trial < 60; trial += 1) {
      const blocks = blocksOf(1 + (trial % 7), trial % 2 === 0 ? random : coarse, (trial % 3) / 4);
      expect(pValue(blocks)).toBeCloseTo(alignedRankByEnumeration(blocks), 9);
    }
  });

  it.each([0.05, 0.12, 0.2])('is with 21 blocks what drawing outcomes gives, for an effect of %d', (shift) => {
    const ranks = new AlignedRanks(blocksOf(21, random, shift));
    const found = alignedRankPValue(ranks);
    const own = Array.from({ length: 21 }, (_, block) => [
      ...ranks.doubled.slice(ranks.starts[block], ranks.starts[block + 1]),
    ]);
    const sums = Array.from({ length: 40_000 }, () =>
      own.reduce((sum, values) => sum + values[Math.floor(random() * values.length)]!, 0),
    );
    const drawn = twoSided(
      sums,
      own.reduce((sum, values) => sum + values[0]!, 0),
    );
    expect(Math.abs(found - drawn)).toBeLessThan(0.01);
  });

  it('can give no less than the share of one outcome', () => {
    const apart = Array.from({ length: 5 }, () => ({ treated: 9 + random(), controls: [random(), random()] }));
    expect(pValue(apart)).toBeCloseTo(2 / 3 ** 5, 12);
    expect(smallestAlignedRankPValue(apart.map(() => 3))).toBeCloseTo(2 / 3 ** 5, 12);
    expect(pValue([{ treated: 1, controls: [1, 1] }])).toBe(1);
  });

  it('has an estimate that leaves nothing, in an interval whose ends are just rejected', () => {
    for (let trial = 0; trial < 30; trial += 1) {
      const blocks = blocksOf(6 + trial, random, 0.5);
      const { estimate, interval } = alignedRankShift(blocks, 0.95);
      const [low, high] = interval!;
      expect(low).toBeLessThanOrEqual(estimate);
      expect(high).toBeGreaterThanOrEqual(estimate);
      const width = high - low;
      const at = (shift: number) => alignedRankPValue(new AlignedRanks(blocks), shift);
      expect(at(estimate)).toBeGreaterThan(0.6);
      for (const [end, sign] of [
        [low, -1],
        [high, 1],
      ] as const) {
        expect(at(end + sign * 0.01 * width)).toBeLessThanOrEqual(0.05);
        expect(at(end - sign * 0.01 * width)).toBeGreaterThan(0.05);
      }
    }
  });

  it('estimates the median difference where both controls agree', () => {
    const treated = [5.1, 5.4, 4.9, 5.2, 5.6, 5.0, 5.3];
    const blocks = treated.map((value) => ({ treated: value, controls: [4, 4] }));
    expect(Math.abs(alignedRankShift(blocks, 0.95).estimate + 4 - median(treated))).toBeLessThan(0.06);
  });

  it('has no interval where no shift could be rejected', () => {
    expect(alignedRankShift(blocksOf(3, random), 0.95).interval).toBeUndefined();
  });
});
