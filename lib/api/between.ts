import { type BetweenOptions, type FoundNetwork, between as findBetween } from '../topology/places/between.js';
import { parsePlace } from '../topology/places/parse-place.js';
import type { NamespaceSource } from '../topology/places/place.js';
import { watchedMachine } from './machine-watches.js';
import { type NetworkWithEnds, withEnds } from './network-end.js';
import { unlessAborted } from './unless-aborted.js';

/** The network between two places that were there already. */
export interface NetworkBetween extends FoundNetwork, NetworkWithEnds {
  /** The first place. */
  readonly client: NetworkWithEnds['client'];
  /** The second place, where the server listens. */
  readonly server: NetworkWithEnds['server'];
  readonly pairs: NetworkWithEnds['pairs'];
  /** Lets go of it, which changes nothing where it is. Idempotent. */
  close(): Promise<void>;
  /** close(). */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How the network between two places is looked for. */
export interface FindOptions extends BetweenOptions {
  /** Where the engine of containers listens, for example unix:///run/docker.sock. Default: as its command line finds it. */
  engineHost?: string | undefined;
}

/**
 * Finds the network from one place to another and what lies between, and finds out that it carries packets. Needs root.
 *
 * @param client `docker:NAME`, `podman:NAME`, `netns:NAME`, `pid:N`, `host`, or the path of a namespace's file.
 * @param server The same; the client's end connects to it.
 * @throws RequestError ERR_UNKNOWN_PLACE; TopologyError ERR_NO_SUCH_PLACE, ERR_PLACE_ENDED, ERR_NO_PERMISSION,
 * ERR_ENGINE_UNREACHABLE, ERR_PATH_UNREACHABLE, ERR_PATH_MTU among others; InterruptedError.
 */
export async function between(
  client: string | NamespaceSource,
  server: string | NamespaceSource,
  { engineHost, ...options }: FindOptions = {},
): Promise<NetworkBetween> {
  const placeOf = (place: string | NamespaceSource) =>
    typeof place === 'string' ? parsePlace(place, { engineHost }) : place;
  const places = [placeOf(client), placeOf(server)] as const;
  const find = () => watchedMachine(async () => closing(withEnds(await findBetween(...places, options))));
  const interruption = 'the search for a network was interrupted';
  return await unlessAborted(find, options.signal, interruption, (network) => network.close());
}

function closing(network: FoundNetwork & NetworkWithEnds): NetworkBetween {
  const close = async () => await network[Symbol.asyncDispose]();
  return { ...network, close, [Symbol.asyncDispose]: close };
}
