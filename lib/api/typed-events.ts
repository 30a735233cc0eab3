/**
 * What can be listened to: a name of an event, and what its listeners are given. `Beside` is what the listeners of every
 * event are given after the message.
 */
export interface EventSource<Events, Beside extends readonly unknown[] = []> {
  /** Calls `listener` each time. A listener that throws does not disturb what it listens to: its error is uncaught. */
  on<Name extends keyof Events>(event: Name, listener: (message: Events[Name], ...beside: Beside) => void): this;
  /** Calls `listener` the next time only. */
  once<Name extends keyof Events>(event: Name, listener: (message: Events[Name], ...beside: Beside) => void): this;
  /** Takes back what on() or once() was given. */
  off<Name extends keyof Events>(event: Name, listener: (message: Events[Name], ...beside: Beside) => void): this;
}

type Listener<Beside extends readonly unknown[]> = { call: (message: never, ...beside: Beside) => void; once: boolean };

/** Unlike Node's EventEmitter: no event is special, and no listener's error gets into the traffic. */
export class TypedEvents<Events, Beside extends readonly unknown[] = []> implements EventSource<Events, Beside> {
  readonly #listeners = new Map<keyof Events, Listener<Beside>[]>();

  on<Name extends keyof Events>(event: Name, listener: (message: Events[Name], ...beside: Beside) => void): this {
    return this.#add(event, { call: listener, once: false });
  }

  once<Name extends keyof Events>(event: Name, listener: (message: Events[Name], ...beside: Beside) => void): this {
    return this.#add(event, { call: listener, once: true });
  }

  off<Name extends keyof Events>(event: Name, listener: (message: Events[Name], ...beside: Beside) => void): this {
    const listeners = this.#listeners.get(event) ?? [];
    const index = listeners.findLastIndex(({ call }) => call === listener);
    if (index >= 0) this.#listeners.set(event, listeners.toSpliced(index, 1));
    return this;
  }

  protected emit<Name extends keyof Events>(event: Name, message: Events[Name], ...beside: Beside): void {
    const listeners = this.#listeners.get(event);
    if (listeners === undefined) return;
    if (listeners.some(({ once }) => once)) {
      this.#listeners.set(
        event,
        listeners.filter(({ once }) => !once),
      );
    }
    for (const { call } of listeners) {
      try {
        call(message as never, ...beside);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  #add(event: keyof Events, listener: Listener<Beside>): this {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
    return this;
  }
}
