import type { NetworkNamespace } from '../../traffic/namespace.js';

/** A container engine as its own command line reaches it. */
export interface EngineAddress {
  /** Its command line. */
  program: 'docker' | 'podman';
  /** `-H`/`--url`: undefined = what the program itself uses (its context, DOCKER_HOST). */
  host?: string | undefined;
}

/** Somewhere that has a network namespace already. */
export type NamespaceSource =
  | { type: 'container'; engine: EngineAddress; container: string }
  | { type: 'netns'; name: string }
  | { type: 'pid'; pid: number }
  /** A file that is bound to a namespace, or a link to one. */
  | { type: 'file'; path: string }
  /** The namespace this process is in. */
  | { type: 'host' };

/** A namespace that was found and is held open. Closing it changes nothing where it is. */
export interface OpenPlace {
  /** As a user would type it: `docker:web`. */
  label: string;
  source: NamespaceSource;
  namespace: NetworkNamespace;
  /** The same for two places that are one network. */
  identity: string;
  /** A process inside, where there is one. */
  pid: number | undefined;
  /** The process whose network it is has ended, and what was behind that network may be gone. */
  hasEnded(): boolean;
  close(): void;
}
