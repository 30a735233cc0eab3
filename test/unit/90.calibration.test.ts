import { describe, expect, it } from 'vitest';
import type { Analysis, Interval } from '../../lib/compare/analysis.js';
import { analyse } from '../../lib/compare/verdict/analyse.js';
import {
  drift10Percent,
  noiseWithSlowRuns,
  normalNoise,
  type SyntheticComparison,
  syntheticComparison,
} from '../support/synthetic-comparison.js';

/*
 * What the verdicts and intervals of `analyse` are worth, by simulation through `analyse` itself. The seed is
 * fixed so that a failure means a change. At a level of 0.05 this very seed had 5.6 % of false verdicts; that led to the
 * level of lib/compare/verdict/verdict-level.ts, which was chosen and measured with other seeds. One batch of a thousand in 40 still
 * exceeds 5 %, so that another seed here may fail by luck.
 */
const SEED = 20_000;
/** Thousands of comparisons, on a machine that has other things to do. */
const TIMEOUT = 60_000;
const BLOCKS = 10;
const NOISE = normalNoise(0.03);
/** One run of 20 reaches half of its rate. */
const SLOW_RUNS = noiseWithSlowRuns(0.03, 0.05);

function simulate(comparison: SyntheticComparison, count: number): Analysis[] {
  return Array.from({ length: count }, (_, index) => {
    const { plan, runs } = syntheticComparison(comparison, SEED + index);
    return analyse(plan, runs);
  });
}

function percentOf(analyses: readonly Analysis[], holds: (analysis: Analysis) => boolean): number {
  return (100 * analyses.filter(holds).length) / analyses.length;
}

const hasVerdict = ({ contrasts }: Analysis) => contrasts.some(({ verdict }) => verdict !== 'no-difference');
const covers = ([low, high]: Interval, truth: number) => low <= truth && truth <= high;
const ratioCovers = (truth: number) => (analysis: Analysis) => covers(analysis.contrasts[0]!.interval!, truth);
const medianCovers = (truth: number) => (analysis: Analysis) => covers(analysis.cells[2]!.medianInterval!, truth);

function expectBetween93And97(percent: number): void {
  expect(percent).toBeGreaterThanOrEqual(93);
  expect(percent).toBeLessThanOrEqual(97);
}

describe('with no true difference', () => {
  const still = simulate({ blocks: BLOCKS, rates: [1], noise: NOISE }, 1000);
  const drifting = simulate({ blocks: BLOCKS, rates: [1], noise: NOISE, drift: drift10Percent(BLOCKS) }, 1000);

  it(
    'at most 5 % of comparisons get a verdict',
    () => {
      expect(percentOf(still, hasVerdict)).toBeLessThanOrEqual(5);
    },
    TIMEOUT,
  );

  it(
    'at most 5 % while the machine drifts by 10 %',
    () => {
      expect(percentOf(drifting, hasVerdict)).toBeLessThanOrEqual(5);
    },
    TIMEOUT,
  );

  it(
    'at most 5 % of comparisons with five contrasts get a single one',
    () => {
      const five = simulate({ blocks: BLOCKS, rates: [1, 1, 1, 1, 1], noise: NOISE }, 1000);
      expect(percentOf(five, hasVerdict)).toBeLessThanOrEqual(5);
    },
    TIMEOUT,
  );

  it(
    'at most 5 % where runs go wrong now and then',
    () => {
      expect(
        percentOf(simulate({ blocks: BLOCKS, rates: [1], noise: SLOW_RUNS }, 1000), hasVerdict),
      ).toBeLessThanOrEqual(5);
    },
    TIMEOUT,
  );

  it(
    'the baseline is hardly ever suspected',
    () => {
      expect(percentOf(still, ({ noise }) => noise!.suspicious)).toBeLessThanOrEqual(2);
    },
    TIMEOUT,
  );

  it(
    'intervals hold the truth in 93 to 97 %: of the ratio, also under drift, of the noise, and of the median',
    () => {
      expectBetween93And97(percentOf(still, ratioCovers(1)));
      expectBetween93And97(percentOf(drifting, ratioCovers(1)));
      expectBetween93And97(percentOf(still, ({ noise }) => covers(noise!.interval!, 1)));
      expectBetween93And97(percentOf(still, medianCovers(4e10)));
    },
    TIMEOUT,
  );
});

describe('with a true difference of 5 %', () => {
  const found = simulate({ blocks: BLOCKS, rates: [1.05], noise: NOISE }, 500);

  it(
    'and noise of 3 %, ten blocks find it in at least 90 %, and in the right direction',
    () => {
      expect(percentOf(found, ({ contrasts }) => contrasts[0]!.verdict === 'faster')).toBeGreaterThanOrEqual(90);
      const slower = simulate({ blocks: BLOCKS, rates: [1 / 1.05], noise: NOISE, drift: drift10Percent(BLOCKS) }, 500);
      expect(percentOf(slower, ({ contrasts }) => contrasts[0]!.verdict === 'slower')).toBeGreaterThanOrEqual(90);
    },
    TIMEOUT,
  );

  it(
    'intervals hold it in 93 to 97 %',
    () => {
      expectBetween93And97(percentOf(found, ratioCovers(1.05)));
      expectBetween93And97(percentOf(found, medianCovers(1.05 * 4e10)));
    },
    TIMEOUT,
  );

  // 70 to 73 % from seed to seed: a run that went wrong takes its block with it, and nothing is thrown away.
  it(
    'and a run of 20 at half its rate, ten blocks still find it in two of three comparisons',
    () => {
      const slowRuns = simulate({ blocks: BLOCKS, rates: [1.05], noise: SLOW_RUNS }, 400);
      expect(percentOf(slowRuns, hasVerdict)).toBeGreaterThanOrEqual(65);
      expectBetween93And97(percentOf(slowRuns, ratioCovers(1.05)));
    },
    TIMEOUT,
  );
});
