import { describe, expect, it } from 'vitest';
import { type ComparisonGate, gateComparison } from '../../lib/gate/comparison-gate.js';
import { checkBlocksForLimits, limitedContrasts, type RatioLimit } from '../../lib/gate/ratio-limits.js';
import { comparisonResult } from '../support/comparison-fixture.js';
import {
  failedRun,
  measuredRun,
  normalNoise,
  syntheticComparison,
  syntheticPlan,
} from '../support/synthetic-comparison.js';

const quiet = () => 1;
const at = (ratio: number, cell?: string): RatioLimit => ({ ratio, cell });

function outcomes({ contrasts }: ComparisonGate): string[] {
  return contrasts.map(({ outcome }) => outcome);
}

describe('a ratio with a limit', () => {
  it('passes, fails, or is undecided by its whole interval', () => {
    const compared = syntheticComparison({ blocks: 10, rates: [0.9], noise: normalNoise(0.03) }, 1);
    const decided = (ratio: number) => {
      const gate = gateComparison(compared, [at(ratio)]);
      const [{ interval }] = gate.contrasts as [(typeof gate.contrasts)[0]];
      expect(gate.outcome).toBe(gate.contrasts[0]!.outcome);
      expect(gate.outcome).toBe(interval![0] >= ratio ? 'passed' : interval![1] < ratio ? 'failed' : 'undecided');
      return gate.outcome;
    };
    const steps = Array.from({ length: 41 }, (_, step) => decided(0.8 + step / 200));
    // One after the other, none comes back.
    expect(steps.join(' ')).toMatch(/^(passed )+(undecided )+(failed ?)+$/);
    expect(decided(0.8)).toBe('passed');
    expect(decided(1)).toBe('failed');
  });

  it('says what it is, and by how much', () => {
    const compared = syntheticComparison({ blocks: 10, rates: [0.9], noise: normalNoise(0.01) }, 2);
    const said = (ratio: number) => gateComparison(compared, [at(ratio)]).contrasts[0]!.sentence;
    expect(said(0.95)).toMatch(/^c2 reaches 0\.9\d* of c1 \(0\.\d+ to 0\.\d+\), below 0\.95\.$/);
    expect(said(0.85)).toMatch(/^c2 reaches 0\.9\d* of c1 \(0\.\d+ to 0\.\d+\), not below 0\.85\.$/);
    expect(said(0.9)).toMatch(/: whether that is below 0\.9 is not shown; more runs would tell\.$/);
  });

  it('shows so many digits that an interval below the limit looks like one', () => {
    const plan = syntheticPlan(1, 8);
    const runs = Array.from({ length: 8 }, (_, block) => [
      measuredRun('c1', block, 1e9),
      measuredRun('c1-again', block, 1e9),
      measuredRun('c2', block, 0.9499e9 + block),
    ]);
    const gate = gateComparison({ plan, runs: runs.flat() }, [at(0.95)]);
    expect(gate.outcome).toBe('failed');
    expect(gate.contrasts[0]!.sentence).toMatch(
      /^c2 reaches 0\.9499\d* of c1 \(0\.9499\d* to 0\.9499\d*\), below 0\.95\.$/,
    );
  });

  it('never passes for want of runs', () => {
    for (const blocks of [0, 1, 2, 3]) {
      const gate = gateComparison(syntheticComparison({ blocks, rates: [5], noise: quiet }, 1), [at(0.5)]);
      expect(gate.outcome, `${blocks} blocks`).toBe('undecided');
    }
    expect(gateComparison(syntheticComparison({ blocks: 4, rates: [5], noise: quiet }, 1), [at(0.5)]).outcome).toBe(
      'passed',
    );
    const few = gateComparison(syntheticComparison({ blocks: 2, rates: [1], noise: quiet }, 1), [at(0.5)]);
    expect(few.contrasts[0]!.sentence).toBe(
      'c2 against c1: 2 blocks are too few to show whether it is below 0.5; it takes 4.',
    );
  });

  it('never passes where a cell failed, or moved nothing as its baseline did', () => {
    const plan = syntheticPlan(1, 6);
    const blocks = Array.from({ length: 6 }, (_, block) => block);
    const failed = blocks.flatMap((block) => [
      measuredRun('c1', block, 1e9),
      measuredRun('c1-again', block, 1e9),
      failedRun('c2', block, 'it broke'),
    ]);
    const gate = gateComparison({ plan, runs: failed }, [at(0.5)]);
    expect(gate).toMatchObject({ outcome: 'undecided', contrasts: [{ outcome: 'undecided', ratio: undefined }] });
    expect(gate.contrasts[0]!.sentence).toBe('c2 against c1: not measured in one and the same block.');
    for (const rate of [0, 1e9]) {
      const nothing = blocks.flatMap((block) => [
        measuredRun('c1', block, 0),
        measuredRun('c1-again', block, 0),
        measuredRun('c2', block, rate),
      ]);
      const { outcome, contrasts } = gateComparison({ plan, runs: nothing }, [at(0.5)]);
      expect(outcome).toBe('undecided');
      expect(contrasts[0]!.sentence).toBe('c1 moved nothing in most of its runs: there is nothing to hold c2 against.');
    }
    const stopped = blocks.flatMap((block) => [
      measuredRun('c1', block, 1e9),
      measuredRun('c1-again', block, 1e9),
      measuredRun('c2', block, 0),
    ]);
    expect(gateComparison({ plan, runs: stopped }, [at(0.5)]).outcome).toBe('failed');
  });

  it('is taken off what the baseline differs from itself, where that is more than chance', () => {
    const plan = syntheticPlan(1, 12);
    const runs = Array.from({ length: 12 }, (_, block) => [
      measuredRun('c1', block, 1e9),
      measuredRun('c1-again', block, 0.9e9),
      measuredRun('c2', block, 1e9),
    ]);
    const gate = (ratio: number) => gateComparison({ plan, runs: runs.flat() }, [at(ratio)]);
    const [low, high] = gate(1).contrasts[0]!.interval!;
    expect(gate(low * 0.99).outcome).toBe('undecided');
    expect(gate(low * 0.99).contrasts[0]!.sentence).toContain('since the baseline differs from itself by 11 %');
    expect(gate(low * 0.89).outcome).toBe('passed');
    expect(gate(high * 1.01).outcome).toBe('undecided');
    expect(gate(high * 1.12).outcome).toBe('failed');
  });

  it('is one for all cells, or one for a cell by its name', () => {
    const result = comparisonResult();
    expect(outcomes(gateComparison(result, [at(0.5)]))).toEqual(['passed', 'passed', 'passed', 'passed']);
    const some = gateComparison(result, [at(0.5), at(0.99, 'ovs pin=off')]);
    expect(some.outcome).toBe('failed');
    expect(some.contrasts.map(({ name, limit, outcome }) => [name, limit, outcome])).toEqual([
      ['docker-bridge pin=auto against docker-bridge pin=off', 0.5, 'passed'],
      ['ovs pin=off against docker-bridge pin=off', 0.99, 'failed'],
      ['ovs pin=auto against docker-bridge pin=off', 0.5, 'passed'],
      ['ovs pin=auto against ovs pin=off', 0.5, 'passed'],
    ]);
    expect(gateComparison(result, [at(0.5, ' ovs   pin=auto ')]).contrasts).toHaveLength(2);
  });

  it('is refused where it is about nothing', () => {
    const { plan } = comparisonResult();
    expect(() => limitedContrasts(plan, [at(0.5, 'weave')])).toThrow(
      expect.objectContaining({
        code: 'ERR_GATE',
        message: "there is no cell 'weave' that is held against another",
        remedy: 'Such cells are: docker-bridge pin=auto, ovs pin=off, ovs pin=auto.',
      }),
    );
    // The baseline is held against nothing.
    expect(() => limitedContrasts(plan, [at(0.5, 'docker-bridge pin=off')])).toThrow('there is no cell');
    expect(() => limitedContrasts({ ...plan, contrasts: [] }, [at(0.5)])).toThrow('here is only one cell');
    expect(() => checkBlocksForLimits({ ...plan, blocks: 2 })).toThrow('2 blocks cannot show whether a ratio is below');
    expect(checkBlocksForLimits(plan)).toBeUndefined();
  });
});

/** What a build server would see, day after day. */
describe('a gate that is asked often', { timeout: 60_000 }, () => {
  const TIMES = 150;
  const often = (rates: readonly number[], limit: number, blocks = 10) => {
    const seen = { passed: 0, failed: 0, undecided: 0 };
    for (let seed = 1; seed <= TIMES; seed++) {
      const compared = syntheticComparison({ blocks, rates, noise: normalNoise(0.03) }, seed);
      seen[gateComparison(compared, [at(limit)]).outcome]++;
    }
    return seen;
  };

  it('seldom fails cells that just reach their limit, however many there are', () => {
    // One in forty is what it promises; of so many times more than ten would be one in 500.
    expect(often([0.95], 0.95).failed).toBeLessThanOrEqual(10);
    expect(often([0.95, 0.95, 0.95, 0.95], 0.95).failed).toBeLessThanOrEqual(10);
  });

  it('seldom passes a cell that is just below its limit', () => {
    expect(often([0.95], 0.9501).passed).toBeLessThanOrEqual(10);
  });

  it('does not waver far from the limit', () => {
    expect(often([1], 0.9)).toMatchObject({ failed: 0 });
    expect(often([1], 0.9).passed).toBeGreaterThanOrEqual(0.97 * TIMES);
    expect(often([0.8], 0.9).failed).toBeGreaterThanOrEqual(0.97 * TIMES);
  });
});
