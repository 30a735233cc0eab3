import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../lib/compare/analysis.js';
import type { ComparisonPlan, RunRecord } from '../../lib/compare/result.js';
import { analyse, blocksForVerdict, precisionReached } from '../../lib/compare/verdict/analyse.js';
import {
  failedRun,
  measuredRun,
  normalNoise,
  syntheticComparison,
  syntheticPlan,
} from '../support/synthetic-comparison.js';

/** Cells in which a run may have failed, be missing, or have moved nothing; blocks from one up. */
const anyComparison = fc
  .record({
    cells: fc.integer({ min: 1, max: 4 }),
    blocks: fc.integer({ min: 1, max: 14 }),
    allPairs: fc.boolean(),
    fates: fc.array(fc.constantFrom('rate', 'rate', 'rate', 'rate', 'rate', 'failed', 'missing', 'nothing'), {
      minLength: 84,
      maxLength: 84,
    }),
    rates: fc.array(fc.double({ min: 1e3, max: 1e11, noNaN: true }), { minLength: 84, maxLength: 84 }),
  })
  .map(({ cells, blocks, allPairs, fates, rates }) => {
    const plan = syntheticPlan(cells, blocks, allPairs);
    const runs = Array.from({ length: blocks }, (_, block) =>
      plan.cells.flatMap(({ id }, index): RunRecord[] => {
        const place = block * plan.cells.length + index;
        switch (fates[place]) {
          case 'failed':
            return [failedRun(id, block, 'there was no way')];
          case 'missing':
            return [];
          case 'nothing':
            return [measuredRun(id, block, 0)];
          default:
            return [measuredRun(id, block, rates[place]!)];
        }
      }),
    ).flat();
    return { plan, runs };
  });

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

function scaled(runs: readonly RunRecord[], factor: number): RunRecord[] {
  return runs.map((run) =>
    run.outcome === 'failed' ? run : measuredRun(run.cell, run.block, run.measurement.bitsPerSecond * factor),
  );
}

function ratios({ contrasts, noise }: Analysis): number[] {
  return [...contrasts, noise].flatMap((one) => [...(one?.ratio ? [one.ratio] : []), ...(one?.interval ?? [])]);
}

describe('an analysis', () => {
  it('has only finite numbers, and sentences without a gap, whatever happened to the runs', () => {
    fc.assert(
      fc.property(anyComparison, ({ plan, runs }) => {
        const analysis = analyse(plan, runs);
        expect(numbersIn(analysis).every(Number.isFinite)).toBe(true);
        expect(JSON.parse(JSON.stringify(analysis))).toEqual(analysis);
        expect(analysis.contrasts.map(({ cell, baseline }) => ({ cell, baseline }))).toEqual(plan.contrasts);
        expect(analysis.cells.map(({ cell }) => cell)).toEqual(plan.cells.map(({ id }) => id));
        for (const sentence of analysis.sentences) {
          expect(sentence).toMatch(/^\S.*\.$/);
          expect(sentence).not.toMatch(/undefined|NaN|Infinity|null| {2}/);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('has every estimate within its interval, and every p-value within 0 and 1', () => {
    fc.assert(
      fc.property(anyComparison, ({ plan, runs }) => {
        const { contrasts, noise, cells } = analyse(plan, runs);
        for (const { ratio, interval } of [...contrasts, ...(noise === undefined ? [] : [noise])]) {
          if (interval === undefined) continue;
          expect(interval[0]).toBeLessThanOrEqual(ratio!);
          expect(interval[1]).toBeGreaterThanOrEqual(ratio!);
        }
        for (const { pValue, adjustedPValue } of contrasts) {
          if (pValue === undefined) continue;
          expect(pValue).toBeGreaterThan(0);
          expect(adjustedPValue).toBeGreaterThanOrEqual(pValue);
          expect(adjustedPValue).toBeLessThanOrEqual(1);
        }
        for (const { medianInterval } of cells) {
          if (medianInterval !== undefined) expect(medianInterval[0]).toBeLessThanOrEqual(medianInterval[1]);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('does not depend on the order in which the runs stand', () => {
    fc.assert(
      fc.property(
        anyComparison.chain(({ plan, runs }) =>
          fc.record({
            plan: fc.constant(plan),
            runs: fc.constant(runs),
            shuffled: fc.shuffledSubarray(runs, { minLength: runs.length }),
          }),
        ),
        ({ plan, runs, shuffled }) => {
          expect(analyse(plan, shuffled)).toEqual(analyse(plan, runs));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('does not depend on the unit of the rates', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.double({ min: 0.01, max: 100, noNaN: true }), (seed, factor) => {
        const { plan, runs } = syntheticComparison({ blocks: 9, rates: [1, 1.1], noise: normalNoise(0.05) }, seed);
        const [one, other] = [analyse(plan, runs), analyse(plan, scaled(runs, factor))];
        ratios(one).forEach((ratio, index) => {
          expect(ratios(other)[index]).toBeCloseTo(ratio, 3);
        });
        expect(other.contrasts.map(({ verdict }) => verdict)).toEqual(one.contrasts.map(({ verdict }) => verdict));
        expect(other.cells[2]!.medianBitsPerSecond! / one.cells[2]!.medianBitsPerSecond!).toBeCloseTo(factor, 9);
        expect(other.cells[2]!.spread).toBeCloseTo(one.cells[2]!.spread!, 9);
      }),
      { numRuns: 60 },
    );
  });

  it('does not depend on what changes from block to block', () => {
    const comparison = { blocks: 10, rates: [1.2, 0.9], noise: normalNoise(0.02), allPairs: true };
    const still = syntheticComparison(comparison, 5);
    const drifting = syntheticComparison({ ...comparison, drift: (block: number) => 1 + 0.4 * Math.sin(block) }, 5);
    const [one, other] = [analyse(still.plan, still.runs), analyse(drifting.plan, drifting.runs)];
    ratios(one).forEach((ratio, index) => {
      expect(ratios(other)[index]).toBeCloseTo(ratio, 3);
    });
  });
});

describe('with few runs', () => {
  it('one block has ratios and no verdict', () => {
    const { plan, runs } = syntheticComparison({ blocks: 1, rates: [2], noise: () => 1 }, 1);
    const { blocks, contrasts, cells, noise } = analyse(plan, runs);
    expect(blocks).toBe(1);
    expect(contrasts[0]).toMatchObject({ pairs: 1, verdict: 'too-few-runs' });
    expect(contrasts[0]!.ratio).toBeCloseTo(2, 6);
    expect(contrasts[0]!.interval).toBeUndefined();
    expect(cells[2]).not.toHaveProperty('medianInterval');
    expect(noise).toMatchObject({ ratio: 1, smallestDifference: 0, suspicious: false });
  });

  it('no run at all has no figure', () => {
    const plan = syntheticPlan(2, 10);
    const analysis = analyse(plan, []);
    expect(analysis).toMatchObject({ blocks: 0, sentences: [] });
    expect(analysis).not.toHaveProperty('noise');
    expect(analysis.contrasts.map(({ verdict }) => verdict)).toEqual(['too-few-runs', 'too-few-runs']);
  });

  it('a verdict is possible from exactly as many blocks as are told', () => {
    for (const [cells, allPairs] of [
      [1, false],
      [3, false],
      [3, true],
      [12, false],
    ] as const) {
      const needed = blocksForVerdict(syntheticPlan(cells, 1, allPairs));
      const verdicts = (blocks: number) => {
        const rates = Array.from({ length: cells }, (_, index) => 2 + index);
        const { plan, runs } = syntheticComparison({ blocks, rates, noise: normalNoise(0.001), allPairs }, 3);
        return new Set(analyse(plan, runs).contrasts.map(({ verdict }) => verdict));
      };
      expect(verdicts(needed)).toEqual(new Set(['faster']));
      // Among contrasts of both sorts those that need less help the others (Holm).
      if (!allPairs) expect(verdicts(needed - 1)).toEqual(new Set(['too-few-runs']));
    }
  });
});

describe('a run that moved nothing', () => {
  const plan: ComparisonPlan = syntheticPlan(1, 10);
  const rate = (block: number) => 4e10 * (1 + 0.001 * ((block * 7) % 10));
  const runsWith = (nothing: number): RunRecord[] =>
    Array.from({ length: 10 }, (_, block) => [
      measuredRun('c1', block, rate(block)),
      measuredRun('c1-again', block, rate(block + 3)),
      measuredRun('c2', block, block < nothing ? 0 : 1.5 * rate(block + 5)),
    ]).flat();

  it('is the slowest of all, and leaves the estimate alone', () => {
    const { contrasts, cells } = analyse(plan, runsWith(1));
    expect(contrasts[0]!.ratio).toBeGreaterThan(1.45);
    expect(cells[2]!.outliers).toEqual([{ block: 0, bitsPerSecond: 0 }]);
  });

  it('is told in words', () => {
    expect(analyse(plan, runsWith(1)).sentences).toContain(
      'c2 moved nothing in 1 of 10 runs, which count as its slowest.',
    );
    expect(analyse(plan, runsWith(10)).sentences[0]).toBe('c2 moved nothing in most of its runs.');
    expect(analyse(plan, runsWith(10)).contrasts[0]!.verdict).toBe('slower');
  });
});

describe('a wanted precision', () => {
  const analysisOf = (noise: number, blocks = 10) => {
    const { plan, runs } = syntheticComparison({ blocks, rates: [1.3], noise: normalNoise(noise) }, 8);
    return { plan, runs, analysis: analyse(plan, runs) };
  };

  it('is reached when every interval is as narrow, that of the noise too', () => {
    expect(precisionReached(analysisOf(0.005).analysis, 0.02)).toBe(true);
    expect(precisionReached(analysisOf(0.1).analysis, 0.02)).toBe(false);
    expect(precisionReached(analysisOf(0.0001, 4).analysis, 0.02)).toBe(false);
    const { analysis } = analysisOf(0.005);
    expect(precisionReached({ ...analysis, noise: { ...analysis.noise!, interval: [0.9, 1.1] } }, 0.02)).toBe(false);
  });

  it('does not wait for a cell that is not run any more', () => {
    const { plan, runs } = syntheticComparison({ blocks: 10, rates: [1.3, 1], noise: normalNoise(0.005) }, 8);
    const given = runs.flatMap((run) => {
      if (run.cell !== 'c3') return [run];
      return run.block < 3 ? [failedRun('c3', run.block, 'no such thing')] : [];
    });
    expect(precisionReached(analyse(plan, given), 0.02)).toBe(true);
    const failing = runs.map((run) => (run.cell === 'c3' ? failedRun('c3', run.block, 'no such thing') : run));
    expect(precisionReached(analyse(plan, failing), 0.02)).toBe(false);
    // Nothing is left to be known once the baseline is not run any more.
    const [baseline, twin] = plan.cells;
    const without = runs.filter(({ cell, block }) => (cell !== baseline!.id && cell !== twin!.id) || block < 0);
    expect(precisionReached(analyse(plan, without), 0.02)).toBe(true);
  });
});

it('40 cells and 100 blocks are analysed between two runs without being noticed', () => {
  const rates = Array.from({ length: 38 }, (_, index) => 1 + index / 50);
  const { plan, runs } = syntheticComparison({ blocks: 100, rates, noise: normalNoise(0.03) }, 1);
  analyse(plan, runs);
  const before = process.cpuUsage();
  analyse(plan, runs);
  const { user, system } = process.cpuUsage(before);
  // About 60 ms of a core; the bound is for a machine under load.
  expect((user + system) / 1000).toBeLessThan(500);
});
