import type { NetworkNamespace } from '../traffic/namespace.js';

/** The namespaces of one plan by the plan's names, each held by a descriptor of this process. */
export class HeldNamespaces {
  readonly #kind: string;
  readonly #held = new Map<string, NetworkNamespace & { close(): void }>();

  constructor(kind: string) {
    this.#kind = kind;
  }

  has(name: string): boolean {
    return this.#held.has(name);
  }

  get(name: string): NetworkNamespace {
    const namespace = this.#held.get(name);
    if (namespace === undefined) throw new RangeError(`the plan of ${this.#kind} has no namespace "${name}"`);
    return namespace;
  }

  hold(name: string, namespace: NetworkNamespace & { close(): void }): void {
    this.#held.set(name, namespace);
  }

  /** One that somebody else has made. */
  holdPlace(name: string, place: { namespace: NetworkNamespace; close(): void }): void {
    this.#held.set(name, {
      get fd() {
        return place.namespace.fd;
      },
      close: () => place.close(),
    });
  }

  close(): void {
    for (const namespace of this.#held.values()) namespace.close();
  }
}
