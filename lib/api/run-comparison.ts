import { executeCell } from '../compare/measuring/execute-cell.js';
import type { ComparisonResult } from '../compare/result.js';
import { saveResult } from '../compare/result-file/result-file.js';
import type { ComparisonProgress } from '../compare/runner/progress.js';
import { type ComparisonSpecification, runComparison as compare } from '../compare/runner/run-comparison.js';
import { readEnvironment } from '../platform/environment.js';
import { type ComparisonRequest, comparisonPlan } from './comparison-plan.js';
import { IntervalQueue } from './interval-queue.js';

/** Beside what is to be compared. */
export interface ComparisonOptions {
  /** Aborting ends it with what it has: the result's state is `interrupted`, and the run under way is thrown away. */
  signal?: AbortSignal | undefined;
  /** Called for everything that happens, in order. Must not throw. */
  onProgress?: ((event: ComparisonProgress) => void) | undefined;
  /** Path of a file for the result, written before the first run and after every run; or what to do instead. */
  save?: string | ((result: ComparisonResult) => void | Promise<void>) | undefined;
  /** An interrupted comparison to go on with, of the same tests and seed. */
  resume?: ComparisonResult | undefined;
}

/** A comparison under way: a promise of its result, and what happens as it comes. */
export interface RunningComparison extends PromiseLike<ComparisonResult>, AsyncIterable<ComparisonProgress> {
  /** As of any promise. */
  catch<Other = never>(
    onRejected?: ((reason: unknown) => Other | PromiseLike<Other>) | null,
  ): Promise<ComparisonResult | Other>;
  /** As of any promise. */
  finally(onFinally?: (() => void) | null): Promise<ComparisonResult>;
  /** Everything from the beginning on. Throws what the comparison throws. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ComparisonProgress>;
}

/**
 * Compares tests, in blocks of a random order: each run builds its network anew, measures, and removes it. A test that
 * fails is recorded as failed and the rest goes on.
 *
 * @throws (rejects with) VnetperfError ERR_NOTHING_TO_COMPARE, ERR_PLAN, ERR_RESULT_FILE, or ERR_RESUME_PLAN,
 * ERR_RESUME_MACHINE and ERR_RESUME_FORMAT where `resume` does not fit.
 */
export function runComparison(
  request: ComparisonRequest | ComparisonSpecification,
  options: ComparisonOptions = {},
): RunningComparison {
  return new ComparisonInProgress(request, options);
}

class ComparisonInProgress implements RunningComparison {
  readonly #progress = new IntervalQueue<ComparisonProgress>();
  readonly #result: Promise<ComparisonResult>;

  constructor(request: ComparisonRequest | ComparisonSpecification, options: ComparisonOptions) {
    this.#result = Promise.resolve().then(() => this.#run(request, options));
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise of its result.
  then<Value = ComparisonResult, Other = never>(
    onFulfilled?: ((result: ComparisonResult) => Value | PromiseLike<Value>) | null,
    onRejected?: ((reason: unknown) => Other | PromiseLike<Other>) | null,
  ): Promise<Value | Other> {
    return this.#result.then(onFulfilled, onRejected);
  }

  catch<Other = never>(
    onRejected?: ((reason: unknown) => Other | PromiseLike<Other>) | null,
  ): Promise<ComparisonResult | Other> {
    return this.#result.catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<ComparisonResult> {
    return this.#result.finally(onFinally);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<ComparisonProgress> {
    this.#result.catch(() => {});
    return this.#progress.reader();
  }

  async #run(
    request: ComparisonRequest | ComparisonSpecification,
    { signal, onProgress, save, resume }: ComparisonOptions,
  ): Promise<ComparisonResult> {
    try {
      const specification = 'command' in request ? request : await comparisonPlan(request);
      const result = await compare(specification, {
        execute: executeCell,
        environment: await readEnvironment(),
        save: typeof save === 'string' ? (current) => saveResult(save, current) : save,
        onProgress: (event) => {
          this.#progress.add(event);
          onProgress?.(event);
        },
        signal,
        resume,
      });
      this.#progress.end();
      return result;
    } catch (error) {
      this.#progress.end({ error });
      throw error;
    }
  }
}
