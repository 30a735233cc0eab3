import { closeSync, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import type { NetworkNamespace } from '../../traffic/namespace.js';
import { type Link, readLinks } from './links.js';
import type { OpenPlace } from './place.js';

/** A network near a place, by a name that `between` takes too. */
export interface Surrounding {
  label: string;
  namespace: NetworkNamespace;
  identity: string;
}

/** A machine of many pods has many names, and reading the links of one network takes milliseconds. */
const MOST_NAMED_NAMESPACES = 64;

/**
 * Networks in which the other ends of a place's interfaces can be: the places themselves, where this program runs, and
 * what the ancestors of their processes are in: a container's is started by its engine, from the network of the
 * engine's switches. Last those that have a name.
 */
export class Surroundings {
  readonly #near: Surrounding[] = [];
  readonly #descriptors: number[] = [];
  readonly #links = new Map<string, Promise<Link[]>>();

  constructor(places: readonly OpenPlace[]) {
    for (const place of places) this.#add(place);
    this.#open('/proc/self/ns/net', 'host');
    for (const { pid } of places) {
      for (const ancestor of ancestorsOf(pid)) this.#open(`/proc/${ancestor}/ns/net`, `pid:${ancestor}`);
    }
    for (const name of namedNamespaces()) this.#open(`/run/netns/${name}`, `netns:${name}`);
  }

  /** The places first, then the nearest. */
  get all(): readonly Surrounding[] {
    return this.#near;
  }

  links({ identity, namespace }: Surrounding): Promise<Link[]> {
    let links = this.#links.get(identity);
    if (links === undefined) {
      // What cannot be entered or read is where nothing is found.
      links = readLinks(namespace).catch(() => []);
      this.#links.set(identity, links);
    }
    return links;
  }

  close(): void {
    for (const fd of this.#descriptors.splice(0)) closeSync(fd);
  }

  #open(path: string, label: string): void {
    try {
      const fd = openSync(path, 'r');
      const { dev, ino } = fstatSync(fd);
      const added = this.#add({ label, namespace: { fd }, identity: `${dev}:${ino}` });
      if (added) this.#descriptors.push(fd);
      else closeSync(fd);
    } catch {
      // It ended meanwhile, or may not be looked at.
    }
  }

  #add({ label, namespace, identity }: Surrounding): boolean {
    if (this.#near.some((known) => known.identity === identity)) return false;
    this.#near.push({ label, namespace, identity });
    return true;
  }
}

/** Parents first. */
function* ancestorsOf(pid: number | undefined): Generator<number> {
  for (let current = pid; current !== undefined && current > 1; ) {
    current = parentOf(current);
    if (current !== undefined && current > 0) yield current;
  }
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): behind the name in brackets, which may hold anything, come the state and the parent.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

function namedNamespaces(): string[] {
  try {
    return readdirSync('/run/netns').slice(0, MOST_NAMED_NAMESPACES);
  } catch {
    return [];
  }
}
