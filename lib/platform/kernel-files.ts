import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseCoreList } from '../configuration/cores.js';

/**
 * Small files in which the kernel tells about the machine. A file that is not there is an ordinary answer: virtual
 * machines and containers lack many of them.
 */
export class KernelFiles {
  readonly #root: string;

  /** @param root of a tree with `proc` and `sys` in it. */
  constructor(root = '/') {
    this.#root = root;
  }

  text(path: string): string | undefined {
    try {
      return readFileSync(join(this.#root, path), 'utf8').trim();
    } catch {
      return undefined;
    }
  }

  number(path: string): number | undefined {
    const text = this.text(path);
    const number = Number(text);
    return text === undefined || text === '' || !Number.isFinite(number) ? undefined : number;
  }

  /** `0-3,8` in rising order; [] for an empty list, and for `(null)`, as some kernels write one. */
  cores(path: string): number[] | undefined {
    const text = this.text(path);
    if (text === undefined) return undefined;
    return /^[\d,-]+$/.test(text) ? parseCoreList(text).toSorted((one, other) => one - other) : [];
  }

  /** Names in a directory that have this form, in the order of the number in it. */
  numbered(path: string, form: RegExp): number[] {
    return this.names(path)
      .flatMap((name) => form.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((one, other) => one - other);
  }

  /** The directory that holds what a link points to, from the root. */
  parentOfLink(path: string): string | undefined {
    try {
      return relative(this.#root, dirname(realpathSync(join(this.#root, path))));
    } catch {
      return undefined;
    }
  }

  names(path: string): string[] {
    try {
      return readdirSync(join(this.#root, path));
    } catch {
      return [];
    }
  }
}
