import { headerBytes } from '../hosts/encapsulation.js';
import type { HopState } from '../read-hops.js';
import type { TriedDirection } from './directions.js';
import type { Finding } from './finding.js';
import type { NarrowPlace, NarrowTunnel } from './narrow-place.js';
import type { PathFacts } from './path-facts.js';
import { headersAround } from './tunnels.js';

const TUNNEL_KINDS = ['vxlan', 'ipip', 'geneve', 'gre', 'gretap'];

/** Continues "...; ": where an overlay's headers no longer fit, and what would. */
export function partingWords({ hop, fittingBytes, tunnel: { headers, mouths, underlay } }: NarrowTunnel): string {
  const mouth = mouths[2 * underlay.indexOf(hop) < underlay.length ? 0 : 1];
  // A switch's tunnel is no interface: then its host does.
  const named = mouth !== undefined && TUNNEL_KINDS.includes(mouth.kind);
  const who = named ? `${mouth.interface} in ${mouth.namespace}` : `the overlay of ${hop.namespace}`;
  const each = headers.map(({ name, bytes }) => `${name} ${bytes}`).join(', ');
  return (
    `they part where ${who} puts ${headerBytes(headers)} bytes around each packet (${each}) ` +
    `and the link's MTU at ${hop.interface} in ${hop.namespace} is ${hop.mtuBytes}: the ends may have ${fittingBytes}`
  );
}

/** For a network of our own whose link is too narrow: what to ask for instead. */
export function endsThatFit({ fittingBytes, tunnel }: NarrowPlace, wantedBytes: number): string {
  return (
    `Give the ends what fits: --mtu ${fittingBytes}; or give the link room for their packets: ` +
    `--link-mtu ${wantedBytes + headerBytes(tunnel?.headers ?? [])}.`
  );
}

/**
 * Continues a remedy: every interface that is too narrow, with the MTU that it needs, in an order in which the kernel
 * takes them: a tunnel's device may have no more than its link leaves, and a bridge no more than its ports had (Linux
 * before 4.17). A sender that was told of a smaller size keeps to it for minutes (net.ipv4.route.mtu_expires).
 */
export function roomierHops({ subject, hops }: PathFacts, { from, to, family, mtu }: TriedDirection): string {
  const { wantedBytes, senderKnows } = mtu!;
  const forget = family === 6 ? 'ip -6 route flush cache' : 'ip route flush cache';
  const around = headersAround(subject);
  const turn = (hop: HopState, headers: number) => (headers > 0 ? 0 : hop.kind === 'bridge' ? 2 : 1);
  const wider = hops
    .map((hop, index) => ({ hop, headers: headerBytes(around[index]!) }))
    .filter(({ hop, headers }) => hop.mtuBytes < wantedBytes + headers)
    .toSorted((one, other) => turn(one.hop, one.headers) - turn(other.hop, other.headers))
    .map(({ hop, headers }) => `ip link set ${hop.interface} mtu ${wantedBytes + headers} in ${hop.namespace}`);
  const forgotten = senderKnows ? [from, to].map(({ namespace }) => `${forget} in ${namespace}`) : [];
  return [...wider, ...forgotten].join(' and ');
}

/**
 * Packets with an overlay's headers are longer than its link, and yet they arrived: the kernel takes the outer packet
 * apart where its header allows that (RFC 7348 section 4.3 advises against it).
 */
export function fragmentsFinding(facts: PathFacts, direction: TriedDirection, place: NarrowTunnel): Finding {
  const { subject } = facts;
  const { from, mtu } = direction;
  const { bytes, wantedBytes } = mtu!;
  const own = subject.mtuBytes !== undefined;
  return {
    severity: own ? 'error' : 'warning',
    code: own ? 'ERR_PATH_MTU' : 'PATH_MTU',
    message:
      `${subject.kind} carries packets of ${bytes} bytes only in pieces, ${direction.name}: ` +
      `${from.interface} in ${from.namespace} has an MTU of ${wantedBytes}; ${partingWords(place)}: ` +
      'each full packet is two on the link, or is refused, and the loss of one piece is the loss of both',
    remedy: own
      ? endsThatFit(place, wantedBytes)
      : `ip link set ${from.interface} mtu ${place.fittingBytes} in ${from.namespace}, and at the other end; ` +
        `or ${roomierHops(facts, direction)}.`,
  };
}
