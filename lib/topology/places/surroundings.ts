import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { NetworkNamespace } from '../../traffic/namespace.js';
import { type Link, type NamespaceId, readLinks } from './links.js';
import { whichNamespace } from './namespace-ids.js';
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

  /** @param alone Of a network of our own there is nothing anywhere else. Default false. */
  constructor(places: readonly (Surrounding & Partial<Pick<OpenPlace, 'pid' | 'source'>>)[], { alone = false } = {}) {
    for (const place of places) this.#add(place);
    if (alone) return;
    this.#open('/proc/self/ns/net', 'host');
    for (const { pid } of places) {
      for (const ancestor of ancestorsOf(pid)) this.#open(`/proc/${ancestor}/ns/net`, `pid:${ancestor}`);
    }
    for (const process of engineProcesses(places)) {
      this.#open(`/proc/${process}/ns/net`, `pid:${process}`);
      for (const path of boundNamespaces(process)) this.#open(path, path);
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

  /**
   * Which of these a network means by a number.
   * @returns undefined: none of them; null: nobody may ask here.
   */
  async numbered(
    { namespace }: Surrounding,
    id: NamespaceId,
    candidates: readonly Surrounding[],
  ): Promise<Surrounding | undefined | null> {
    const index = await whichNamespace(
      namespace,
      id,
      candidates.map((candidate) => candidate.namespace),
    );
    return index === null ? null : candidates[index ?? -1];
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

/** Processes out of whose view of files a place's own network can have been bound to a file. */
function engineProcesses(places: readonly Partial<Pick<OpenPlace, 'pid' | 'source'>>[]): number[] {
  const processes = places.flatMap(({ pid, source }) => {
    const seenFrom = source?.type === 'file' ? /^\/proc\/(\d+)\/root\//.exec(realPath(source.path))?.[1] : undefined;
    return [...ancestorsOf(pid), ...(seenFrom === undefined ? [] : [Number(seenFrom)])];
  });
  const views = new Map(processes.toReversed().map((process) => [viewOf(process), process]));
  return [...views.values()];
}

/** A view of files that several processes have is looked through once. */
function viewOf(process: number): string {
  try {
    return readlinkSync(`/proc/${process}/ns/mnt`);
  } catch {
    return `${process}`;
  }
}

function realPath(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return path;
  }
}

/** Namespaces that an engine has bound to files: those of its containers, and those that its switches are in. */
function boundNamespaces(process: number): string[] {
  try {
    return parseBoundNamespaces(readFileSync(`/proc/${process}/mountinfo`, 'utf8'))
      .slice(0, MOST_NAMED_NAMESPACES)
      .map((path) => `/proc/${process}/root${path}`);
  } catch {
    return [];
  }
}

/** proc(5), mountinfo: the fourth field is what of the filesystem is mounted, the fifth where. */
export function parseBoundNamespaces(mountinfo: string): string[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [, , , root, where] = line.split(' ');
    if (!root?.startsWith('net:[') || where === undefined) return [];
    return [where.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))];
  });
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
