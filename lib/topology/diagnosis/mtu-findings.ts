import type { HopState } from '../read-hops.js';
import type { TriedDirection } from './directions.js';
import type { Finding } from './finding.js';
import { nameOf } from './hop-findings.js';
import type { PathFacts } from './path-facts.js';
import type { Subject } from './subject.js';

/** Above the payload of the smallest packet: IPv4's header and UDP's, or IPv6's and UDP's. */
const HEADER_BYTES = { 4: 28, 6: 48 } as const;
const LARGEST_PACKET_BYTES = 65_535;

/** Where interfaces promise packets that the path does not carry. */
export function mtuFindings({ subject, hops, directions }: PathFacts): Finding[] {
  const lost = directions.filter(({ mtu }) => mtu !== undefined && mtu.bytes < wholeBytes(mtu.wantedBytes));
  const wrong = wrongHop(subject, hops);
  if (wrong !== undefined) return [wrongHopFinding(subject, wrong, lost)];
  // Both families of a direction and both directions of a path mostly have one cause.
  const causes = lost.map((direction) => causeOf(direction, subject, hops));
  return lost
    .filter((_, index) => causes.indexOf(causes[index]!) === index)
    .map((direction) => lostFinding(subject, direction, hops));
}

function wholeBytes(wantedBytes: number): number {
  return Math.min(wantedBytes, LARGEST_PACKET_BYTES);
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

function wrongHopFinding({ kind }: Subject, { hop, wantedBytes }: WrongHop, lost: readonly TriedDirection[]): Finding {
  const crossed = lost.map(({ mtu }) => mtu!.bytes);
  const seen = crossed.length === 0 ? '' : `; packets of more than ${Math.min(...crossed)} bytes do not arrive`;
  return {
    severity: 'error',
    code: 'ERR_PATH_MTU',
    message:
      `${kind} has an MTU of ${hop.mtuBytes} bytes at ${nameOf(hop)}, and ${wantedBytes} was asked for` + `${seen}`,
    remedy: 'A hop smaller than the ends drops full packets in silence; give every hop the same MTU.',
  };
}

/** The first interface on the way that has a smaller MTU than the one that sends. */
function narrowHop(direction: TriedDirection, { client, morePairs }: Subject, hops: readonly HopState[]) {
  const forwards = [client, ...morePairs.map((pair) => pair.client)].some(
    (end) => end.namespace === direction.from.namespace && end.interface === direction.from.interface,
  );
  const inOrder = forwards ? hops : hops.toReversed();
  const narrow = inOrder.filter((hop) => hop.mtuBytes < direction.mtu!.wantedBytes);
  const [first] = narrow;
  // A bridge takes the smallest MTU of its ports by itself: the port is the cause.
  const port = narrow.find((hop) => hop.master === first?.interface && hop.mtuBytes === first?.mtuBytes);
  return first?.kind === 'bridge' ? (port ?? first) : first;
}

function causeOf(direction: TriedDirection, subject: Subject, hops: readonly HopState[]): string {
  const hop = narrowHop(direction, subject, hops);
  return hop === undefined ? direction.name : `${hop.namespace}/${hop.interface}`;
}

function lostFinding(subject: Subject, direction: TriedDirection, hops: readonly HopState[]): Finding {
  const { bytes, wantedBytes, senderKnows } = direction.mtu!;
  const { kind, mtuBytes } = subject;
  const hop = narrowHop(direction, subject, hops);
  const parts = hop === undefined ? '' : `; they part at ${nameOf(hop)}, whose MTU is ${hop.mtuBytes}`;
  // A route of the sender's, or a router that answers: nobody sends into silence then.
  const expected = mtuBytes === undefined && senderKnows;
  return {
    severity: expected ? 'warning' : 'error',
    code: expected ? 'PATH_MTU' : 'ERR_PATH_MTU',
    message:
      `${kind} has a path MTU of ${bytes} bytes, ${direction.name}, but ` +
      `${direction.from.interface} in ${direction.from.namespace} has an MTU of ${wantedBytes}${parts}: ` +
      consequence(direction, subject, hops, expected),
    remedy: remedyFor(direction, subject, hop),
  };
}

function consequence(direction: TriedDirection, { path }: Subject, hops: readonly HopState[], known: boolean): string {
  const { bytes } = direction.mtu!;
  if (known) return 'the sender knows and sends smaller packets, which cost more work each';
  const udp = `UDP above ${Math.max(0, bytes - HEADER_BYTES[direction.family])} bytes disappears`;
  const receiving = path.findIndex((hop) => hop.namespace === direction.to.namespace);
  // The receiver's own MTU bounds the segments that are sent to it (RFC 9293 3.7.1).
  const bounded = hops[receiving] !== undefined && hops[receiving].mtuBytes <= bytes;
  return bounded ? `TCP keeps to the receiver's MTU, ${udp}` : `TCP starts and then stops, ${udp}`;
}

function remedyFor(direction: TriedDirection, subject: Subject, hop: HopState | undefined): string {
  const { from, mtu } = direction;
  if (subject.mtuBytes !== undefined)
    return 'TCP would start on such a path and then stop; give every hop the same MTU.';
  const smaller = hop?.mtuBytes ?? mtu!.bytes;
  const ends = `ip link set ${from.interface} mtu ${smaller} in ${from.namespace}`;
  const docker = from.namespace.startsWith('docker:')
    ? `, or make its network again with --opt com.docker.network.driver.mtu=${smaller}`
    : '';
  return hop === undefined
    ? `${ends}${docker}.`
    : `ip link set ${hop.interface} mtu ${mtu!.wantedBytes} in ${hop.namespace}, or ${ends}${docker}.`;
}
