import { TopologyError } from '../../errors.js';
import { loadNative } from '../../platform/load-native.js';
import { describePath } from '../description.js';
import type { Endpoint } from '../endpoint.js';
import type { Network } from '../network.js';
import { type CandidateAddress, candidateAddresses } from './candidate-addresses.js';
import { examinePath } from './examine-path.js';
import { viaOf } from './find-path.js';
import { freePort } from './free-port.js';
import { openPlace } from './open-place.js';
import type { NamespaceSource, OpenPlace } from './place.js';
import { reachableAddress } from './reachable-address.js';
import { withCause } from './unreachable.js';

/** How two places are to be connected. */
export interface BetweenOptions {
  /** Only addresses of that family. Default: IPv4 where there is one that reaches, else IPv6. */
  family?: 4 | 6 | undefined;
  /** Where the server is to listen. Default: a port that is free. */
  port?: number | undefined;
  /** Aborting ends the search. */
  signal?: AbortSignal | undefined;
}

/** A network that was found. Closing it lets go of it and changes nothing. */
export interface FoundNetwork extends Network, AsyncDisposable {
  /** Aborted, with a VnetperfError ERR_PLACE_ENDED as the reason, when a place ends while this is open. */
  readonly gone: AbortSignal;
}

const GLANCE_MS = 100;

/**
 * The network from one place to another, both there already: finds an address of the server's that the client
 * reaches, and what lies between, and verifies that it carries packets. Throws VnetperfError: what openPlace()
 * throws, ERR_PATH_UNREACHABLE, ERR_PATH_MTU.
 */
export async function between(
  clientSource: NamespaceSource,
  serverSource: NamespaceSource,
  { family, port, signal }: BetweenOptions = {},
): Promise<FoundNetwork> {
  const places: OpenPlace[] = [];
  try {
    for (const source of [clientSource, serverSource]) places.push(await openPlace(source, signal));
    const [client, server] = places as [OpenPlace, OpenPlace];
    return await measurable(client, server, family, port);
  } catch (error) {
    for (const place of places) place.close();
    throw error;
  }
}

async function measurable(
  client: OpenPlace,
  server: OpenPlace,
  family: 4 | 6 | undefined,
  port: number | undefined,
): Promise<FoundNetwork> {
  const loopback = client.identity === server.identity;
  const candidates = await candidateAddresses(client.namespace, server.namespace, { family, loopback });
  const address = await reachableAddress(loadNative(), client, server, candidates, family).catch(async (error) => {
    throw await withCause(error, client, server, candidates[0]);
  });
  const serverPort = port ?? freePort(server.namespace, address);
  const { path, found, clientAddress, explainSilence, close } = await examinePath(client, server, address);

  const clientEnd = endpoint(client, clientAddress, path.hops[0]?.mtuBytes ?? 0);
  const serverEnd = endpoint(server, address, path.hops.at(-1)?.mtuBytes ?? 0);
  const watch = watchPlaces([client, server]);
  return {
    kind: 'between',
    client: clientEnd,
    server: serverEnd,
    pairs: [{ client: clientEnd, server: serverEnd }],
    target: { ipv4: serverEnd.ipv4, ipv6: serverEnd.ipv6, port: serverPort, serverPort, serverHost: address.host },
    path,
    findings: path.findings,
    carriers: [],
    description: (remarks) =>
      describePath(
        {
          kind: `between ${client.label} and ${server.label}`,
          client: clientEnd,
          server: serverEnd,
          via: viaOf(found),
          mtuBytes: Math.min(clientEnd.mtuBytes, serverEnd.mtuBytes),
        },
        path,
        remarks,
      ),
    explainSilence,
    gone: watch.gone,
    [Symbol.asyncDispose]: async () => {
      watch.stop();
      close();
      client.close();
      server.close();
    },
  };
}

function endpoint({ label, namespace }: OpenPlace, address: CandidateAddress, mtuBytes: number): Endpoint {
  return {
    name: label,
    namespace,
    interface: address.interface,
    ipv4: address.family === 4 ? address.host : undefined,
    ipv6: address.family === 6 ? address.host : undefined,
    mtuBytes,
  };
}

/** A network outlives its process while it is held open here, but what an engine tied to it goes. */
function watchPlaces(places: readonly OpenPlace[]): { gone: AbortSignal; stop(): void } {
  const gone = new AbortController();
  const timer = setInterval(() => {
    const ended = places.find((place) => place.hasEnded());
    if (ended === undefined) return;
    clearInterval(timer);
    gone.abort(
      new TopologyError(`${ended.label} has ended while it was being measured`, {
        code: 'ERR_PLACE_ENDED',
        remedy: 'Start it again, and let it run until the test is over.',
      }),
    );
  }, GLANCE_MS);
  timer.unref();
  return { gone: gone.signal, stop: () => clearInterval(timer) };
}
