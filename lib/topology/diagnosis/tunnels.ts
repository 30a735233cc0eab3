import { headerBytes } from '../hosts/encapsulation.js';
import type { TunnelHeader } from '../plan.js';
import type { HopState } from '../read-hops.js';
import type { Subject } from './subject.js';

/** A stretch of the way on which the ends' packets travel inside others. */
export interface Tunnel {
  headers: readonly TunnelHeader[];
  /** What puts the headers on, the client's side first; undefined: no hop of the path stands for it. */
  mouths: readonly [HopState | undefined, HopState | undefined];
  /** What carries the packets around, from the client's side to the server's. */
  underlay: readonly HopState[];
  /** The largest packet of the ends that fits in with the headers around it. */
  roomBytes: number;
}

/** The tunnels of a path in their order; its hops are those of the subject, as they were read. */
export function tunnelsOf(subject: Subject, hops: readonly HopState[]): Tunnel[] {
  const around = headersAround(subject);
  const rooms = roomAtHops(subject, hops);
  const tunnels: Tunnel[] = [];
  for (let index = 0; index < hops.length; index++) {
    const headers = around[index]!;
    if (headers.length === 0) continue;
    const beyond = around.findIndex((here, other) => other > index && here.length === 0);
    const end = beyond < 0 ? hops.length : beyond;
    tunnels.push({
      headers,
      mouths: [hops[index - 1], hops[end]],
      underlay: hops.slice(index, end),
      roomBytes: Math.min(...rooms.slice(index, end)),
    });
    index = end;
  }
  return tunnels;
}

/** The largest packet of the ends that fits into each hop's MTU, with what is around it there. */
export function roomAtHops(subject: Subject, hops: readonly HopState[]): number[] {
  const around = headersAround(subject);
  return hops.map(({ mtuBytes }, index) => mtuBytes - headerBytes(around[index]!));
}

/** What is around the ends' packets at each hop. A link's headers are there from the one of its ends to the other. */
export function headersAround({ path, link }: Subject): (readonly TunnelHeader[])[] {
  const at = (end: { namespace: string; interface: string } | undefined) =>
    path.findIndex((hop) => hop.namespace === end?.namespace && hop.interface === end.interface);
  const [first, last] = [at(link?.ends[0]), at(link?.ends[1])];
  return path.map((hop, index) => {
    if (hop.headers !== undefined) return hop.headers;
    return first >= 0 && index >= first && index <= last ? (link?.headers ?? []) : [];
  });
}
