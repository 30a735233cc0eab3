import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { labsDirectory } from './state-directory.js';

/** Where a lab keeps its files: sockets and databases of daemons, their logs, what steps have written. */
export class LabDirectory {
  readonly #short: string;
  #path: string | undefined;

  /** @param path Where another process has made it. */
  constructor(short: string, path?: string) {
    this.#short = short;
    this.#path = path;
  }

  /** Made at the first call. */
  get path(): string {
    if (this.#path === undefined) {
      this.#path = join(labsDirectory(), this.#short);
      mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    }
    return this.#path;
  }

  remove(): void {
    if (this.#path !== undefined) rmSync(this.#path, { recursive: true, force: true });
  }
}
