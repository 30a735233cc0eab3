import { TopologyError } from '../errors.js';
import type { NativeAddon, NativeSystemError } from '../platform/native.js';
import type { NetworkNamespace } from '../traffic/namespace.js';
import { namespaceError } from './build-errors.js';

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
      throw new TopologyError('this network was removed', {
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

/** A new network namespace for a network of this kind. Throws VnetperfError ERR_NO_PERMISSION, ERR_NAMESPACE. */
export function newNamespace(kind: string, native: NativeAddon): OwnedNamespace {
  try {
    return new OwnedNamespace(native.createNetworkNamespace(), native);
  } catch (error) {
    throw namespaceError(kind, error as NativeSystemError);
  }
}
