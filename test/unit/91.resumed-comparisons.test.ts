import { describe, expect, it } from 'vitest';
import type { Environment } from '../../lib/compare/environment.js';
import type { ComparisonResult } from '../../lib/compare/result.js';
import type { ComparisonProgress } from '../../lib/compare/runner/progress.js';
import { type ComparisonSpecification, runComparison } from '../../lib/compare/runner/run-comparison.js';
import { VnetperfError } from '../../lib/errors.js';
import { type Call, cellsOf, environment, recordingExecutor, specificationOf } from '../support/recording-executor.js';

/** As it comes back from a file. */
const reread = (result: ComparisonResult) => JSON.parse(JSON.stringify(result)) as ComparisonResult;
const placesOf = ({ runs }: ComparisonResult) => runs.map(({ cell, block, position }) => ({ cell, block, position }));

/** Interrupted in the run with this number. */
async function interruptedIn(specification: ComparisonSpecification, nth: number, fails = false) {
  const { options, controller } = recordingExecutor((call) => {
    if (call.nth !== nth) return undefined;
    call.abort();
    return fails ? new VnetperfError('interrupted', { code: 'ERR_INTERRUPTED' }) : undefined;
  });
  if (nth === 0) controller.abort();
  return reread(await runComparison(specification, options));
}

describe('an interrupted comparison', () => {
  it.each([true, false])(
    'throws the run under way away, whether it rejects (%s) or comes back whole',
    async (rejects) => {
      const result = await interruptedIn(specificationOf(), 8, rejects);
      expect(result.runs).toHaveLength(7);
      expect(result.state).toBe('interrupted');
      // What was measured is analysed as far as it goes.
      expect(result.analysis?.cells.reduce((sum, { measured }) => sum + measured, 0)).toBe(4);
    },
  );

  it('before its first run has none', async () => {
    const { calls, options, controller } = recordingExecutor();
    controller.abort();
    const result = await runComparison(specificationOf(), options);
    expect(calls).toEqual([]);
    expect(result).toMatchObject({ state: 'interrupted', runs: [] });
  });

  it('saves the state that it ended with', async () => {
    const saved: string[] = [];
    const { options } = recordingExecutor(({ nth, abort }) => void (nth === 2 && abort()));
    await runComparison(specificationOf(), { ...options, save: ({ state }) => void saved.push(state) });
    expect(saved.at(-1)).toBe('interrupted');
  });
});

describe('a resumed comparison', () => {
  it('has the same runs in the same order as one that was never interrupted, wherever that was', async () => {
    const specification = specificationOf({ count: 4, blocks: 3 });
    const whole = await runComparison(specification, recordingExecutor().options);
    for (let nth = 1; nth <= whole.runs.length; nth++) {
      const before = await interruptedIn(specification, nth);
      const { calls, options } = recordingExecutor();
      const result = await runComparison(specification, { ...options, resume: before });
      expect(placesOf(result)).toEqual(placesOf(whole));
      expect(result.runs.slice(0, nth - 1)).toEqual(before.runs);
      expect(calls).toHaveLength(whole.runs.length - nth + 1);
      expect(result).toMatchObject({ state: 'complete', createdAt: before.createdAt });
      expect(result.analysis?.blocks).toBe(3);
    }
  });

  it('is the same also when it is interrupted in every run', async () => {
    const specification = specificationOf();
    const whole = await runComparison(specification, recordingExecutor().options);
    let result = await interruptedIn(specification, 0);
    for (let pieces = 0; result.state === 'interrupted'; pieces++) {
      expect(pieces).toBeLessThanOrEqual(whole.runs.length);
      const { options } = recordingExecutor(({ nth, abort }) => void (nth === 2 && abort()));
      result = reread(await runComparison(specification, { ...options, resume: result }));
    }
    expect(placesOf(result)).toEqual(placesOf(whole));
  });

  it('goes on from what a killed process had saved', async () => {
    const specification = specificationOf();
    const saved: ComparisonResult[] = [];
    const whole = await runComparison(specification, {
      ...recordingExecutor().options,
      save: (result) => void saved.push(reread(result)),
    });
    for (const before of saved) {
      const result = await runComparison(specification, { ...recordingExecutor().options, resume: before });
      expect(placesOf(result)).toEqual(placesOf(whole));
      expect(result.state).toBe('complete');
    }
  });

  it('stops at the same block for the same precision', async () => {
    const specification = specificationOf({ blocks: 40, precision: 0.05 });
    const saved: ComparisonResult[] = [];
    const whole = await runComparison(specification, {
      ...recordingExecutor().options,
      save: (result) => void saved.push(reread(result)),
    });
    expect(whole.runs.length).toBeLessThan(120);
    // The last but two was saved after the last run, before anybody looked at the precision.
    for (const before of saved.slice(-6)) {
      const { calls, options } = recordingExecutor();
      const result = await runComparison(specification, { ...options, resume: before });
      expect(placesOf(result)).toEqual(placesOf(whole));
      expect(calls).toHaveLength(whole.runs.length - before.runs.length);
    }
  });

  it('leaves out the cells that were left out before', async () => {
    const specification = specificationOf({ blocks: 6 });
    const fails = ({ cell }: Call) => (cell === 'c3' ? new VnetperfError('no', { code: 'ERR_PATH_DOWN' }) : undefined);
    const whole = await runComparison(specification, recordingExecutor(fails).options);
    for (let nth = 1; nth <= whole.runs.length; nth++) {
      const { options } = recordingExecutor((call) => (call.nth === nth ? call.abort() : fails(call)));
      const before = reread(await runComparison(specification, options));
      const result = await runComparison(specification, { ...recordingExecutor(fails).options, resume: before });
      expect(placesOf(result)).toEqual(placesOf(whole));
    }
  });

  it('counts the time of the runs before, and none of the time between', async () => {
    const specification = specificationOf({ timeLimitSeconds: 70 });
    const before = await interruptedIn(specification, 4);
    const { calls, options } = recordingExecutor();
    const result = await runComparison(specification, { ...options, resume: before });
    expect(calls).toHaveLength(2);
    expect(result).toMatchObject({ state: 'time-limit', runs: { length: 5 } });
  });

  it('goes on where the time ran out when it is given more', async () => {
    const before = reread(await runComparison(specificationOf({ timeLimitSeconds: 70 }), recordingExecutor().options));
    const more = await runComparison(specificationOf({ timeLimitSeconds: 700 }), {
      ...recordingExecutor().options,
      resume: before,
    });
    expect(more).toMatchObject({ state: 'complete', runs: { length: 15 }, plan: { timeLimitSeconds: 700 } });
  });

  it('has nothing to do where everything is done', async () => {
    const specification = specificationOf();
    const whole = reread(await runComparison(specification, recordingExecutor().options));
    const { calls, options } = recordingExecutor();
    expect(reread(await runComparison(specification, { ...options, resume: whole }))).toEqual(whole);
    expect(calls).toEqual([]);
  });

  it('tells how much was done', async () => {
    const specification = specificationOf();
    const events: ComparisonProgress[] = [];
    await runComparison(specification, {
      ...recordingExecutor().options,
      resume: await interruptedIn(specification, 8),
      onProgress: (event) => void events.push(event),
    });
    expect(events[0]).toMatchObject({ type: 'planned', done: 7, total: 15, secondsLeft: 96 });
    expect(events[1]).toMatchObject({ type: 'run-started', index: 8, total: 15 });
  });
});

describe('what cannot be resumed', () => {
  const resuming = async (specification: ComparisonSpecification, machine: Environment = environment) => {
    const before = await interruptedIn(specificationOf({ count: 4 }), 5);
    const { calls, options } = recordingExecutor();
    const running = runComparison(specification, { ...options, environment: machine, resume: before });
    await expect(running).rejects.toBeInstanceOf(VnetperfError);
    expect(calls).toEqual([]);
    return await running.catch((error: VnetperfError) => error);
  };
  const pinned = cellsOf(4).map((cell) =>
    cell.id === 'c3' ? { ...cell, command: [...cell.command, '--pin', '0:1'] } : cell,
  );
  const named = cellsOf(4).map((cell) => (cell.id === 'c4' ? { ...cell, name: 'ovs' } : cell));
  const levelled = cellsOf(4).map((cell) => (cell.id === 'c4' ? { ...cell, levels: {} } : cell));

  it.each([
    ['its seed was 11 and is 12 now', { seed: 12 }],
    ['it has 4 cells instead of 3', { count: 3 }],
    [
      'the command of its cell c3 was vnetperf run bridge -l 1002 and is vnetperf run bridge -l 1002 --pin 0:1 now',
      { cells: pinned },
    ],
    ['the name of its cell c4 was bridge  length=1003 and is ovs now', { cells: named }],
    ['its cell c4 is not the same', { cells: levelled }],
    ['its number of blocks was 4 and is 9 now', { blocks: 9 }],
    ['its number of warm-up blocks was 1 and is 0 now', { warmUpBlocks: 0 }],
    ['its precision was not given and is 0.02 now', { precision: 0.02 }],
    ['the seconds of each run was 10 and is 5 now', { secondsPerRun: 5 }],
    ['its contrasts are others', { contrasts: [] }],
    ['its factors are others', { factors: [] }],
  ])('another comparison: %s', async (difference, other) => {
    const error = (await resuming(specificationOf({ count: 4, ...other }))) as VnetperfError;
    expect(error.code).toBe('ERR_RESUME_PLAN');
    expect(error.message).toBe(`the result to go on with is of another comparison: ${difference}`);
    expect(error.remedy).toBe('Give its options again: vnetperf compare bridge --seed 11');
  });

  it('a result of another format, in which the same words may have been other runs', async () => {
    const before = { ...(await interruptedIn(specificationOf(), 5)), formatVersion: '1.0' };
    const { calls, options } = recordingExecutor();
    await expect(runComparison(specificationOf(), { ...options, resume: before })).rejects.toMatchObject({
      code: 'ERR_RESUME_FORMAT',
      message: 'the result to go on with is of format 1.0, and new runs would be of format 1.2',
      remedy: expect.stringContaining('Begin a new comparison'),
    });
    expect(calls).toEqual([]);
  });

  it.each<[string, Partial<Environment>]>([
    ['the kernel was 6.18.0 and is 6.19.1 now', { kernel: '6.19.1' }],
    [
      'the processor was Example 9000 and is Example 9001 now',
      { processor: { ...environment.processor, model: 'Example 9001' } },
    ],
    ['the number of cores was 2 and is 4 now', { processor: { ...environment.processor, cores: 4 } }],
    ['the list of cores to use was 0,1 and is 1 now', { processor: { ...environment.processor, allowedCores: [1] } }],
    ['the frequency governor was performance performance and is not given now', { governors: undefined }],
    ['the mitigation meltdown was Not affected and is Vulnerable now', { mitigations: { meltdown: 'Vulnerable' } }],
    [
      'the sysctl net.ipv4.tcp_congestion_control was cubic and is bbr now',
      { sysctls: { 'net.ipv4.tcp_congestion_control': 'bbr' } },
    ],
  ])('another machine: %s', async (difference, changed) => {
    const error = (await resuming(specificationOf({ count: 4 }), { ...environment, ...changed })) as VnetperfError;
    expect(error.code).toBe('ERR_RESUME_MACHINE');
    expect(error.message).toBe(`the machine is not as it was when the comparison began: ${difference}`);
  });

  it('other cores that --pin auto chooses now', async () => {
    const before = await interruptedIn(specificationOf(), 5);
    const [run] = before.runs;
    if (run?.outcome !== 'measured') throw new Error('its first run was measured');
    const pin = { asked: [1], got: [1] };
    run.measurement.streams = [{ id: 1, end: 'client', role: 'sender', bytes: 1, bytesByCore: [], pin }];
    const specification = specificationOf();
    specification.cells.find(({ id }) => id === run.cell)!.request.pin = { client: [3], server: [2] };
    const running = runComparison(specification, { ...recordingExecutor().options, resume: before });
    await expect(running).rejects.toMatchObject({
      code: 'ERR_RESUME_MACHINE',
      message: expect.stringContaining('ran on cores 1, and --pin auto chooses 3 now'),
    });
  });

  it('another vnetperf', async () => {
    const before = { ...(await interruptedIn(specificationOf(), 5)), version: '0.0.1' };
    const running = runComparison(specificationOf(), { ...recordingExecutor().options, resume: before });
    await expect(running).rejects.toMatchObject({
      code: 'ERR_RESUME_MACHINE',
      message: expect.stringContaining('the version of vnetperf was 0.0.1 and is'),
    });
  });

  it('is not the load, or a version of a program, or a sysctl that came with a module', async () => {
    const other: Environment = {
      ...environment,
      loadAverage: [4, 4, 4],
      versions: {},
      sysctls: { ...environment.sysctls, 'net.netfilter.nf_conntrack_max': '1' },
    };
    const resume = await interruptedIn(specificationOf(), 5);
    const result = await runComparison(specificationOf(), {
      ...recordingExecutor().options,
      environment: other,
      resume,
    });
    expect(result).toMatchObject({ state: 'complete', environment });
  });
});
