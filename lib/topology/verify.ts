import { loadNative } from '../platform/load-native.js';
import type { NativeAddon } from '../platform/native.js';
import { examinePath } from './diagnosis/examine-path.js';
import type { Finding } from './diagnosis/finding.js';
import { PathError } from './diagnosis/path-error.js';
import type { PathFacts } from './diagnosis/path-facts.js';
import { pathFindings } from './diagnosis/path-findings.js';
import type { OpenNamespaces, Subject } from './diagnosis/subject.js';
import { tunnelsOf } from './diagnosis/tunnels.js';
import type { Hop } from './read-hops.js';

/** What was found true of a network before anything was measured on it. */
export interface VerifiedPath {
  /** IPv4 where there is one, else IPv6. */
  clientAddress: string;
  /** What the client connects to. */
  serverAddress: string;
  /** The largest packet that crosses whole in every direction that can be tried; IPv4's where there is IPv4. */
  pathMtuBytes: number;
  /** Every interface on the way from client to server. */
  hops: Hop[];
  /** Congestion control that a socket of each end gets by itself. */
  congestion?: { client?: string | undefined; server?: string | undefined } | undefined;
  /** How the ends were found to reach each other; the time is the longest of the connections tried. */
  reach?: { bothWays: boolean; connectMs: number } | undefined;
  /** What was found beside that, no error among it. */
  findings: Finding[];
}

/** IPv4's total length is a 16-bit field (RFC 791), whatever the device would take. */
const LARGEST_PACKET_BYTES = 65_535;

/**
 * Finds out whether the network carries packets as its plan says: every hop up, attached and of the right MTU, every
 * pair of ends reachable by TCP in every address family, and packets of the full MTU crossing unfragmented. Throws
 * {@link PathError} ERR_PATH_DOWN, ERR_PATH_MTU or ERR_PATH_UNREACHABLE: a path that would measure as zero.
 */
export async function verifyPath(
  subject: Subject,
  open: OpenNamespaces,
  native: NativeAddon = loadNative(),
): Promise<VerifiedPath> {
  const facts = await examinePath(subject, open, native);
  const findings = pathFindings(facts);
  const error = findings.find(({ severity }) => severity === 'error');
  if (error !== undefined) {
    throw new PathError(error, findings, facts.directions.find(({ failure }) => failure !== undefined)?.failure);
  }
  return {
    clientAddress: subject.client.ipv4 ?? subject.client.ipv6 ?? '',
    serverAddress: addressOf(subject),
    pathMtuBytes: pathMtuOf(facts),
    hops: facts.hops.map(({ administrativelyUp: _, carries: __, notForwarding: ___, portTaken: ____, ...hop }) => hop),
    congestion: facts.congestion,
    reach: {
      bothWays: subject.serverReachesClient,
      connectMs: Math.max(...facts.directions.map(({ connectMs }) => connectMs)),
    },
    findings,
  };
}

function addressOf({ server, target }: Subject): string {
  return target?.ipv4 ?? server.ipv4 ?? target?.ipv6 ?? server.ipv6 ?? '';
}

function pathMtuOf({ subject, hops, directions }: PathFacts): number {
  const family = directions.some((direction) => direction.family === 4) ? 4 : 6;
  const sizes = directions.filter((direction) => direction.family === family).map(({ mtu }) => mtu?.bytes ?? 0);
  // What an overlay's packets are taken apart for arrives, but not whole.
  const rooms = tunnelsOf(subject, hops).map(({ roomBytes }) => roomBytes);
  return Math.min(LARGEST_PACKET_BYTES, ...sizes, ...rooms);
}
