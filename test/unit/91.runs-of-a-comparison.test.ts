import { describe, expect, it } from 'vitest';
import { plannedBlocks } from '../../lib/compare/plan/blocks.js';
import type { ComparisonResult } from '../../lib/compare/result.js';
import type { ComparisonProgress } from '../../lib/compare/runner/progress.js';
import { runComparison } from '../../lib/compare/runner/run-comparison.js';
import { blocksForVerdict } from '../../lib/compare/verdict/analyse.js';
import { VnetperfError } from '../../lib/errors.js';
import { type Call, recordingExecutor, specificationOf } from '../support/recording-executor.js';

const failure = (code = 'ERR_PATH_DOWN') => new VnetperfError('no packet crossed', { code, remedy: 'Try again.' });

describe('a comparison', () => {
  it('runs every block of the plan in its order and records every run', async () => {
    const specification = specificationOf({ count: 4, blocks: 5, warmUpBlocks: 2 });
    const { calls, options } = recordingExecutor();
    const result = await runComparison(specification, options);
    const planned = plannedBlocks(specification).flat();
    expect(calls).toEqual(planned.map(({ cell }) => cell));
    expect(result.runs.map(({ cell, block, position }) => ({ cell, block, position }))).toEqual(planned);
    expect(result.runs.every(({ outcome, elapsedSeconds }) => outcome === 'measured' && elapsedSeconds === 12)).toBe(
      true,
    );
    expect(result).toMatchObject({ state: 'complete', createdAt: '2026-11-21T08:00:00.000Z', formatVersion: '1.2' });
    expect(result.runs[1]?.startedAt).toBe('2026-11-21T08:00:12.000Z');
    expect(result.analysis?.blocks).toBe(5);
  });

  it('runs the baseline and its twin with the same request, and keeps neither request in the result', async () => {
    const specification = specificationOf();
    const requests = new Map<string, unknown>();
    const { options } = recordingExecutor();
    const result = await runComparison(specification, {
      ...options,
      execute: async (cell, signal) => {
        requests.set(cell.id, cell.request);
        return await options.execute(cell, signal);
      },
    });
    expect(requests.get('c1')).toEqual(requests.get('c2'));
    expect(requests.get('c3')).not.toEqual(requests.get('c1'));
    expect(result.plan.cells.map((cell) => Object.keys(cell).sort())).toEqual(
      Array(3).fill(['command', 'id', 'levels', 'name', 'remarks', 'role']),
    );
    // The twin is the measure of the noise, not one of the questions.
    expect(result.analysis?.noise?.ratio).toBeCloseTo(1, 2);
    expect(result.analysis?.contrasts.map(({ cell }) => cell)).toEqual(['c3']);
  });

  it('leaves the warm-up out of the analysis', async () => {
    const specification = specificationOf({ warmUpBlocks: 2, blocks: 6 });
    const { options } = recordingExecutor();
    const result = await runComparison(specification, options);
    expect(result.runs.filter(({ block }) => block < 0)).toHaveLength(6);
    expect(result.analysis?.cells.map(({ measured }) => measured)).toEqual([6, 6, 6]);
  });

  it('saves before the first run, after every run and at the end', async () => {
    const saved: { state: string; runs: number; analysed: number | undefined }[] = [];
    const { options } = recordingExecutor();
    await runComparison(specificationOf({ blocks: 1 }), {
      ...options,
      save: ({ state, runs, analysis }) => void saved.push({ state, runs: runs.length, analysed: analysis?.blocks }),
    });
    const counts = saved.map(({ runs }) => runs);
    expect([...new Set(counts)]).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(saved.slice(0, 7).map(({ analysed }) => analysed)).toEqual(Array(7).fill(undefined));
    expect(saved.slice(0, -1).every(({ state }) => state === 'running')).toBe(true);
    expect(saved.at(-1)).toEqual({ state: 'complete', runs: 6, analysed: 1 });
  });

  it('ends when a result cannot be saved', async () => {
    const { calls, options } = recordingExecutor();
    const save = ({ runs }: ComparisonResult) => {
      if (runs.length === 2) throw failure('ERR_RESULT_FILE');
    };
    await expect(runComparison(specificationOf(), { ...options, save })).rejects.toMatchObject({
      code: 'ERR_RESULT_FILE',
    });
    expect(calls).toHaveLength(2);
  });

  it.each([
    ['no cell', { cells: [] }, /the first cell is not the baseline/],
    ['no block', { blocks: 0 }, /0 is not a number of blocks/],
    ['a seed of 33 bits', { seed: 2 ** 32 }, /is not a number of 32 bits/],
    ['a contrast with nothing', { contrasts: [{ cell: 'c9', baseline: 'c1' }] }, /a cell c9, which is not there/],
  ])('refuses a plan with %s', async (_, wrong, message) => {
    const { calls, options } = recordingExecutor();
    const running = runComparison({ ...specificationOf(), ...wrong }, options);
    await expect(running).rejects.toMatchObject({ code: 'ERR_PLAN', message: expect.stringMatching(message) });
    expect(calls).toEqual([]);
  });
});

describe('a comparison ends', () => {
  it('before a run that would not end within the time limit', async () => {
    // Runs take 12 seconds; 5 of them and what the sixth would take are more than 70.
    const { calls, options } = recordingExecutor();
    const result = await runComparison(specificationOf({ timeLimitSeconds: 70 }), options);
    expect(calls).toHaveLength(5);
    expect(result).toMatchObject({ state: 'time-limit', runs: { length: 5 } });
    expect(result.analysis?.cells.reduce((sum, { measured }) => sum + measured, 0)).toBe(2);
  });

  it('before a cell that takes longer than the others, by what is known of that cell', async () => {
    const { calls, options } = recordingExecutor(undefined, (cell) => (cell === 'c3' ? 40 : 10));
    const result = await runComparison(specificationOf({ timeLimitSeconds: 215 }), options);
    const elapsed = result.runs.reduce((sum, run) => sum + run.elapsedSeconds, 0);
    // Three blocks of 60 seconds; the next one's order is known, and c3 does not fit any more.
    const fourth = plannedBlocks(specificationOf())[3]!.map(({ cell }) => cell);
    expect(calls.slice(9)).toEqual(fourth.slice(0, fourth.indexOf('c3')));
    expect(elapsed).toBeLessThanOrEqual(215);
    expect(result.state).toBe('time-limit');
  });

  it('without a run where none fits', async () => {
    const { calls, options } = recordingExecutor();
    const result = await runComparison(specificationOf({ timeLimitSeconds: 9 }), options);
    expect(calls).toEqual([]);
    expect(result).toMatchObject({ state: 'time-limit', runs: [] });
  });

  it('as planned where the limit is just enough', async () => {
    const { options } = recordingExecutor();
    const result = await runComparison(specificationOf({ blocks: 1, timeLimitSeconds: 72 }), options);
    expect(result).toMatchObject({ state: 'complete', runs: { length: 6 } });
  });

  it('when the wanted precision is reached, and not before the blocks that a verdict needs', async () => {
    const { options } = recordingExecutor();
    const asked = { blocks: 40, precision: 0.05 };
    const result = await runComparison(specificationOf(asked), options);
    const blocks = result.analysis!.blocks;
    expect(result.state).toBe('complete');
    expect(blocks).toBeGreaterThanOrEqual(5);
    expect(blocks).toBeLessThan(40);
    expect(result.runs).toHaveLength((blocks + 1) * 3);
    for (const { ratio, interval } of result.analysis!.contrasts) {
      expect(interval![1] / ratio! - 1).toBeLessThanOrEqual(0.05);
    }
  });

  it.each([3, 24])('not before a verdict can be had, however little precision is asked of %i cells', async (count) => {
    const specification = specificationOf({ count, blocks: 40, precision: 1000 });
    const result = await runComparison(specification, recordingExecutor().options);
    expect(result.analysis?.blocks).toBeGreaterThanOrEqual(blocksForVerdict(specification));
    expect(result.analysis?.blocks).toBeLessThan(20);
  });

  it('after all blocks where the precision is out of reach', async () => {
    const { options } = recordingExecutor();
    const result = await runComparison(specificationOf({ blocks: 8, precision: 1e-9 }), options);
    expect(result.analysis?.blocks).toBe(8);
    expect(result.state).toBe('complete');
  });
});

describe('a run that fails', () => {
  it('is recorded with its code, its reason and its remedy, and the rest goes on', async () => {
    const { calls, options } = recordingExecutor(({ nth }) => (nth === 5 ? failure() : undefined));
    const result = await runComparison(specificationOf(), options);
    expect(calls).toHaveLength(15);
    expect(result.runs[4]).toMatchObject({
      outcome: 'failed',
      elapsedSeconds: 12,
      failure: { code: 'ERR_PATH_DOWN', message: 'no packet crossed', remedy: 'Try again.' },
    });
    expect(result.runs.filter(({ outcome }) => outcome === 'measured')).toHaveLength(14);
    expect(result.state).toBe('complete');
  });

  it.each([
    ['a defect', new TypeError('x is not a function'), { code: 'ERR_UNEXPECTED', message: 'x is not a function' }],
    ['an error of Node', Object.assign(new Error('spawn iperf3 ENOENT'), { code: 'ENOENT' }), { code: 'ENOENT' }],
    ['a word', 'no', { code: 'ERR_UNEXPECTED', message: 'no' }],
  ])('is recorded also where %s is thrown', async (_, thrown, recorded) => {
    const { options } = recordingExecutor(({ nth }) => (nth === 2 ? thrown : undefined));
    const { runs } = await runComparison(specificationOf(), options);
    expect(runs[1]).toMatchObject({ outcome: 'failed', failure: recorded });
  });

  it('is one whose figures are no numbers, which no file could hold', async () => {
    const { options } = recordingExecutor();
    const result = await runComparison(specificationOf(), {
      ...options,
      execute: async (cell, signal) => {
        const measurement = await options.execute(cell, signal);
        if (cell.id === 'c3') measurement.cores[1]!.idle = Number.NaN;
        return measurement;
      },
    });
    const failed = result.runs.find(({ cell }) => cell === 'c3');
    expect(failed).toMatchObject({
      outcome: 'failed',
      failure: {
        code: 'ERR_MEASUREMENT',
        message: 'bridge  length=1002 was measured, but cores[1].idle is not a number',
      },
    });
  });

  it('three times in a row for the same reason makes its cell stay out of later blocks', async () => {
    const events: ComparisonProgress[] = [];
    const { calls, options } = recordingExecutor(({ cell }) => (cell === 'c3' ? failure() : undefined));
    const result = await runComparison(specificationOf({ blocks: 6 }), {
      ...options,
      onProgress: (event) => void events.push(event),
    });
    expect(calls.filter((cell) => cell === 'c3')).toHaveLength(3);
    expect(calls.filter((cell) => cell === 'c1')).toHaveLength(7);
    expect(result.runs.filter(({ cell }) => cell === 'c3').map(({ block }) => block)).toEqual([-1, 0, 1]);
    expect(result.analysis?.cells[2]).toMatchObject({
      cell: 'c3',
      measured: 0,
      failure: expect.stringContaining('no packet'),
    });
    const leftOut = events.filter(({ type }) => type === 'cell-left-out');
    expect(leftOut).toMatchObject([{ cell: { id: 'c3' }, failure: { code: 'ERR_PATH_DOWN' } }]);
  });

  it('for one reason and then for another is tried again', async () => {
    const answer = ({ cell, nthOfCell }: Call) => (cell === 'c3' ? failure(`ERR_${nthOfCell % 2}`) : undefined);
    const { calls, options } = recordingExecutor(answer);
    await runComparison(specificationOf({ blocks: 9 }), options);
    expect(calls.filter((cell) => cell === 'c3')).toHaveLength(10);
  });

  it('twice in a row and then does not is no reason to leave its cell out', async () => {
    const answer = ({ cell, nthOfCell }: Call) => (cell === 'c3' && nthOfCell % 3 !== 0 ? failure() : undefined);
    const { calls, options } = recordingExecutor(answer);
    await runComparison(specificationOf({ blocks: 9 }), options);
    expect(calls.filter((cell) => cell === 'c3')).toHaveLength(10);
  });

  it('in every cell ends the comparison early with what it has', async () => {
    const { calls, options } = recordingExecutor(() => failure());
    const result = await runComparison(specificationOf({ blocks: 50 }), options);
    expect(calls).toHaveLength(9);
    expect(result).toMatchObject({ state: 'complete', runs: { length: 9 } });
    expect(result.analysis?.cells.every(({ measured }) => measured === 0)).toBe(true);
  });
});

describe('the progress of a comparison', () => {
  it('tells of everything in the order in which it happens', async () => {
    const events: ComparisonProgress[] = [];
    const { options } = recordingExecutor();
    await runComparison(specificationOf({ blocks: 2 }), { ...options, onProgress: (event) => void events.push(event) });
    const run = ['run-started', 'run-ended'];
    const block = [...run, ...run, ...run];
    expect(events.map(({ type }) => type)).toEqual([
      'planned',
      ...block,
      ...block,
      'block-ended',
      ...block,
      'block-ended',
      'ended',
    ]);
    const started = events.filter((event) => event.type === 'run-started');
    expect(started.map(({ index, total }) => `${index}/${total}`)).toEqual(
      Array.from({ length: 9 }, (_, index) => `${index + 1}/9`),
    );
    expect(events.at(-1)).toMatchObject({ type: 'ended', state: 'complete', analysis: { blocks: 2 } });
  });

  it('estimates the time left by the nominal time, then by the runs that were', async () => {
    const left: (number | undefined)[] = [];
    const { options } = recordingExecutor(undefined, (cell) => (cell === 'c2' ? 32 : 12));
    await runComparison(specificationOf({ blocks: 1, seed: 3 }), {
      ...options,
      onProgress: (event) => void ('secondsLeft' in event && left.push(event.secondsLeft)),
    });
    expect(left[0]).toBe(60);
    const [first, ...others] = plannedBlocks(specificationOf({ blocks: 1, seed: 3 })).flat();
    expect(left[2]).toBe(others.length * (first!.cell === 'c2' ? 32 : 12));
    // Each cell has been seen once after the warm-up.
    expect(left[6]).toBe(12 + 32 + 12);
    expect(left.at(-1)).toBe(0);
  });

  it('estimates no more than the time limit leaves, and nothing where nobody knows', async () => {
    const left: (number | undefined)[] = [];
    const onProgress = (event: ComparisonProgress) => void ('secondsLeft' in event && left.push(event.secondsLeft));
    await runComparison(specificationOf({ timeLimitSeconds: 30 }), { ...recordingExecutor().options, onProgress });
    expect(left.slice(0, 3)).toEqual([30, 30, 18]);
    left.length = 0;
    await runComparison(specificationOf({ secondsPerRun: 0 }), { ...recordingExecutor().options, onProgress });
    expect(left.slice(0, 3)).toEqual([undefined, undefined, 14 * 12]);
  });
});
