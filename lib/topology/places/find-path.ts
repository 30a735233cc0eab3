import type { Link } from './links.js';
import type { Surrounding, Surroundings } from './surroundings.js';

/** An interface that packets pass, and where it is. */
export interface FoundHop {
  place: Surrounding;
  link: Link;
}

export interface FoundPath {
  hops: FoundHop[];
  /** false: something that could not be found lies between, a tunnel or another machine. */
  complete: boolean;
}

/** Interfaces stacked on each other: a macvlan on a vlan on a veth. Deeper is a loop. */
const DEEPEST_STACK = 8;

/**
 * The interfaces between two ends, as far as the kernel tells of them: the other end of a veth pair, what a macvlan
 * is on, the bridge that a port belongs to. Both ends are followed to where the ways meet.
 */
export async function findPath(client: FoundHop, server: FoundHop, around: Surroundings): Promise<FoundPath> {
  const [out, back] = await Promise.all([climb(client, around), climb(server, around)]);
  for (const [index, hop] of out.entries()) {
    const meeting = back.findIndex((other) => isSame(hop, other));
    if (meeting >= 0)
      return { hops: [...out.slice(0, index + 1), ...back.slice(0, meeting).reverse()], complete: true };
  }
  // Both ways ended in one network: it routes between the two, or they are ports of one switch that is no interface.
  const [end, other] = [out.at(-1)!, back.at(-1)!];
  const complete = end.place.identity === other.place.identity && end.link.master === other.link.master;
  return { hops: [...out, ...back.toReversed()], complete };
}

/** What lies between in a word each, for one line: not the ends' own interfaces, unless they are a switch. */
export function viaOf({ hops, complete }: FoundPath): string[] {
  const isSwitch = ({ link }: FoundHop) => link.kind === 'bridge' || link.name === 'lo';
  const inner = hops.flatMap((hop, index) =>
    (index === 0 || index === hops.length - 1) && !isSwitch(hop) ? [] : [hop.link.name],
  );
  return complete ? inner : [...inner, '(not all of it is known)'];
}

async function climb(from: FoundHop, around: Surroundings): Promise<FoundHop[]> {
  const hops = [from];
  while (hops.length < DEEPEST_STACK) {
    const current = hops.at(-1)!;
    const ways = [await otherEnd(current, around), await switchOf(current, around)];
    // The way back is a way too.
    const next = ways.find((way) => way !== undefined && !hops.some((hop) => isSame(hop, way)));
    if (next === undefined) break;
    hops.push(next);
  }
  return hops;
}

async function switchOf({ place, link }: FoundHop, around: Surroundings): Promise<FoundHop | undefined> {
  if (link.master === undefined) return undefined;
  const master = (await around.links(place)).find(({ name }) => name === link.master);
  // Open vSwitch's master is a mere name for its datapath, and a bond's has nothing to do with a path's end.
  return master?.kind === 'bridge' ? { place, link: master } : undefined;
}

async function otherEnd({ place, link }: FoundHop, around: Surroundings): Promise<FoundHop | undefined> {
  if (link.other === undefined) return undefined;
  const { index, elsewhere } = link.other;
  const found: FoundHop[] = [];
  for (const candidate of elsewhere ? around.all : [place]) {
    if (elsewhere && candidate.identity === place.identity) continue;
    const other = (await around.links(candidate)).find((one) => one.index === index);
    if (other === undefined) continue;
    // The ends of a pair name each other; that is proof, and other sorts have none.
    if (link.kind === 'veth') {
      if (other.kind === 'veth' && other.other?.index === link.index) return { place: candidate, link: other };
    } else found.push({ place: candidate, link: other });
  }
  return found.length === 1 ? found[0] : undefined;
}

function isSame(one: FoundHop, other: FoundHop): boolean {
  return one.place.identity === other.place.identity && one.link.index === other.link.index;
}
