import type { BuildWatch } from '../topology/build-watch.js';
import { bringUp as buildNamed, endpointsOf, type NamedJournal, namedLabs } from '../topology/named-labs.js';
import { netnsName } from '../topology/named-namespace.js';
import type { TopologyOptions } from '../topology/options.js';
import { placeLabel } from '../topology/places/open-place.js';
import type { VerifiedPath } from '../topology/verify.js';

export { collectGarbage } from '../topology/gc/collect.js';
export { openEndpoint, takeDown } from '../topology/named-labs.js';

/** A network that stands by a name, whichever process is running. */
export interface KeptNetwork {
  /** What it is called. */
  name: string;
  /** What bringUp() was given. */
  kind: string;
  /** `closing`: its removal has begun, and did not come to an end. */
  status: 'building' | 'up' | 'closing';
  /** client, server, and those of further pairs: client2, server2 ... */
  endpoints: KeptEndpoint[];
  /** Where the client connects, if not to the server's own address. */
  target?: KeptTarget | undefined;
}

/** One end of a network that stands by a name. */
export interface KeptEndpoint {
  /** As openEndpoint() takes it. */
  name: string;
  /** Absent: none. */
  ipv4?: string | undefined;
  /** Absent: none. */
  ipv6?: string | undefined;
  /** As between() takes it. */
  place: string;
}

/** Where a client connects that does not connect to the server's own address. */
export interface KeptTarget {
  /** The address. */
  ipv4: string;
  /** The address over IPv6; absent: none. */
  ipv6?: string | undefined;
  /** Where the client connects. Default: the port the server listens on. */
  port?: number | undefined;
  /** Where the server must listen. Default: any port. */
  serverPort?: number | undefined;
}

/** A network that has just been built, and stays. */
export interface BroughtUpNetwork extends KeptNetwork {
  /** What it is, in a few words. */
  summary: string;
  /** Of its ends' interfaces. */
  mtuBytes: number;
  /** Facts about how packets are carried. */
  remarks: readonly string[];
  /** The way from client to server, as it was verified. */
  path: VerifiedPath;
}

/**
 * Builds a network that outlives this process. Needs root.
 *
 * @param kind What buildTopology() takes.
 * @param name Up to 64 letters, digits, dots, dashes or underscores.
 * @throws RequestError ERR_LAB_NAME; TopologyError ERR_NAME_IN_USE; what buildTopology() throws. Nothing is left then.
 */
export async function bringUp(
  kind: string,
  options: TopologyOptions,
  name: string,
  watch: BuildWatch = {},
): Promise<BroughtUpNetwork> {
  const { journal, plan, path } = await buildNamed(kind, options, name, watch);
  const { summary, mtuBytes, remarks } = plan;
  return { ...keptNetwork({ ...journal, name }), summary, mtuBytes, remarks, path };
}

/** The networks that stand by a name, in the order of their names. */
export function keptNetworks(): KeptNetwork[] {
  return namedLabs().map(keptNetwork);
}

function keptNetwork(journal: NamedJournal): KeptNetwork {
  const { name, kind, status, target } = journal;
  const endpoints = endpointsOf(journal).map(({ namespace, ...end }) => ({
    ...end,
    place: placeOf(journal, namespace),
  }));
  // What is held has no name.
  const standing = status === 'held' ? 'up' : status;
  return { name, kind, status: standing, endpoints, ...(target === undefined ? {} : { target }) };
}

function placeOf(journal: NamedJournal, namespace: string): string {
  const adopted = journal.adopted.find(({ as }) => as === namespace);
  return adopted === undefined ? `netns:${netnsName(journal.name, namespace)}` : placeLabel(adopted.from);
}
