import type { TunnelHeader } from '../plan.js';
import type { Link } from './links.js';
import type { Surrounding, Surroundings } from './surroundings.js';
import { hopTowards, underlayOf } from './underlay.js';

/** An interface that packets pass, and where it is. */
export interface FoundHop {
  place: Surrounding;
  link: Link;
  /** What an overlay has put around the ends' packets here. */
  headers?: readonly TunnelHeader[] | undefined;
}

export interface FoundPath {
  hops: FoundHop[];
  /** false: something that could not be found lies between, a tunnel or another machine. */
  complete: boolean;
}

/** Interfaces stacked on each other: a macvlan on a vlan on a veth. Deeper is a loop. */
const DEEPEST_STACK = 8;
/** Routers one behind the other; more are a loop. */
const LONGEST_WAY = 24;

/**
 * The interfaces between two ends, as far as the kernel tells of them: the other end of a veth pair, what a macvlan
 * is on, the bridge that a port belongs to. Both ends are followed to where the ways meet; where they do not, routes
 * to the ends' addresses and the two ends of an overlay lead on.
 */
export async function findPath(
  client: FoundHop,
  server: FoundHop,
  around: Surroundings,
  addresses: { client: string; server: string },
): Promise<FoundPath> {
  const [out, back] = await Promise.all([climb([client], around), climb([server], around)]);
  const direct = joined(out, back);
  if (direct.complete) return direct;
  const [on, onBack] = await Promise.all([
    onwards(out, addresses.server, around),
    onwards(back, addresses.client, around),
  ]);
  const routed = joined(on, onBack);
  return routed.complete ? routed : ((await underOverlay(on, onBack, around)) ?? routed);
}

function joined(out: readonly FoundHop[], back: readonly FoundHop[]): FoundPath {
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

/** From where interfaces lead no further: out of a bridge into its tunnel, or by the route, network after network. */
async function onwards(climbed: readonly FoundHop[], address: string, around: Surroundings): Promise<FoundHop[]> {
  let hops = [...climbed];
  while (hops.length < LONGEST_WAY) {
    const current = hops.at(-1)!;
    if (current.link.vxlan !== undefined) break;
    const next = (await tunnelOf(current, around)) ?? (await hopTowards(current.place, address, around));
    if (next === undefined || hops.some((hop) => isSame(hop, next))) break;
    hops = await climb([...hops, next], around);
  }
  return hops;
}

async function tunnelOf({ place, link }: FoundHop, around: Surroundings): Promise<FoundHop | undefined> {
  if (link.kind !== 'bridge') return undefined;
  const port = (await around.links(place)).find(({ vxlan, master }) => vxlan !== undefined && master === link.name);
  return port && { place, link: port };
}

/** Where one way ends at a tunnel and the other beside its other end, or at it. */
async function underOverlay(
  out: readonly FoundHop[],
  back: readonly FoundHop[],
  around: Surroundings,
): Promise<FoundPath | undefined> {
  const [near, far] = await Promise.all([mouthBeside(out, back, around), mouthBeside(back, out, around)]);
  if (near === undefined || far === undefined) return undefined;
  const underlay = await underlayOf(near, far, around);
  if (underlay === undefined) return undefined;
  const { client, server, addresses, headers } = underlay;
  const under = await findPath(client, server, around, addresses);
  const reaching = (hops: readonly FoundHop[], mouth: FoundHop) =>
    hops.some((hop) => isSame(hop, mouth)) ? hops : [...hops, mouth];
  return {
    hops: [
      ...reaching(out, near),
      ...under.hops.map((hop) => ({ ...hop, headers: [...headers, ...(hop.headers ?? [])] })),
      ...reaching(back, far).toReversed(),
    ],
    complete: under.complete,
  };
}

async function mouthBeside(
  hops: readonly FoundHop[],
  others: readonly FoundHop[],
  around: Surroundings,
): Promise<FoundHop | undefined> {
  const [end, other] = [hops.at(-1)!, others.at(-1)!];
  if (end.link.vxlan !== undefined) return end;
  const wanted = other.link.vxlan;
  const same = (await around.links(end.place)).find(
    ({ vxlan }) => vxlan !== undefined && vxlan.id === wanted?.id && vxlan.port === wanted.port,
  );
  return same && { place: end.place, link: same };
}

/** What lies between in a word each, for one line: not the ends' own interfaces, unless they are a switch. */
export function viaOf({ hops, complete }: FoundPath): string[] {
  const isSwitch = ({ link }: FoundHop) => link.kind === 'bridge' || link.name === 'lo';
  const inner = hops.flatMap((hop, index) =>
    (index === 0 || index === hops.length - 1) && !isSwitch(hop) ? [] : [hop.link.name],
  );
  return complete ? inner : [...inner, '(not all of it is known)'];
}

async function climb(from: readonly FoundHop[], around: Surroundings): Promise<FoundHop[]> {
  const hops = [...from];
  while (hops.length < from.length + DEEPEST_STACK) {
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
  for (const candidate of elsewhere === undefined ? [place] : around.all) {
    if (elsewhere !== undefined && candidate.identity === place.identity) continue;
    const other = (await around.links(candidate)).find((one) => one.index === index);
    if (other === undefined) continue;
    // The ends of a pair name each other.
    const named = link.kind !== 'veth' || (other.kind === 'veth' && other.other?.index === link.index);
    if (named) found.push({ place: candidate, link: other });
  }
  if (elsewhere === undefined || found.length === 0) return found[0];
  const which = await around.numbered(
    place,
    elsewhere,
    found.map((hop) => hop.place),
  );
  // Where the kernel may not be asked, the only one that fits is believed.
  if (which === null) return found.length === 1 ? found[0] : undefined;
  return found.find((hop) => hop.place === which);
}

function isSame(one: FoundHop, other: FoundHop): boolean {
  return one.place.identity === other.place.identity && one.link.index === other.link.index;
}
