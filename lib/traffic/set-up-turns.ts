/**
 * What a test needs to itself while its streams are opened. UDP greetings carry no cookie: whoever comes is taken for the
 * one test that waits. `tcp-alone` changes the listener for its streams, `tcp` takes it as it is.
 */
export type SetUpKind = 'udp' | 'tcp' | 'tcp-alone';

/** A test's place among those that want to open their streams. */
export interface SetUpTurn {
  /** Given back, or given up before it came. Idempotent. */
  end(): void;
}

interface Place {
  kind: SetUpKind;
  granted: boolean;
  grant(): void;
  /** Undefined when it has been told. */
  awaited: (() => void) | undefined;
}

/** Lets tests open their streams in the order in which they came, side by side where nothing can be mixed up. */
export class SetUpTurns {
  #places: Place[] = [];

  /**
   * @param granted called once, perhaps at once, unless the turn is ended before.
   * @param awaited called once, when it has been granted and somebody has to wait for its end.
   */
  take(kind: SetUpKind, granted: () => void, awaited?: () => void): SetUpTurn {
    const place: Place = { kind, granted: false, grant: granted, awaited };
    this.#places.push(place);
    this.#grant();
    return {
      end: () => {
        this.#places = this.#places.filter((other) => other !== place);
        this.#grant();
      },
    };
  }

  #grant(): void {
    for (const [index, place] of this.#places.entries()) {
      if (place.granted || this.#places.slice(0, index).some(({ kind }) => conflict(kind, place.kind))) continue;
      place.granted = true;
      place.grant();
    }
    for (const [index, place] of this.#places.entries()) {
      const behind = this.#places.slice(index + 1);
      if (!place.granted || !behind.some(({ kind }) => conflict(place.kind, kind))) continue;
      const { awaited } = place;
      place.awaited = undefined;
      awaited?.();
    }
  }
}

function conflict(one: SetUpKind, other: SetUpKind): boolean {
  if (one === 'udp' || other === 'udp') return one === other;
  return one === 'tcp-alone' || other === 'tcp-alone';
}
