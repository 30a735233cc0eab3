import type { NativeAddon } from '../../platform/native.js';
import { discoverPathMtu, type PathMtu } from '../path-mtu.js';
import { type ProbePath, probeTcp } from '../probe.js';
import type { OpenNamespaces, Subject, SubjectEnd } from './subject.js';

/** One way through the network in one address family. */
export interface Direction {
  /** `client to server over IPv4`. */
  name: string;
  from: SubjectEnd;
  to: SubjectEnd;
  /** Where the connection goes, which is not always an address of the other end's. */
  host: string;
  family: 4 | 6;
  translated: { port: number; serverPort: number } | undefined;
}

/** What was seen of it. */
export interface TriedDirection extends Direction {
  /** undefined: a connection stood. */
  failure: Error | undefined;
  connectMs: number;
  /** Size of the packets that were tried; what crossed. undefined: not even a connection did. */
  mtu: (PathMtu & { wantedBytes: number }) | undefined;
}

const CONNECT_DEADLINE_MS = 2_000;

/** Every way in which a test may send: all pairs, both ways where the server can begin, each family they have. */
export function directionsOf({ client, server, morePairs, target, serverReachesClient }: Subject): Direction[] {
  return [{ client, server }, ...morePairs].flatMap((pair, index) => {
    const nameOf = (end: SubjectEnd, role: string) => end.name ?? (index === 0 ? role : `${role}${index + 1}`);
    const clientName = nameOf(pair.client, 'client');
    const serverName = nameOf(pair.server, 'server');
    const there = `${clientName} to ${serverName}`;
    const back = `${serverName} to ${clientName}`;
    const forwards =
      index === 0 && target !== undefined
        ? directions(there, pair.client, pair.server, target, translation(target))
        : directions(there, pair.client, pair.server, pair.server);
    return serverReachesClient ? [...forwards, ...directions(back, pair.server, pair.client, pair.client)] : forwards;
  });
}

function translation({ port, serverPort }: NonNullable<Subject['target']>): Direction['translated'] {
  if (serverPort === undefined) return undefined;
  return { port: port ?? serverPort, serverPort };
}

function directions(
  name: string,
  from: SubjectEnd,
  to: SubjectEnd,
  { ipv4, ipv6 }: { ipv4?: string | undefined; ipv6?: string | undefined },
  translated?: Direction['translated'],
): Direction[] {
  const over = (host: string | undefined, family: 4 | 6): Direction[] =>
    host === undefined ? [] : [{ name: `${name} over IPv${family}`, from, to, host, family, translated }];
  return [...over(ipv4, 4), ...over(ipv6, 6)];
}

/**
 * Tries them all at once: a connection, then packets as large as the sending interface lets out, whole.
 */
export async function tryDirections(
  subject: Subject,
  open: OpenNamespaces,
  wantedBytes: (direction: Direction) => number,
  native: NativeAddon,
): Promise<TriedDirection[]> {
  return await Promise.all(
    directionsOf(subject).map(async (direction): Promise<TriedDirection> => {
      const path = probePath(direction, open);
      try {
        const { connectMs } = await probeTcp(native, path, CONNECT_DEADLINE_MS);
        const wanted = wantedBytes(direction);
        const mtu = { ...(await discoverPathMtu(native, path, wanted)), wantedBytes: wanted };
        // A handshake is small; some switches carry that much and no more.
        const failure = mtu.bytes === 0 ? new Error('a connection stands, but no datagram arrives') : undefined;
        return { ...direction, failure, connectMs, mtu: failure === undefined ? mtu : undefined };
      } catch (error) {
        return { ...direction, failure: error as Error, connectMs: 0, mtu: undefined };
      }
    }),
  );
}

export function probePath({ from, to, host, family, translated }: Direction, open: OpenNamespaces): ProbePath {
  return { from: open.namespace(from.namespace), to: open.namespace(to.namespace), host, family, translated };
}
