import { readFileSync } from 'node:fs';
import { interquartileRange, median as simpleMedian, quantile as simpleQuantile } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { hodgesLehmann } from '../../lib/compare/statistics/hodges-lehmann.js';
import { holmAdjusted } from '../../lib/compare/statistics/holm.js';
import { median } from '../../lib/compare/statistics/median.js';
import { middleOrderProbability, middleOrderQuantile } from '../../lib/compare/statistics/middle-order.js';
import { normalProbability, normalQuantile } from '../../lib/compare/statistics/normal-probability.js';
import { quantile } from '../../lib/compare/statistics/quantile.js';
import { untiedRankSumProbabilities } from '../../lib/compare/statistics/rank-sums.js';
import { relativeSpread } from '../../lib/compare/statistics/relative-spread.js';
import { signedRankPValue } from '../../lib/compare/statistics/signed-rank-test.js';
import { tukeyFences } from '../../lib/compare/statistics/tukey-fences.js';

interface Described {
  values: number[];
  median: [number];
  quantiles: number[];
  fences: [number, number];
  shift: [estimate: number, low: number, high: number, confidence: number];
  pValue: [number | null];
}

/** Written by test/reference/statistics.R, which names the sources of the data sets. */
const reference = JSON.parse(readFileSync(new URL('../reference/statistics.json', import.meta.url), 'utf8'));
const dataSets = ['depression', 'maize', 'sleep', 'mice', 'light', 'nile'] as const;

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, index) => {
    expect(value).toBeCloseTo(expected[index]!, 9);
  });
}

describe.each(dataSets)('the data set %s has in R the same', (name) => {
  const { values, ...expected }: Described = reference[name];

  it('median and quantiles', () => {
    expectClose([median(values)], expected.median);
    expectClose(
      [0, 0.05, 0.25, 0.5, 0.75, 0.9, 1].map((probability) => quantile(values, probability)),
      expected.quantiles,
    );
  });

  it("Tukey's fences", () => {
    expectClose(tukeyFences(values), expected.fences);
  });

  it('Hodges-Lehmann estimate, with its interval and the confidence that attains', () => {
    const { estimate, interval, confidence } = hodgesLehmann(values, 0.95);
    expectClose([estimate, ...interval!, confidence!], expected.shift);
  });

  it('median as in simple-statistics, and quartiles within its coarser definition', () => {
    expect(median(values)).toBeCloseTo(simpleMedian(values), 12);
    const sorted = values.toSorted((first, second) => first - second);
    for (const probability of [0.25, 0.75]) {
      const place = sorted.findIndex((value) => value >= simpleQuantile(values, probability));
      expect(quantile(values, probability)).toBeGreaterThanOrEqual(sorted[Math.max(0, place - 1)]!);
      expect(quantile(values, probability)).toBeLessThanOrEqual(sorted[Math.min(sorted.length - 1, place + 1)]!);
    }
    expect(relativeSpread(values)! * median(values)).toBeLessThanOrEqual(2 * interquartileRange(values));
  });
});

describe('as in the books', () => {
  it.each(['depression', 'maize', 'mice'])('%s, without ties: the exact p-value of R', (name) => {
    const { values, pValue }: Described = reference[name];
    expect(signedRankPValue(values)).toBeCloseTo(pValue[0]!, 12);
  });

  it('depression: estimate 0.46, interval 0.010 to 0.786 (Hollander and Wolfe, examples 3.1 to 3.4)', () => {
    const differences = reference.depression.values.map((value: number) => -value);
    const { estimate, interval } = hodgesLehmann(differences, 0.95);
    expect(estimate).toBeCloseTo(0.46, 3);
    expectClose(interval!, [0.01, 0.786]);
    // One-sided 0.0195 there.
    expect(signedRankPValue(differences)).toBeCloseTo(2 * 0.01953125, 10);
  });

  it('sleep: nine patients gain, one sleeps as long; a sign test gives 2 / 2^9 too', () => {
    expect(signedRankPValue(reference.sleep.values)).toBeCloseTo(2 / 2 ** 9, 12);
  });

  it('mice: the bootstrap standard error of the median is 37.83 (Efron and Tibshirani, table 2.2, B = infinity)', () => {
    const sorted = reference.mice.values.toSorted((first: number, second: number) => first - second);
    const shares = sorted.map(
      (_: number, index: number) =>
        middleOrderProbability(sorted.length, (index + 1) / sorted.length) -
        middleOrderProbability(sorted.length, index / sorted.length),
    );
    const moment = (power: number) =>
      sorted.reduce((sum: number, value: number, index: number) => sum + shares[index] * value ** power, 0);
    expect(Math.sqrt(moment(2) - moment(1) ** 2)).toBeCloseTo(37.83, 2);
  });
});

describe('distributions are those of R', () => {
  it.each(reference.signedRank as { count: number; probabilities: number[] }[])(
    'signed ranks of $count pairs',
    ({ count, probabilities }) => {
      expectClose(Array.from(untiedRankSumProbabilities(count)), probabilities);
    },
  );

  it('normal', () => {
    const { z, probabilities } = reference.normal as { z: number[]; probabilities: number[] };
    z.forEach((value, index) => {
      expect(Math.abs(normalProbability(value) - probabilities[index]!)).toBeLessThan(1e-14);
    });
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 10);
  });

  it('beta of the middle value', () => {
    const { counts, quantiles } = reference.middleOrder as { counts: number[]; quantiles: number[] };
    expectClose(
      counts.map((count) => middleOrderQuantile(count, 0.025)),
      quantiles,
    );
  });

  it("Holm's adjustment", () => {
    for (const { pValues, adjusted } of reference.holm as { pValues: number[]; adjusted: number[] }[]) {
      expectClose(holmAdjusted(pValues), adjusted);
    }
  });
});
