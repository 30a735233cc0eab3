import { formatIpv4Prefix, parseIpv4Prefix } from '../containers/ipv4-prefix.js';
import type { HopState } from '../read-hops.js';
import type { Direction } from './directions.js';
import { ANY_MAC } from './forwarding-entries.js';
import { KernelTables, type Neighbour } from './kernel-tables.js';
import { type Passage, passagesOf } from './passages.js';
import type { OpenNamespaces, Subject } from './subject.js';

/** What a namespace on the way does not know, and with which whatever it has to forward ends there. */
export type ForwardingGap =
  | {
      type: 'route';
      namespace: string;
      /** Where no route leads: the network of the address, as its owner has it. */
      prefix: string;
      /** What the kernel says, or the interface it takes instead. */
      instead: string;
      device: string;
      gateway: string | undefined;
    }
  | { type: 'neighbour'; namespace: string; device: string; address: string; mac: string | undefined; keeper: Keeper }
  | { type: 'entry'; namespace: string; device: string; mac: string; host: string | undefined; keeper: Keeper };

/** Who fills a device's tables: a daemon beside it, or the container engine whose device it is. */
type Keeper = 'daemon' | 'engine';

/** Of a direction and of its answers, in the order in which packets come by. */
export async function forwardingGaps(
  direction: Direction,
  subject: Subject,
  hops: readonly HopState[],
  open: OpenNamespaces,
): Promise<ForwardingGap[]> {
  const { from, to, host, family } = direction;
  const [address, answersTo] = family === 4 ? [to.ipv4, from.ipv4] : [to.ipv6, from.ipv6];
  // What is translated on the way has another address before than behind.
  if (host !== address || answersTo === undefined) return [];
  const tables = new KernelTables(open);
  const there = await gapsOn({ from, to, address }, subject, hops, tables);
  const back = await gapsOn({ from: to, to: from, address: answersTo }, subject, hops, tables);
  return [...there, ...back];
}

interface Way {
  from: Direction['from'];
  to: Direction['to'];
  address: string;
}

async function gapsOn(way: Way, subject: Subject, hops: readonly HopState[], tables: KernelTables) {
  const passages = passagesOf(way, subject, hops);
  const gaps: ForwardingGap[] = [];
  for (const [index, passage] of passages.entries()) {
    const gap = await gapAt(passage, index, passages, way, tables);
    if (gap !== undefined) gaps.push(gap);
  }
  return gaps;
}

async function gapAt(
  passage: Passage,
  index: number,
  passages: readonly Passage[],
  way: Way,
  tables: KernelTables,
): Promise<ForwardingGap | undefined> {
  const { from, to, how, around } = passage;
  if (how === 'into tunnel') {
    const host = await farHost(index, passages, tables, way.address);
    return host === undefined ? undefined : await routeGap(to, passages[index + 1]?.to, host, undefined, tables);
  }
  if (around) return undefined;
  if (how === 'route') {
    if (await tables.hasSwitch(from.namespace)) return undefined;
    const far = to.kind === 'vxlan' ? farMouth(index, passages) : passages[index + 1]?.to;
    const missing = await routeGap(to, far, way.address, way.to, tables);
    if (missing !== undefined || to.kind !== 'vxlan') return missing;
    const route = await tables.route(from.namespace, way.address);
    return await tunnelGap(to, route.gateway ?? way.address, far, index, passages, way, tables);
  }
  if (how === 'switch' && to.kind === 'vxlan') {
    const end = { namespace: way.to.namespace, interface: way.to.interface };
    return await tunnelGap(to, way.address, end, index, passages, way, tables);
  }
  return undefined;
}

/** Whether a namespace sends for an address by that interface. */
async function routeGap(
  { namespace, interface: device }: HopState,
  next: HopState | undefined,
  address: string,
  owner: Direction['to'] | undefined,
  tables: KernelTables,
): Promise<ForwardingGap | undefined> {
  const route = await tables.route(namespace, address);
  if (route.error === undefined && (route.device === device || route.device === undefined)) return undefined;
  return {
    type: 'route',
    namespace,
    prefix: owner === undefined ? address : prefixOf(address, await tables.prefixLength(owner, address)),
    instead: route.error ?? `it goes by ${route.device}`,
    device,
    // A neighbour that is a port of a switch has no address: the next that has one is behind it.
    gateway: next === undefined ? undefined : await tables.address(next, address.includes(':') ? 6 : 4),
  };
}

/** Whether a tunnel's device knows the hardware address of the next one to have the packet, and the host of that one. */
async function tunnelGap(
  { namespace, interface: device, kind }: HopState,
  nextHop: string,
  far: { namespace: string; interface: string } | undefined,
  index: number,
  passages: readonly Passage[],
  way: Way,
  tables: KernelTables,
): Promise<ForwardingGap | undefined> {
  if (kind !== 'vxlan') return undefined;
  const details = await tables.vxlan(namespace, device);
  const entries = (await tables.forwardingEntries(namespace, device)).filter(({ dst }) => dst !== undefined);
  if (details === undefined) return undefined;
  // The end or group that a device was made with stands among its entries too.
  const floods = entries.some(({ mac }) => mac === ANY_MAC);
  const keeper: Keeper = details.proxy ? 'engine' : 'daemon';
  const farMac = far === undefined ? undefined : await tables.hardwareAddress(far);
  // Behind a bridge the ends ask each other, unless the device answers in the place of all.
  const asks = details.proxy || passages[index]?.how === 'route';
  const neighbour = asks ? await tables.neighbour(namespace, device, nextHop) : undefined;
  if (asks && (details.proxy || !floods) && !knows(neighbour)) {
    return { type: 'neighbour', namespace, device, address: nextHop, mac: farMac, keeper };
  }
  const mac = asks || (await endsKnow(way, tables)) ? (neighbour?.mac ?? farMac) : ANY_MAC;
  if (floods || mac === undefined || entries.some((entry) => entry.mac === mac)) return undefined;
  // Behind the entering of the tunnel is what tells of its far host.
  const entering = passages.findIndex(({ how }, other) => other > index && how === 'into tunnel');
  const host = entering < 0 ? undefined : await farHost(entering, passages, tables, way.address);
  return { type: 'entry', namespace, device, mac, host, keeper };
}

/** Whether the end that sends need not ask for the other one's hardware address any more, by broadcast. */
async function endsKnow({ from, address }: Way, tables: KernelTables): Promise<boolean> {
  return knows(await tables.neighbour(from.namespace, from.interface, address));
}

function knows(neighbour: Neighbour | undefined): boolean {
  return neighbour?.mac !== undefined && !/FAILED|INCOMPLETE/.test(neighbour.state);
}

/** The tunnel's device at the other side. */
function farMouth(index: number, passages: readonly Passage[]): HopState | undefined {
  return passages.find(({ how }, other) => other > index && how === 'out of tunnel')?.to;
}

/** Where a tunnel that is entered here sends: the address of the last interface under it. */
async function farHost(
  entering: number,
  passages: readonly Passage[],
  tables: KernelTables,
  address: string,
): Promise<string | undefined> {
  const leaving = passages.find(({ how }, other) => other > entering && how === 'out of tunnel');
  const mouth = passages[entering]!.from;
  const told = leaving === undefined ? undefined : await tables.vxlan(leaving.to.namespace, leaving.to.interface);
  if (told?.local !== undefined) return told.local;
  const own = await tables.vxlan(mouth.namespace, mouth.interface);
  const family = (own?.remote ?? own?.local ?? address).includes(':') ? 6 : 4;
  return leaving === undefined ? undefined : await tables.address(leaving.from, family);
}

function prefixOf(address: string, lengthBits: number | undefined): string {
  const prefix = lengthBits === undefined ? undefined : parseIpv4Prefix(`${address}/${lengthBits}`);
  return prefix === undefined || prefix.lengthBits === 32 ? address : formatIpv4Prefix(prefix);
}
