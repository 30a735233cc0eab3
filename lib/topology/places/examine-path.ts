import { VnetperfError } from '../../errors.js';
import { loadNative } from '../../platform/load-native.js';
import type { Command } from '../plan.js';
import { type ProbePath, probePathMtu } from '../probe.js';
import { type Hop, readHops, readOffloads } from '../read-hops.js';
import type { VerifiedPath } from '../verify.js';
import type { CandidateAddress } from './candidate-addresses.js';
import { type FoundHop, type FoundPath, findPath } from './find-path.js';
import { listInside, runInside } from './inside.js';
import type { OpenPlace } from './place.js';
import { type Surrounding, Surroundings } from './surroundings.js';

export interface ExaminedPath {
  path: VerifiedPath;
  found: FoundPath;
  /** What the client's packets carry as their source. */
  clientAddress: CandidateAddress;
}

const PROBE_DEADLINE_MS = 2_000;
/** IPv4's total length and UDP's length are 16-bit fields, whatever the device would take. */
const LARGEST_PACKET_BYTES = 65_535;

/** What lies between two places that reach each other. Throws VnetperfError ERR_PATH_MTU. */
export async function examinePath(
  client: OpenPlace,
  server: OpenPlace,
  address: CandidateAddress,
): Promise<ExaminedPath> {
  const clientAddress = await sourceAddress(client, address);
  const around = new Surroundings([client, server]);
  try {
    const ends = await Promise.all([
      endHop(client, clientAddress.interface, around),
      // What is sent to an own address goes by the loopback, whichever interface has it.
      endHop(server, client.identity === server.identity ? clientAddress.interface : address.interface, around),
    ]);
    const found = await findPath(...ends, around);
    const hops = await hopsOf(found);
    const pathMtuBytes = await provenMtu(client, server, address, clientAddress, hops);
    return {
      found,
      clientAddress,
      path: {
        clientAddress: clientAddress.host,
        serverAddress: address.host,
        pathMtuBytes,
        hops,
        findings: [],
      },
    };
  } finally {
    around.close();
  }
}

interface RouteRow {
  dev: string;
  prefsrc: string;
}

async function sourceAddress(client: OpenPlace, { host, family }: CandidateAddress): Promise<CandidateAddress> {
  const isRoute = (value: unknown): value is RouteRow => typeof (value as Partial<RouteRow>)?.dev === 'string';
  const [route] = await listInside(client.namespace, ['route', 'get', host], isRoute);
  if (route === undefined) {
    throw new VnetperfError(`${client.label} has no route to ${host}`, { code: 'ERR_PATH_UNREACHABLE' });
  }
  return { host: route.prefsrc ?? host, family, interface: route.dev };
}

async function endHop(place: OpenPlace, name: string, around: Surroundings): Promise<FoundHop> {
  const where = around.all.find(({ identity }) => identity === place.identity)!;
  const link = (await around.links(where)).find((one) => one.name === name);
  if (link === undefined) {
    throw new VnetperfError(`the interface ${name} of ${place.label} has gone`, {
      code: 'ERR_PATH_DOWN',
      remedy: 'Something removed it while it was being looked at: try again.',
    });
  }
  return { place: where, link };
}

async function hopsOf({ hops }: FoundPath): Promise<Hop[]> {
  const byLabel = new Map<string, Surrounding>(hops.map(({ place }) => [place.label, place]));
  const entered = {
    run: (label: string | null, command: Command) =>
      runInside(byLabel.get(label ?? 'host')!.namespace, command as [string, ...string[]]),
  };
  const path = hops.map(({ place, link }) => ({ namespace: place.label, interface: link.name }));
  const [states, offloads] = await Promise.all([readHops(entered, path), readOffloads(entered, path)]);
  return states.map(({ administrativelyUp: _, carries: __, notForwarding: ___, ...hop }, index) => ({
    ...hop,
    ...(offloads[index] === undefined ? {} : { offloads: offloads[index] }),
  }));
}

/** A packet as large as both ends' interfaces allow has to cross whole, both ways. */
async function provenMtu(
  client: OpenPlace,
  server: OpenPlace,
  to: CandidateAddress,
  from: CandidateAddress,
  hops: readonly Hop[],
): Promise<number> {
  const mtuBytes = Math.min(hops[0]!.mtuBytes, hops.at(-1)!.mtuBytes, LARGEST_PACKET_BYTES);
  const directions: [string, ProbePath][] = [
    [
      `${client.label} to ${server.label}`,
      { from: client.namespace, to: server.namespace, host: to.host, family: to.family },
    ],
    [
      `${server.label} to ${client.label}`,
      { from: server.namespace, to: client.namespace, host: from.host, family: from.family },
    ],
  ];
  const sizes: number[] = [];
  for (const [direction, path] of directions) {
    try {
      sizes.push(await probePathMtu(loadNative(), path, mtuBytes, PROBE_DEADLINE_MS));
    } catch (cause) {
      const narrow = hops.find((hop) => hop.mtuBytes < mtuBytes);
      const where =
        narrow === undefined
          ? ''
          : `: ${narrow.interface} in ${narrow.namespace} has an MTU of ${narrow.mtuBytes} bytes`;
      throw new VnetperfError(
        `packets of ${mtuBytes} bytes, the MTU of both ends, get lost from ${direction}${where}`,
        {
          code: 'ERR_PATH_MTU',
          remedy:
            narrow === undefined
              ? 'Find the hop that has a smaller MTU, and give the ends no more than that.'
              : `Give it the ends' MTU (ip link set ${narrow.interface} mtu ${mtuBytes}, there), or the ends an MTU of ${narrow.mtuBytes}.`,
          cause,
        },
      );
    }
  }
  return Math.min(...sizes);
}
