import { VnetperfError } from '../../errors.js';

/** Above what any counter or rate of a test can be; below where a double is still good for arithmetic. */
const LARGEST_NUMBER = 1e18;
const LONGEST_TEXT = 300;

/**
 * An object of a JSON document that somebody else wrote. What is absent, or is not what its name says, is undefined;
 * what a measurement cannot do without is asked for with `needed...`, which throws VnetperfError ERR_IPERF3_DOCUMENT.
 */
export class DocumentFields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;

  /** @param path Of the object in its document, for an error; '' = the document itself. */
  constructor(value: unknown, path = '') {
    if (!isObject(value)) throw documentError(`${path === '' ? 'the document' : `"${path}"`} is no JSON object`);
    this.#fields = value;
    this.#path = path;
  }

  /** Finite and not negative. */
  number(name: string): number | undefined {
    const value = this.#get(name);
    return typeof value === 'number' && value >= 0 && value <= LARGEST_NUMBER ? value : undefined;
  }

  neededNumber(name: string): number {
    const value = this.number(name);
    if (value === undefined) throw documentError(`"${this.#pathOf(name)}" is no number that a test can have`);
    return value;
  }

  /** Some fields are 0 or 1 in one version and a truth value in another. */
  boolean(name: string): boolean | undefined {
    const value = this.#get(name);
    if (value === 0 || value === 1) return value === 1;
    return typeof value === 'boolean' ? value : undefined;
  }

  /** Without what a terminal would take for a command. */
  text(name: string): string | undefined {
    const value = this.#get(name);
    if (typeof value !== 'string') return undefined;
    return value
      .slice(0, LONGEST_TEXT)
      .replaceAll(/\p{C}+/gu, ' ')
      .trim();
  }

  object(name: string): DocumentFields | undefined {
    const value = this.#get(name);
    return isObject(value) ? new DocumentFields(value, this.#pathOf(name)) : undefined;
  }

  neededObject(name: string): DocumentFields {
    return new DocumentFields(this.#get(name), this.#pathOf(name));
  }

  has(name: string): boolean {
    return this.#get(name) !== undefined;
  }

  /** Empty where there is none. */
  list(name: string, longest: number): DocumentFields[] {
    const value = this.#get(name);
    if (value === undefined) return [];
    const path = this.#pathOf(name);
    if (!Array.isArray(value)) throw documentError(`"${path}" is no list`);
    if (value.length > longest) throw documentError(`"${path}" has ${value.length} entries, more than ${longest}`);
    return value.map((entry, index) => new DocumentFields(entry, `${path}[${index}]`));
  }

  /** Those of a list that are numbers a test can have; empty where there is none. */
  numbers(name: string, longest: number): number[] {
    const value = this.#get(name);
    if (!Array.isArray(value)) return [];
    return value
      .slice(0, longest)
      .filter((one): one is number => typeof one === 'number' && one >= 0 && one <= LARGEST_NUMBER);
  }

  /** Those of a list that are texts; empty where there is none. */
  texts(name: string, longest: number): string[] {
    const value = this.#get(name);
    if (!Array.isArray(value)) return [];
    return value.slice(0, longest).filter((one): one is string => typeof one === 'string');
  }

  #get(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  #pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }
}

export function documentError(what: string, remedy = 'Give what iperf3 -c HOST -J printed, whole.'): VnetperfError {
  return new VnetperfError(`this is no report of a finished iperf3 test: ${what}`, {
    code: 'ERR_IPERF3_DOCUMENT',
    remedy,
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
