import type { HopState } from '../read-hops.js';
import type { Direction } from './directions.js';
import type { Subject } from './subject.js';
import { headersAround } from './tunnels.js';

/** A step from one interface of a way to the next. */
export interface Passage {
  from: HopState;
  to: HopState;
  /** Over a cable to another namespace, through a switch, by a route, or into or out of the headers of a tunnel. */
  how: 'cable' | 'switch' | 'route' | 'into tunnel' | 'out of tunnel';
  /** It is a packet around the ends' own that passes. */
  around: boolean;
}

/** The steps of a direction in its order; empty where the path is not that of its ends. */
export function passagesOf(
  { from, to }: Pick<Direction, 'from' | 'to'>,
  subject: Subject,
  hops: readonly HopState[],
): Passage[] {
  const at = (end: Direction['from']) =>
    hops.findIndex((hop) => hop.namespace === end.namespace && hop.interface === end.interface);
  const [first, last] = [at(from), at(to)];
  if (first < 0 || last < 0) return [];
  const around = headersAround(subject);
  const stops = hops.map((hop, index) => ({
    hop,
    headers: around[index]!.length,
    port: hop.master !== undefined || subject.path[index]?.master !== undefined || isOfSwitch(hop),
  }));
  const inOrder = first <= last ? stops.slice(first, last + 1) : stops.slice(last, first + 1).toReversed();
  return inOrder.slice(1).map((stop, index) => {
    const before = inOrder[index]!;
    return { from: before.hop, to: stop.hop, how: passage(before, stop), around: stop.headers > 0 };
  });
}

interface Stop {
  hop: HopState;
  headers: number;
  port: boolean;
}

function passage(before: Stop, after: Stop): Passage['how'] {
  if (before.headers < after.headers) return 'into tunnel';
  if (before.headers > after.headers) return 'out of tunnel';
  if (before.hop.namespace !== after.hop.namespace) return 'cable';
  return before.port || after.port ? 'switch' : 'route';
}

function isOfSwitch({ kind }: HopState): boolean {
  return kind === 'openvswitch' || kind === 'tun';
}
