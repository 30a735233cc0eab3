import type { HopState } from '../read-hops.js';
import type { TriedDirection } from './directions.js';
import type { PathFacts } from './path-facts.js';
import { roomAtHops, type Tunnel, tunnelsOf } from './tunnels.js';

const LARGEST_PACKET_BYTES = 65_535;

/** Where a direction's full packets meet less room than they need. */
export interface NarrowPlace {
  hop: HopState;
  /** The largest packet of the ends that fits everywhere on the path. */
  fittingBytes: number;
  /** The hop is under an overlay, whose headers take their part of its MTU. */
  tunnel: Tunnel | undefined;
}

export type NarrowTunnel = NarrowPlace & { tunnel: Tunnel };

/** IPv4's total length is a 16-bit field (RFC 791), whatever the device would take. */
export function wholeBytes(wantedBytes: number): number {
  return Math.min(wantedBytes, LARGEST_PACKET_BYTES);
}

/** The first interface on the way that has less room for a packet than the interface that sends. */
export function tooNarrow(direction: TriedDirection, { subject, hops }: PathFacts): NarrowPlace | undefined {
  const { client, morePairs } = subject;
  const forwards = [client, ...morePairs.map((pair) => pair.client)].some(
    (end) => end.namespace === direction.from.namespace && end.interface === direction.from.interface,
  );
  const wanted = wholeBytes(direction.mtu!.wantedBytes);
  const rooms = roomAtHops(subject, hops);
  const places = hops.map((hop, index) => ({ hop, roomBytes: rooms[index]! }));
  const narrow = (forwards ? places : places.toReversed())
    .filter(({ roomBytes }) => roomBytes < wanted)
    .map(({ hop }) => hop);
  const [first] = narrow;
  if (first === undefined) return undefined;
  // A bridge takes the smallest MTU of its ports by itself: the port is the cause.
  const port = narrow.find((hop) => hop.master === first.interface && hop.mtuBytes === first.mtuBytes);
  const hop = first.kind === 'bridge' ? (port ?? first) : first;
  const fittingBytes = Math.min(...rooms);
  const tunnel = tunnelsOf(subject, hops).find(
    // What a tunnel's device lacks because its link does, no setting of the device's would give.
    ({ underlay, mouths, roomBytes }) => underlay.includes(hop) || (mouths.includes(hop) && roomBytes < wanted),
  );
  if (tunnel === undefined || tunnel.underlay.includes(hop)) return { hop, fittingBytes, tunnel };
  return { ...narrowestUnder(tunnel, forwards), fittingBytes };
}

/** The first interface under a tunnel that leaves no more than the tunnel has. */
export function narrowestUnder(tunnel: Tunnel, forwards = true): NarrowTunnel {
  const { underlay, roomBytes: fittingBytes } = tunnel;
  const leastBytes = Math.min(...underlay.map(({ mtuBytes }) => mtuBytes));
  const inOrder = forwards ? underlay : underlay.toReversed();
  return { hop: inOrder.find(({ mtuBytes }) => mtuBytes === leastBytes)!, fittingBytes, tunnel };
}

export function isUnderTunnel(place: NarrowPlace | undefined): place is NarrowTunnel {
  return place?.tunnel !== undefined;
}
