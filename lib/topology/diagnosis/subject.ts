import type { NetworkNamespace } from '../../traffic/namespace.js';
import type { PlannedHop, PlannedLink, PlannedTarget } from '../plan.js';
import type { Entered } from '../read-hops.js';

/** A network that stands, before it is known whether it carries packets. Every plan is one. */
export interface Subject {
  /** Begins a sentence: `bridge`, `between docker:web and docker:db`. */
  kind: string;
  client: SubjectEnd;
  server: SubjectEnd;
  morePairs: readonly { client: SubjectEnd; server: SubjectEnd }[];
  target?: PlannedTarget | undefined;
  serverReachesClient: boolean;
  path: readonly PlannedHop[];
  /** What every hop was given. undefined: nobody asked for anything, the hops are as they were found. */
  mtuBytes: number | undefined;
  /** Of a network across two hosts of our own. */
  link?: Pick<PlannedLink, 'ends' | 'headers'> | undefined;
}

export interface SubjectEnd {
  /** For a sentence. Default: client, server, client2 ... */
  name?: string | undefined;
  namespace: string;
  interface: string;
  ipv4: string | undefined;
  ipv6: string | undefined;
}

/** Its namespaces, by the names that the subject calls them. */
export interface OpenNamespaces extends Entered {
  namespace(name: string): NetworkNamespace;
}
