import type { VnetperfError } from '../errors.js';

/**
 * Everything that happens to a session (control bytes, engine events, signals, timers), in the order of arrival, for
 * one reader that waits with a deadline. It keeps a session readable as a sequence instead of a web of callbacks.
 */
export class Inbox<T> {
  readonly #items: T[] = [];
  #wake: (() => void) | undefined;

  push(item: T): void {
    this.#items.push(item);
    this.#wake?.();
  }

  /** Items that were taken too early, to be taken again, in this order, before all others. */
  putBack(items: readonly T[]): void {
    this.#items.unshift(...items);
  }

  /**
   * The next item.
   * @throws what `onTimeout` returns after `timeoutMs` without one; undefined = no deadline, for waits that something
   * else bounds.
   */
  async next(timeoutMs: number | undefined, onTimeout: () => VnetperfError): Promise<T> {
    if (this.#items.length === 0) {
      const arrived = await new Promise<boolean>((resolve) => {
        const timer = timeoutMs === undefined ? undefined : setTimeout(() => resolve(false), timeoutMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve(true);
        };
      });
      this.#wake = undefined;
      if (!arrived && this.#items.length === 0) throw onTimeout();
    }
    return this.#items.shift() as T;
  }
}
