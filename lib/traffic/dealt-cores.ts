/** A test's cores, in the order in which its streams get them. */
interface CoresOfTest {
  cores: number[];
  /** Given back. Idempotent. */
  end(): void;
}

/** Deals a server's cores to tests at the same time. Each deals them to its streams in turn, all would begin at the first. */
export class DealtCores {
  readonly #cores: readonly number[];
  /** On each core, of the tests under way. */
  readonly #streams: number[];

  /** @param cores empty = not pinned */
  constructor(cores: readonly number[]) {
    this.#cores = cores;
    this.#streams = cores.map(() => 0);
  }

  /** Beginning where these streams meet the fewest others; at the first core where it is all the same. */
  deal(streams: number): CoresOfTest {
    const places = (first: number) =>
      Array.from({ length: streams }, (_, index) => (first + index) % this.#cores.length);
    const others = (first: number) => places(first).reduce((sum, place) => sum + this.#streams[place]!, 0);
    const [first = 0] = this.#cores.map((_, place) => place).toSorted((one, other) => others(one) - others(other));
    const add = (count: number) => {
      if (this.#cores.length > 0) for (const place of places(first)) this.#streams[place]! += count;
    };
    add(1);
    let ended = false;
    const end = () => {
      if (!ended) add(-1);
      ended = true;
    };
    return { cores: [...this.#cores.slice(first), ...this.#cores.slice(0, first)], end };
  }
}
