import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestBody, type TestEvents, TestInProgress } from '../../lib/api/running-test.js';
import type { TestResult } from '../../lib/api/test-result.js';
import { InterruptedError, RequestError, runTest, TestError } from '../../lib/index.js';
import type { IntervalRecord, SessionEvent } from '../../lib/traffic/events.js';
import { interruptedError } from '../../lib/traffic/session.js';

const RESULT = { bitsPerSecond: 1 } as TestResult;
const FAILURE = new TestError('the server is gone', { code: 'ERR_CONTROL_CLOSED', iperf3Number: 109 });

const interval = (second: number): IntervalRecord => ({
  type: 'interval',
  startSeconds: second,
  endSeconds: second + 1,
  omitted: false,
  streams: [],
  cores: [],
  cpuPercent: 0,
  carriers: [],
});

const under = (body: TestBody<TestResult>, options: ConstructorParameters<typeof TestInProgress>[1] = {}) =>
  new TestInProgress<TestResult, TestEvents>(body, options);

/** Tells of so many intervals, one a turn of the event loop, and then ends or fails. */
const seconds =
  (count: number, failure?: Error): TestBody<TestResult> =>
  async (tell) => {
    for (let second = 0; second < count; second++) {
      await sleep(1);
      tell(interval(second));
    }
    if (failure !== undefined) throw failure;
    return RESULT;
  };

const untilAborted: TestBody<TestResult> = async (tell, signal) => {
  tell(interval(0));
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  throw interruptedError('client', signal.reason);
};

async function starts(test: AsyncIterable<IntervalRecord>): Promise<number[]> {
  const seen: number[] = [];
  for await (const { startSeconds } of test) seen.push(startSeconds);
  return seen;
}

describe('a test under way', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', note);
  });
  afterEach(() => void process.off('unhandledRejection', note));
  /** Rejections are looked through when the microtasks are done. */
  const told = async () => {
    await sleep(20);
    return unhandled;
  };

  it('is a promise of its result', async () => {
    expect(await under(seconds(1))).toBe(RESULT);
    expect(await Promise.all([under(seconds(1)), under(seconds(2))])).toEqual([RESULT, RESULT]);
    let after = 0;
    expect(await under(seconds(1)).finally(() => after++)).toBe(RESULT);
    expect(await under(seconds(0, FAILURE)).catch((error) => error)).toBe(FAILURE);
    expect(after).toBe(1);
  });

  it('can be awaited again, by several, and when it is over', async () => {
    const test = under(seconds(1));
    expect(await Promise.all([test, test])).toEqual([RESULT, RESULT]);
    expect(await test).toBe(RESULT);
  });

  it('gives its intervals as they come', async () => {
    const test = under(seconds(3));
    expect(await starts(test)).toEqual([0, 1, 2]);
    expect(await test).toBe(RESULT);
  });

  it('gives every reader every interval, also one that comes when it is over', async () => {
    const test = under(seconds(3));
    expect(await Promise.all([starts(test), starts(test)])).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(await starts(test)).toEqual([0, 1, 2]);
  });

  it('remembers no intervals where it was asked not to', async () => {
    const test = under(seconds(2), { keepIntervals: false });
    expect(await starts(test)).toEqual([0, 1]);
    expect(await starts(test)).toEqual([]);
  });

  it('goes on when a loop over it is left', async () => {
    const test = under(seconds(3));
    for await (const _ of test) break;
    expect(await test).toBe(RESULT);
  });

  it('throws in the loop what it fails with, after the intervals there were, once', async () => {
    const test = under(seconds(2, FAILURE));
    const seen: number[] = [];
    const reader = test[Symbol.asyncIterator]();
    const loop = async () => {
      for await (const { startSeconds } of { [Symbol.asyncIterator]: () => reader }) seen.push(startSeconds);
    };
    await expect(loop()).rejects.toBe(FAILURE);
    expect(seen).toEqual([0, 1]);
    expect(await reader.next()).toEqual({ done: true, value: undefined });
    expect(await told()).toEqual([]);
  });

  it('is no unhandled rejection where it is only listened to', async () => {
    const errors: unknown[] = [];
    under(seconds(1, FAILURE)).on('error', (error) => errors.push(error));
    expect(await told()).toEqual([]);
    expect(errors).toEqual([FAILURE]);
  });

  it('is one, as any promise, where nobody looks', async () => {
    under(seconds(0, FAILURE));
    expect(await told()).toEqual([FAILURE]);
  });

  it('tells in order, and of what it fails with once', async () => {
    const events: SessionEvent['type'][] = [];
    const errors: unknown[] = [];
    const test = under(async (tell) => {
      tell(interval(0));
      tell({ type: 'error', error: FAILURE });
      throw FAILURE;
    });
    test.on('event', ({ type }) => events.push(type)).on('error', (error) => errors.push(error));
    await expect(test).rejects.toBe(FAILURE);
    expect(events).toEqual(['interval', 'error']);
    expect(errors).toEqual([FAILURE]);
  });

  it('calls listeners once, and not any more, as asked', async () => {
    const calls: string[] = [];
    const test = under(seconds(3));
    const off = () => calls.push('off');
    test.once('interval', () => calls.push('once'));
    test.on('interval', off).off('interval', off);
    test.on('interval', () => calls.push('on'));
    await test;
    expect(calls).toEqual(['once', 'on', 'on', 'on']);
  });

  it('does not suffer from a listener that throws: that is the program’s uncaught exception', async () => {
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const uncaught: unknown[] = [];
    const catcher = (error: unknown) => uncaught.push(error);
    process.on('uncaughtException', catcher);
    try {
      const mistake = new Error('a listener’s own mistake');
      const test = under(seconds(2));
      test.once('interval', () => {
        throw mistake;
      });
      expect(await test).toBe(RESULT);
      expect(uncaught).toEqual([mistake]);
    } finally {
      process.off('uncaughtException', catcher);
      for (const listener of before) process.on('uncaughtException', listener);
    }
  });

  it('ends by its signal, by abort(), and at the end of its scope', async () => {
    const ending = new AbortController();
    const bySignal = under(untilAborted, { signal: ending.signal });
    const why = new Error('enough');
    setTimeout(() => ending.abort(why), 5);
    await expect(bySignal).rejects.toMatchObject({ code: 'ERR_INTERRUPTED', cause: why });
    await expect(bySignal).rejects.toBeInstanceOf(InterruptedError);

    const byHand = under(untilAborted);
    byHand.on('interval', () => byHand.abort());
    await expect(byHand).rejects.toMatchObject({ code: 'ERR_INTERRUPTED' });

    let scoped: PromiseLike<TestResult>;
    {
      await using test = under(untilAborted);
      scoped = test;
    }
    await expect(scoped).rejects.toMatchObject({ code: 'ERR_INTERRUPTED' });
    expect(await told()).toEqual([]);
  });
});

describe('what runTest() cannot do', () => {
  it('rejects for a limit, with iperf3’s number, and throws nothing at once', async () => {
    const test = runTest({ host: '127.0.0.1', settings: { parallel: 129 } });
    await expect(test).rejects.toBeInstanceOf(RequestError);
    await expect(test).rejects.toMatchObject({ code: 'ERR_PARALLEL', iperf3Number: 6 });
  });

  it('rejects for a core that is not there', async () => {
    await expect(runTest({ host: '127.0.0.1', cores: [8000] })).rejects.toMatchObject({
      name: 'RequestError',
      code: 'ERR_AFFINITY',
      iperf3Number: 132,
    });
  });

  it('connects to nobody when it was aborted before it began', async () => {
    const why = new Error('never mind');
    const test = runTest({ host: '127.0.0.1', port: 1 }, { signal: AbortSignal.abort(why) });
    await expect(test).rejects.toMatchObject({ name: 'InterruptedError', code: 'ERR_INTERRUPTED', cause: why });
  });
});
