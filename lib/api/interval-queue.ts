/** What comes in order and is read by any number of readers, each at its own pace. */
export class IntervalQueue<Item> {
  /** What a reader that comes late is given first. */
  #all: Item[] | undefined = [];
  readonly #readers = new Set<Reader<Item>>();
  #ended: { error?: unknown } | undefined;

  /** A reader then gets what comes from its beginning on. */
  forget(): void {
    this.#all = undefined;
  }

  add(item: Item): void {
    this.#all?.push(item);
    for (const reader of this.#readers) reader.add(item);
  }

  end(ending: { error?: unknown } = {}): void {
    this.#ended = ending;
    for (const reader of this.#readers) reader.end(ending);
    this.#readers.clear();
  }

  reader(): AsyncIterableIterator<Item> {
    const reader = new Reader<Item>(this.#all ?? [], () => this.#readers.delete(reader));
    if (this.#ended === undefined) this.#readers.add(reader);
    else reader.end(this.#ended);
    return reader;
  }
}

class Reader<Item> implements AsyncIterableIterator<Item> {
  readonly #items: Item[];
  readonly #waiting: { resolve(result: IteratorResult<Item>): void; reject(error: unknown): void }[] = [];
  readonly #leave: () => void;
  #ended: { error?: unknown } | undefined;

  constructor(items: readonly Item[], leave: () => void) {
    this.#items = [...items];
    this.#leave = leave;
  }

  add(item: Item): void {
    const first = this.#waiting.shift();
    if (first === undefined) this.#items.push(item);
    else first.resolve({ done: false, value: item });
  }

  end(ending: { error?: unknown }): void {
    this.#ended = ending;
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if ('error' in this.#ended) {
        reject(this.#ended.error);
        // Thrown once: an iterator that has thrown is over.
        this.#ended = {};
      } else resolve({ done: true, value: undefined });
    }
  }

  async next(): Promise<IteratorResult<Item>> {
    const item = this.#items.shift();
    if (item !== undefined) return { done: false, value: item };
    if (this.#ended === undefined) {
      return await new Promise((resolve, reject) => {
        this.#waiting.push({ resolve, reject });
      });
    }
    const ending = this.#ended;
    this.#ended = {};
    if ('error' in ending) throw ending.error;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Item>> {
    this.#leave();
    this.#items.length = 0;
    this.end({});
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
