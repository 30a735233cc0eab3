import type { HopState } from '../read-hops.js';
import type { TriedDirection } from './directions.js';
import type { Finding } from './finding.js';
import { nameOf } from './hop-findings.js';
import { isUnderTunnel, type NarrowPlace, narrowestUnder, tooNarrow, wholeBytes } from './narrow-place.js';
import type { PathFacts } from './path-facts.js';
import type { Subject } from './subject.js';
import { endsThatFit, fragmentsFinding, partingWords, roomierHops } from './tunnel-findings.js';
import { roomAtHops, tunnelsOf } from './tunnels.js';

/** Above the payload of the smallest packet: IPv4's header and UDP's, or IPv6's and UDP's. */
const HEADER_BYTES = { 4: 28, 6: 48 } as const;

/** Where interfaces promise packets that the path does not carry. */
export function mtuFindings(facts: PathFacts): Finding[] {
  const { subject, hops, directions } = facts;
  const lost = directions.filter(({ mtu }) => mtu !== undefined && mtu.bytes < wholeBytes(mtu.wantedBytes));
  const wrong = wrongHop(subject, hops);
  if (wrong !== undefined) return [wrongHopFinding(facts, wrong, lost)];
  // Both families of a direction and both directions of a path mostly have one cause.
  const causes = lost.map((direction) => causeOf(direction, facts));
  const findings = lost
    .filter((_, index) => causes.indexOf(causes[index]!) === index)
    .map((direction) => lostFinding(direction, facts));
  if (lost.length > 0) return findings;
  const pieces = inPieces(facts).slice(0, 1);
  return pieces.length > 0 ? pieces : unequalCables(hops);
}

/** Directions in which full packets arrive although they do not fit with an overlay's headers around them. */
function inPieces(facts: PathFacts): Finding[] {
  return facts.directions.flatMap((direction) => {
    const place = direction.mtu === undefined ? undefined : tooNarrow(direction, facts);
    return isUnderTunnel(place) ? [fragmentsFinding(facts, direction, place)] : [];
  });
}

/** A cable takes what its sending end takes, and the other end drops what is larger than its own MTU and a VLAN tag. */
function unequalCables(hops: readonly HopState[]): Finding[] {
  return hops.slice(1).flatMap((hop, index): Finding[] => {
    const before = hops[index]!;
    const cable = hop.namespace !== before.namespace && hop.kind === 'veth' && before.kind === 'veth';
    if (!cable || hop.mtuBytes === before.mtuBytes) return [];
    const [narrow, wide] = hop.mtuBytes < before.mtuBytes ? [hop, before] : [before, hop];
    return [
      {
        severity: 'note',
        code: 'MTU_UNEQUAL',
        message:
          `${nameOf(wide)} has an MTU of ${wide.mtuBytes}, and ${nameOf(narrow)} at the other end of its cable one of ` +
          `${narrow.mtuBytes}: what is larger than that disappears there in silence; packets of these two ends fit`,
        remedy: `ip link set ${wide.interface} mtu ${narrow.mtuBytes} in ${wide.namespace}.`,
      },
    ];
  });
}

interface WrongHop {
  hop: HopState;
  wantedBytes: number;
}

/** The narrowest of the hops that have another MTU than they were given. */
function wrongHop({ mtuBytes, path }: Subject, hops: readonly HopState[]): WrongHop | undefined {
  if (mtuBytes === undefined) return undefined;
  return hops
    .map((hop, index) => ({ hop, wantedBytes: path[index]?.mtuBytes ?? mtuBytes }))
    .filter(({ hop, wantedBytes }) => hop.mtuBytes !== wantedBytes)
    .toSorted((one, other) => one.hop.mtuBytes - other.hop.mtuBytes)[0];
}

function wrongHopFinding(
  { subject, hops }: PathFacts,
  { hop, wantedBytes }: WrongHop,
  lost: readonly TriedDirection[],
): Finding {
  const crossed = lost.map(({ mtu }) => mtu!.bytes);
  const seen = crossed.length === 0 ? '' : `; packets of more than ${Math.min(...crossed)} bytes do not arrive`;
  // A kernel may give a tunnel's device no more than what its link leaves, whatever is asked for.
  const tunnel = tunnelsOf(subject, hops).find(({ mouths }) => mouths.includes(hop));
  const place = tunnel !== undefined && tunnel.roomBytes < wantedBytes ? narrowestUnder(tunnel) : undefined;
  return {
    severity: 'error',
    code: 'ERR_PATH_MTU',
    message:
      `${subject.kind} has an MTU of ${hop.mtuBytes} bytes at ${nameOf(hop)}, and ${wantedBytes} was asked for` +
      `${place === undefined ? '' : `; ${partingWords(place)}`}${seen}`,
    remedy:
      place === undefined
        ? `A hop smaller than the ends drops full packets in silence; ${sameMtu(Math.min(...roomAtHops(subject, hops)), subject)}.`
        : endsThatFit(place, wantedBytes),
  };
}

function causeOf(direction: TriedDirection, facts: PathFacts): string {
  const place = tooNarrow(direction, facts);
  if (place === undefined) return direction.name;
  // Of a tunnel either way begins at an end of its own.
  const { namespace, interface: device } = place.tunnel?.underlay[0] ?? place.hop;
  return `${namespace}/${device}`;
}

function lostFinding(direction: TriedDirection, facts: PathFacts): Finding {
  const { subject, hops } = facts;
  const { bytes, wantedBytes, senderKnows } = direction.mtu!;
  const { kind, mtuBytes } = subject;
  const place = tooNarrow(direction, facts);
  // A route of the sender's, or a router that answers: nobody sends into silence then.
  const expected = mtuBytes === undefined && senderKnows;
  return {
    severity: expected ? 'warning' : 'error',
    code: expected ? 'PATH_MTU' : 'ERR_PATH_MTU',
    message:
      `${kind} has a path MTU of ${bytes} bytes, ${direction.name}, but ` +
      `${direction.from.interface} in ${direction.from.namespace} has an MTU of ${wantedBytes}${partAt(place)}: ` +
      consequence(direction, subject, hops, place),
    remedy: remedyFor(direction, facts, place),
  };
}

function partAt(place: NarrowPlace | undefined): string {
  if (place === undefined) return '';
  if (isUnderTunnel(place)) return `; ${partingWords(place)}`;
  return `; they part at ${nameOf(place.hop)}, whose MTU is ${place.hop.mtuBytes}`;
}

function consequence(
  direction: TriedDirection,
  { path, mtuBytes }: Subject,
  hops: readonly HopState[],
  place: NarrowPlace | undefined,
): string {
  const { bytes, senderKnows } = direction.mtu!;
  const known = 'the sender knows and sends smaller packets, which cost more work each';
  if (senderKnows && mtuBytes === undefined) return known;
  const udp = `UDP above ${Math.max(0, bytes - HEADER_BYTES[direction.family])} bytes disappears`;
  const receiving = path.findIndex((hop) => hop.namespace === direction.to.namespace);
  // The receiver's own MTU bounds the segments that are sent to it (RFC 9293 3.7.1).
  const bounded = hops[receiving] !== undefined && hops[receiving].mtuBytes <= bytes;
  const silent = bounded ? `TCP keeps to the receiver's MTU, ${udp}` : `TCP starts and then stops, ${udp}`;
  if (place?.tunnel === undefined) return silent;
  return senderKnows
    ? `${known}; where it is not told, small packets pass and ${silent}`
    : `small packets pass, ${silent}`;
}

function remedyFor(direction: TriedDirection, facts: PathFacts, place: NarrowPlace | undefined): string {
  const { from, mtu } = direction;
  const { subject } = facts;
  if (subject.mtuBytes !== undefined) {
    const ofLink = place !== undefined && (isUnderTunnel(place) || isOfLink(place, subject));
    if (ofLink) return endsThatFit(place, mtu!.wantedBytes);
    return `TCP would start on such a path and then stop; ${sameMtu(place?.fittingBytes ?? mtu!.bytes, subject)}.`;
  }
  const smaller = place?.fittingBytes ?? mtu!.bytes;
  const ends = `ip link set ${from.interface} mtu ${smaller} in ${from.namespace}`;
  const docker = from.namespace.startsWith('docker:')
    ? `, or make its network again with --opt com.docker.network.driver.mtu=${smaller}`
    : '';
  if (place === undefined) return `${ends}${docker}.`;
  const roomier = roomierHops(facts, direction);
  if (place.tunnel !== undefined) return `${ends}${docker}, and at the other end; or ${roomier}.`;
  return `${roomier}, or ${ends}${docker}.`;
}

/** The cable between two hosts of our own is narrower than what sends over it. */
function isOfLink({ hop }: NarrowPlace, { link }: Subject): boolean {
  const ends = link?.ends ?? [];
  return ends.some((end) => end.namespace === hop.namespace && end.interface === hop.interface);
}

/** Continues a remedy, with the MTU that would do where one is known. */
function sameMtu(fittingBytes: number, { mtuBytes }: Subject): string {
  const known = fittingBytes > 0 && fittingBytes < mtuBytes!;
  return `give every hop the same MTU${known ? `: --mtu ${fittingBytes}` : ''}`;
}
