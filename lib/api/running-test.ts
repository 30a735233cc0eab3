import { VnetperfError } from '../errors.js';
import type { ConnectEvent, EndRecord, IntervalRecord, SessionEvent, StartEvent } from '../traffic/events.js';
import { publishEnd, publishInterval } from './channels.js';
import { IntervalQueue } from './interval-queue.js';
import type { TestResult } from './test-result.js';
import { type EventSource, TypedEvents } from './typed-events.js';

/** What a test tells while it runs, by the name of the event. */
export interface TestEvents {
  /** The server has taken the parameters. */
  connect: ConnectEvent;
  /** All streams stand; traffic starts. */
  start: StartEvent;
  /** An interval is over: by default every second. */
  interval: IntervalRecord;
  /** The final figures. Those of a test that was cut short are `incomplete`. */
  end: EndRecord;
  /** Something that a reader of the figures should know; the test goes on. */
  warning: string;
  /** The test failed or was cut short. What awaits it is rejected with the same error. */
  error: VnetperfError;
  /** Each of the above and everything else that happens to the test, in order; not what kept it from beginning. */
  event: SessionEvent;
}

/**
 * A test under way. It is a promise of its result, the intervals as they come, and a source of events; any of them
 * alone will do. It runs on when a loop over it is left; abort() or the signal it was given ends it.
 */
export interface RunningTest<Result extends TestResult = TestResult, Events extends TestEvents = TestEvents>
  extends PromiseLike<Result>,
    AsyncIterable<IntervalRecord>,
    EventSource<Events> {
  /** As of any promise. */
  catch<Other = never>(onRejected?: ((reason: unknown) => Other | PromiseLike<Other>) | null): Promise<Result | Other>;
  /** As of any promise. */
  finally(onFinally?: (() => void) | null): Promise<Result>;
  /** Every interval from the first one on, also those that are over. Throws what the test throws. */
  [Symbol.asyncIterator](): AsyncIterableIterator<IntervalRecord>;
  /** Ends it at once; what awaits it is rejected with ERR_INTERRUPTED. Does nothing to a test that is over. */
  abort(reason?: unknown): void;
  /** Aborts it where it still runs, and waits until it is gone. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How a test runs: tells of everything that happens, ends soon after the signal. */
export type TestBody<Result> = (tell: (event: SessionEvent) => void, signal: AbortSignal) => Promise<Result>;

export class TestInProgress<Result extends TestResult, Events extends TestEvents>
  extends TypedEvents<Events>
  implements RunningTest<Result, Events>
{
  readonly #ending = new AbortController();
  readonly #intervals = new IntervalQueue<IntervalRecord>();
  readonly #result: Promise<Result>;

  constructor(
    body: TestBody<Result>,
    { signal, keepIntervals = true }: { signal?: AbortSignal | undefined; keepIntervals?: boolean | undefined },
  ) {
    super();
    const either = signal === undefined ? this.#ending.signal : AbortSignal.any([signal, this.#ending.signal]);
    if (!keepIntervals) this.#intervals.forget();
    // Not before who has just called can listen.
    this.#result = Promise.resolve().then(() => this.#run(body, either));
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise of its result.
  then<Value = Result, Other = never>(
    onFulfilled?: ((result: Result) => Value | PromiseLike<Value>) | null,
    onRejected?: ((reason: unknown) => Other | PromiseLike<Other>) | null,
  ): Promise<Value | Other> {
    return this.#result.then(onFulfilled, onRejected);
  }

  catch<Other = never>(onRejected?: ((reason: unknown) => Other | PromiseLike<Other>) | null): Promise<Result | Other> {
    return this.#result.catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<Result> {
    return this.#result.finally(onFinally);
  }

  override on<Name extends keyof Events>(event: Name, listener: (message: Events[Name]) => void): this {
    this.#looked();
    return super.on(event, listener);
  }

  override once<Name extends keyof Events>(event: Name, listener: (message: Events[Name]) => void): this {
    this.#looked();
    return super.once(event, listener);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<IntervalRecord> {
    this.#looked();
    return this.#intervals.reader();
  }

  abort(reason?: unknown): void {
    this.#ending.abort(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.abort();
    await this.#result.catch(() => {});
  }

  /** What a sort of test tells beside what each does. */
  tellOf<Name extends keyof Events>(event: Name, message: Events[Name]): void {
    this.emit(event, message);
  }

  async #run(body: TestBody<Result>, signal: AbortSignal): Promise<Result> {
    let told: unknown;
    try {
      const result = await body((event) => {
        if (event.type === 'error') told = event.error;
        this.#tell(event);
      }, signal);
      this.#intervals.end();
      return result;
    } catch (error) {
      if (error !== told && error instanceof VnetperfError) {
        (this as unknown as TestInProgress<Result, TestEvents>).emit('error', error);
      }
      this.#intervals.end({ error });
      throw error;
    }
  }

  #tell(event: SessionEvent): void {
    const events = this as unknown as TestInProgress<Result, TestEvents>;
    events.emit('event', event);
    switch (event.type) {
      case 'interval':
        publishInterval({ role: 'client', interval: event });
        this.#intervals.add(event);
        events.emit('interval', event);
        break;
      case 'end':
        publishEnd({ role: 'client', end: event });
        events.emit('end', event);
        break;
      case 'connect':
        events.emit('connect', event);
        break;
      case 'start':
        events.emit('start', event);
        break;
      case 'warning':
        events.emit('warning', event.message);
        break;
      case 'error':
        events.emit('error', event.error);
        break;
    }
  }

  /** Whoever listens or iterates learns of a failure there: nobody needs to await it too. */
  #looked(): void {
    this.#result.catch(() => {});
  }
}
