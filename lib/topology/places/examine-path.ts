import { TopologyError } from '../../errors.js';
import { loadNative } from '../../platform/load-native.js';
import type { Finding } from '../diagnosis/finding.js';
import { explainSilence } from '../diagnosis/silence.js';
import type { OpenNamespaces, Subject } from '../diagnosis/subject.js';
import type { Command } from '../plan.js';
import { probeTcp } from '../probe.js';
import { type VerifiedPath, verifyPath } from '../verify.js';
import type { CandidateAddress } from './candidate-addresses.js';
import { type FoundHop, type FoundPath, findPath } from './find-path.js';
import { listInside, runInside } from './inside.js';
import type { OpenPlace } from './place.js';
import { Surroundings } from './surroundings.js';

export interface ExaminedPath {
  path: VerifiedPath;
  found: FoundPath;
  /** What the client's packets carry as their source. */
  clientAddress: CandidateAddress;
  /** After a test of which nothing arrived: why. Until it is closed. */
  explainSilence(): Promise<Finding[]>;
  /** Lets go of the networks between the two places. */
  close(): void;
}

/** A path as it was found, with its networks open until it is closed. */
export interface SurveyedPath {
  found: FoundPath;
  clientAddress: CandidateAddress;
  subject: Subject;
  open: OpenNamespaces;
  close(): void;
}

/** Of a connection the other way: as long as reaching the server may take. */
const PROBE_DEADLINE_MS = 1_500;

/** What lies between two places of which the client reaches the server. Throws what verifyPath() throws. */
export async function examinePath(
  client: OpenPlace,
  server: OpenPlace,
  address: CandidateAddress,
): Promise<ExaminedPath> {
  const { found, clientAddress, subject, open, close } = await surveyPath(client, server, address);
  try {
    // All connections of a test are the client's: behind NAT, or a filter that lets it out alone, it works as well.
    const serverReachesClient = await reaches(server, client, clientAddress);
    const examined = { ...subject, serverReachesClient };
    const path = await verifyPath(examined, open);
    return { found, clientAddress, path, explainSilence: () => explainSilence(examined, open, loadNative()), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** What a packet to that address would pass, whether it gets through or not. */
export async function surveyPath(
  client: OpenPlace,
  server: OpenPlace,
  address: CandidateAddress,
): Promise<SurveyedPath> {
  const clientAddress = await sourceAddress(client, address);
  const around = new Surroundings([client, server]);
  try {
    const ends = await Promise.all([
      endHop(client, clientAddress.interface, around),
      endHop(server, await receivingInterface(client, server, clientAddress, address), around),
    ]);
    const found = await findPath(...ends, around, { client: clientAddress.host, server: address.host });
    return {
      found,
      clientAddress,
      subject: subjectOf(client, server, clientAddress, address, found),
      open: openIn(found, [client, server]),
      close: () => around.close(),
    };
  } catch (error) {
    around.close();
    throw error;
  }
}

async function reaches(from: OpenPlace, to: OpenPlace, { host, family }: CandidateAddress): Promise<boolean> {
  const path = { from: from.namespace, to: to.namespace, host, family };
  return await probeTcp(loadNative(), path, PROBE_DEADLINE_MS).then(
    () => true,
    () => false,
  );
}

interface RouteRow {
  dev: string;
  prefsrc: string;
}

async function sourceAddress(client: OpenPlace, { host, family }: CandidateAddress): Promise<CandidateAddress> {
  const isRoute = (value: unknown): value is RouteRow => typeof (value as Partial<RouteRow>)?.dev === 'string';
  const [route] = await listInside(client.namespace, ['route', 'get', host], isRoute);
  if (route === undefined) {
    throw new TopologyError(`${client.label} has no route to ${host}`, { code: 'ERR_PATH_UNREACHABLE' });
  }
  return { host: route.prefsrc ?? host, family, interface: route.dev };
}

/** Linux takes what is for any address of its own at any interface: the way back tells at which. */
async function receivingInterface(
  client: OpenPlace,
  server: OpenPlace,
  from: CandidateAddress,
  to: CandidateAddress,
): Promise<string> {
  // What is sent to an own address goes by the loopback, whichever interface has it.
  if (client.identity === server.identity) return from.interface;
  const back = await sourceAddress(server, from).catch(() => undefined);
  return back?.interface ?? to.interface;
}

async function endHop(place: OpenPlace, name: string, around: Surroundings): Promise<FoundHop> {
  const where = around.all.find(({ identity }) => identity === place.identity)!;
  const link = (await around.links(where)).find((one) => one.name === name);
  if (link === undefined) {
    throw new TopologyError(`the interface ${name} of ${place.label} has gone`, {
      code: 'ERR_PATH_DOWN',
      remedy: 'Something removed it while it was being looked at: try again.',
    });
  }
  return { place: where, link };
}

function subjectOf(
  client: OpenPlace,
  server: OpenPlace,
  from: CandidateAddress,
  to: CandidateAddress,
  { hops }: FoundPath,
): Subject {
  const end = ({ label }: OpenPlace, address: CandidateAddress, hop: FoundHop) => ({
    name: label,
    // Places that are one network go by the name of the first.
    namespace: hop.place.label,
    interface: hop.link.name,
    ipv4: address.family === 4 ? address.host : undefined,
    ipv6: address.family === 6 ? address.host : undefined,
  });
  return {
    kind: `between ${client.label} and ${server.label}`,
    client: end(client, from, hops[0]!),
    server: end(server, to, hops.at(-1)!),
    morePairs: [],
    serverReachesClient: true,
    path: hops.map(({ place, link, headers }) => ({ namespace: place.label, interface: link.name, headers })),
    mtuBytes: undefined,
  };
}

function openIn({ hops }: FoundPath, places: readonly OpenPlace[]): OpenNamespaces {
  const byLabel = new Map([...hops.map(({ place }) => place), ...places].map((one) => [one.label, one.namespace]));
  const namespace = (label: string) => byLabel.get(label)!;
  return {
    namespace,
    run: (label, command: Command) => runInside(namespace(label ?? 'host'), command as [string, ...string[]]),
  };
}
