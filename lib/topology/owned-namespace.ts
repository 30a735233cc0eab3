import { VnetperfError } from '../errors.js';
import type { NativeAddon } from '../platform/native.js';
import type { NetworkNamespace } from '../traffic/namespace.js';

/** Not to be used after the lab is gone: its number may by then be another descriptor's. */
export class OwnedNamespace implements NetworkNamespace {
  readonly #native: NativeAddon;
  #fd: number | undefined;

  constructor(fd: number, native: NativeAddon) {
    this.#fd = fd;
    this.#native = native;
  }

  get fd(): number {
    if (this.#fd === undefined) {
      throw new VnetperfError('this network was removed', {
        code: 'ERR_TOPOLOGY_CLOSED',
        remedy: 'Use its endpoints before close(), or build it again.',
      });
    }
    return this.#fd;
  }

  close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) this.#native.closeDescriptor(fd);
  }
}
