import type { JsonObject } from './json-message.js';

const TWO_TO_THE_63 = 2 ** 63;
/** A hostile message must not become thousands of lines on a terminal. */
const WARNINGS_LIMIT = 20;

/**
 * A received object, read as iperf3 reads it: names in any case, the first that fits wins, unknown ones do not matter,
 * and a value of the wrong type is as good as absent. What was wrong is added to `warnings`.
 */
export class WireObject {
  readonly #values = new Map<string, unknown>();
  readonly #warnings: string[];
  readonly #where: string;

  /** `where` is put before a name in a warning, for example `streams[0].`. */
  constructor(object: JsonObject, warnings: string[], where = '') {
    this.#warnings = warnings;
    this.#where = where;
    for (const [name, value] of Object.entries(object)) {
      const folded = foldCase(name);
      if (!this.#values.has(folded)) {
        this.#values.set(folded, value);
      }
    }
  }

  /** JSON's true or false. */
  boolean(name: string): boolean | undefined {
    return this.#typed(name, 'true or false', (value) => typeof value === 'boolean') as boolean | undefined;
  }

  number(name: string): number | undefined {
    return this.#typed(name, 'a number', (value) => typeof value === 'number') as number | undefined;
  }

  /**
   * A whole number as a 64-bit signed one; a fraction is cut off. iperf3 3.12 and 3.13 print integers unsigned, so that
   * -1 comes as 18446744073709551615: what does not fit is -1.
   */
  integer(name: string): number | undefined {
    const value = this.number(name);
    if (value === undefined) {
      return undefined;
    }
    return Math.abs(value) >= TWO_TO_THE_63 ? -1 : Math.trunc(value);
  }

  /**
   * A finite number. null is 0: cJSON prints it for what is no number, such as the CPU share of a test that took no time.
   */
  real(name: string): number | undefined {
    if (this.#values.get(foldCase(name)) === null) {
      this.#warn(`the peer sent ${this.#where}${name} as null, taken as 0`);
      return 0;
    }
    const value = this.number(name);
    return value === undefined || Number.isFinite(value) ? value : 0;
  }

  text(name: string): string | undefined {
    return this.#typed(name, 'a string', (value) => typeof value === 'string') as string | undefined;
  }

  object(name: string): JsonObject | undefined {
    return this.#typed(name, 'an object', isJsonObject) as JsonObject | undefined;
  }

  array(name: string): unknown[] | undefined {
    return this.#typed(name, 'an array', Array.isArray) as unknown[] | undefined;
  }

  #typed(name: string, expected: string, isExpected: (value: unknown) => boolean): unknown {
    const value = this.#values.get(foldCase(name));
    if (value === undefined || isExpected(value)) {
      return value;
    }
    this.#warn(`the peer sent ${this.#where}${name} as ${describeType(value)} and not as ${expected}, ignored`);
    return undefined;
  }

  #warn(warning: string): void {
    if (this.#warnings.length < WARNINGS_LIMIT) {
      this.#warnings.push(warning);
    }
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** For sending: JSON has no NaN and no infinity, and cJSON would take their null for a missing number. */
export function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

/** For sending: a whole number that a signed 64-bit integer holds. */
export function wholeNumber(value: number): number {
  const largest = TWO_TO_THE_63 - 1024;
  return Math.max(-largest, Math.min(largest, Math.trunc(Number.isNaN(value) ? 0 : value)));
}

/** For sending: half of a surrogate pair, which JSON would escape and cJSON refuse, becomes U+FFFD. */
export function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

/** As tolower() in the C locale: ASCII letters alone. */
function foldCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function describeType(value: unknown): string {
  if (value === null) {
    return 'null';
  }
  if (typeof value === 'object') {
    return Array.isArray(value) ? 'an array' : 'an object';
  }
  return { boolean: 'true or false', number: 'a number', string: 'a string' }[typeof value as string] ?? 'nothing';
}
