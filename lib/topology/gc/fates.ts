import type { Journal } from '../journal.js';
import { makerOf } from '../lab-identity.js';

/** orphaned: whoever made it is gone and nobody is to have it. */
export type Fate = 'orphaned' | 'in use' | 'not ours';

/** What is to become of a thing, by nothing but the mark it carries and the journals of the labs that stand. */
export class Fates {
  readonly #journals: ReadonlyMap<string, Journal>;
  readonly #claimed: (id: string) => boolean;

  /** @param claimed Whether another process is taking the lab of this id apart. */
  constructor(journals: readonly Journal[], claimed: (id: string) => boolean = () => false) {
    this.#journals = new Map(journals.map((journal) => [journal.id, journal]));
    this.#claimed = claimed;
  }

  of(id: string): Fate {
    if (this.#claimed(id)) return 'in use';
    switch (makerOf(id)) {
      case 'alive':
        return 'in use';
      case 'dead':
        return 'orphaned';
      case 'unknown':
        return 'not ours';
      case 'outlived': {
        // Its journal was there before it and goes after it. Where there is none, another state directory has it.
        const status = this.#journals.get(id)?.status;
        if (status === undefined) return 'not ours';
        return status === 'up' ? 'in use' : 'orphaned';
      }
    }
  }

  /** Why something is left alone. */
  static why(id: string): string {
    return makerOf(id) === 'outlived'
      ? 'it belongs to a named network whose journal is not here'
      : `its mark ${id} says nothing about a process of this machine`;
  }
}
