import type { PinnedCores } from '../configuration/cores.js';
import type { Machine } from './cpu-topology.js';
import { grouped } from './grouped.js';
import { type PhysicalCore, physicalCores } from './physical-cores.js';
import { placementReason } from './placement-reason.js';
import { type Domain, distanceOf, sharingDomains } from './sharing-domains.js';

/** What cores are to be chosen for. */
export interface EndsToPlace {
  /** Streams of the client’s end, a thread each. */
  clientStreams: number;
  /** Streams of the server’s end, a thread each. */
  serverStreams: number;
  /** Cores that take in what the ends receive (--rps): not for the ends, but near them. */
  receiveCores?: readonly number[] | undefined;
}

/** Where --pin auto puts the ends. */
export interface Placement extends PinnedCores {
  /** A sentence without a full stop. */
  why: string;
}

/**
 * Chooses cores for both ends of a test, out of those that this process may use. No physical core serves both ends, as
 * long as there are two. Of several choices the first of these that differs decides: fewer busy cores, fewer slow ones,
 * nearer to each other, isolated ones, fewer that serve network interrupts, not core 0, lower numbers.
 *
 * Busy comes first since it halves what a core gives, and a slow core may have a third of a fast one; distance costs
 * some tens of percent, interrupts some percent.
 */
export function placeEnds(machine: Machine, ends: EndsToPlace): Placement {
  const { receiveCores = [] } = ends;
  const usable = physicalCores(machine, receiveCores);
  const cores = usable.length < 2 ? onePhysicalCore(usable[0]) : severalPhysicalCores(machine, usable, ends);
  return { ...cores, why: placementReason(machine, cores, receiveCores) };
}

/** SMT siblings share what a core computes with, and two of them are still more than one. */
function onePhysicalCore(physical: PhysicalCore | undefined): PinnedCores {
  const [first, second = first] = physical?.threads ?? [];
  if (first === undefined || second === undefined) return { client: [], server: [] };
  return { client: [first], server: [second] };
}

function severalPhysicalCores(machine: Machine, usable: PhysicalCore[], ends: EndsToPlace): PinnedCores {
  const wanted = coresOfEachEnd(usable.length, ends);
  const domains = sharingDomains(machine);
  const chosen = bestSet(usable, wanted.client + wanted.server, domains, ends.receiveCores ?? []);
  const client: PhysicalCore[] = [];
  const server: PhysicalCore[] = [];
  for (const core of chosen) {
    const clientsTurn = client.length <= server.length || server.length === wanted.server;
    (clientsTurn && client.length < wanted.client ? client : server).push(core);
  }
  return { client: withSiblings(client, ends.clientStreams), server: withSiblings(server, ends.serverStreams) };
}

/** A core a stream, while there are as many; else shares that are as the streams are. */
function coresOfEachEnd(usable: number, { clientStreams, serverStreams }: EndsToPlace) {
  const streams = clientStreams + serverStreams;
  if (streams <= usable) return { client: clientStreams, server: serverStreams };
  const client = Math.min(usable - 1, Math.max(1, Math.floor((usable * clientStreams) / streams)));
  return { client, server: Math.min(serverStreams, usable - client) };
}

function bestSet(
  usable: readonly PhysicalCore[],
  count: number,
  domains: readonly Domain[],
  receiveCores: readonly number[],
): PhysicalCore[] {
  const [best = []] = domains
    .map((domain) => usable.filter(({ threads }) => domain.cores.includes(numberOf(threads))))
    .filter((members) => members.length >= count)
    .map((members) => inPairs(members, domains).slice(0, count))
    .toSorted((one, other) => compare(setCost(one), setCost(other)));
  return best;

  function setCost(set: readonly PhysicalCore[]): number[] {
    const sum = (of: (core: PhysicalCore) => boolean) => set.filter(of).length;
    const numbers = set.map(({ threads }) => numberOf(threads));
    return [
      sum(({ busy }) => busy),
      sum(({ slow }) => slow),
      // What an end receives goes through the cache of the core that took it in.
      distanceOf([...numbers, ...receiveCores], domains),
      sum(({ isolated }) => !isolated),
      sum(({ interrupted }) => interrupted),
      sum(({ first }) => first),
      ...numbers.toSorted((one, other) => one - other),
    ];
  }
}

function byCost(one: PhysicalCore, other: PhysicalCore): number {
  return compare(coreCost(one), coreCost(other));
}

function coreCost({ busy, slow, isolated, interrupted, first, threads }: PhysicalCore): number[] {
  return [...[busy, slow, !isolated, interrupted, first].map(Number), numberOf(threads)];
}

/** The first difference decides. */
function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at < 0 ? 0 : one[at]! - (other[at] ?? 0);
}

/**
 * The cores in the order in which the ends of the streams are dealt them, the client's and the server's in turn: pairs
 * that share a cache as far as that goes, the best first. Busy and slow cores come after all others.
 */
function inPairs(members: readonly PhysicalCore[], domains: readonly Domain[]): PhysicalCore[] {
  const cacheOf = ({ threads }: PhysicalCore) =>
    domains.findIndex(({ distance, cores }) => distance === 0 && cores.includes(numberOf(threads)));
  const classes = grouped(members.toSorted(byCost), ({ busy, slow }) => `${busy} ${slow}`);
  return [...classes.values()].flatMap((members) => {
    const groups = [...grouped(members, cacheOf).values()];
    const single = groups.flatMap((group) => (group.length % 2 === 1 ? group.slice(-1) : [])).toSorted(byCost);
    const pairs = groups.flatMap((group) => twoByTwo(group.slice(0, group.length - (group.length % 2))));
    return [...pairs.toSorted(byPairCost), ...twoByTwo(single)].flat();
  });
}

function twoByTwo(cores: readonly PhysicalCore[]): PhysicalCore[][] {
  const pairs = Array.from({ length: Math.ceil(cores.length / 2) }, (_, pair) => cores.slice(2 * pair, 2 * pair + 2));
  return pairs.map((pair) => pair.toSorted((one, other) => numberOf(one.threads) - numberOf(other.threads)));
}

function byPairCost(one: readonly PhysicalCore[], other: readonly PhysicalCore[]): number {
  const cost = (pair: readonly PhysicalCore[]) => {
    const [first = [], second = []] = pair.map((core) => coreCost(core));
    return first.map((value, index) => value + (second[index] ?? 0));
  };
  return compare(cost(one), cost(other));
}

/** Where physical cores are fewer than streams, their other threads serve the same end. */
function withSiblings(cores: readonly PhysicalCore[], streams: number): number[] {
  const first = cores.map(({ threads }) => numberOf(threads));
  const others = cores.flatMap(({ threads }) => threads.slice(1));
  return [...first, ...others.slice(0, Math.max(0, streams - first.length))];
}

/** A physical core goes by its best thread. */
function numberOf([thread = -1]: readonly number[]): number {
  return thread;
}
