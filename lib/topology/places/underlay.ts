import { vxlanHeaders } from '../hosts/encapsulation.js';
import type { TunnelHeader } from '../plan.js';
import { candidateAddresses } from './candidate-addresses.js';
import type { FoundHop } from './find-path.js';
import { runInside } from './inside.js';
import type { Surrounding, Surroundings } from './surroundings.js';

/** Where two ends of an overlay send what they put headers around. */
export interface Underlay {
  client: FoundHop;
  server: FoundHop;
  addresses: { client: string; server: string };
  headers: readonly TunnelHeader[];
}

/** The underlay of two VXLAN devices that are ends of one overlay; undefined where they are not, or it is not found. */
export async function underlayOf(near: FoundHop, far: FoundHop, around: Surroundings): Promise<Underlay | undefined> {
  const [one, other] = [near.link.vxlan, far.link.vxlan];
  if (one === undefined || other === undefined || one.id !== other.id || one.port !== other.port) return undefined;
  const [here, there] = await Promise.all([sendingPlace(near, around), sendingPlace(far, around)]);
  if (here === undefined || there === undefined || here.identity === there.identity) return undefined;
  const [to, from] = await Promise.all([farAddress(near, here, far, there), farAddress(far, there, near, here)]);
  if (to === undefined || from === undefined) return undefined;
  // Where the link is down there is no route either: then by the interface that has the address.
  const [client, server] = await Promise.all([
    hopTowards(here, to, around).then((hop) => hop ?? holderOf(here, from, around)),
    hopTowards(there, from, around).then((hop) => hop ?? holderOf(there, to, around)),
  ]);
  if (client === undefined || server === undefined) return undefined;
  return { client, server, addresses: { client: from, server: to }, headers: vxlanHeaders(to.includes(':') ? 6 : 4) };
}

/** A device that was moved, into a namespace of an engine's say, goes on sending where it was made. */
async function sendingPlace({ place, link }: FoundHop, around: Surroundings): Promise<Surrounding | undefined> {
  const id = link.vxlan?.underlay;
  if (id === undefined) return place;
  const others = around.all.filter(({ identity }) => identity !== place.identity);
  return (await around.numbered(place, id, others)) ?? undefined;
}

/** Where the near device sends for the far one: what it was told, as far as that is an address of the far one's host. */
async function farAddress(
  near: FoundHop,
  here: Surrounding,
  far: FoundHop,
  there: Surrounding,
): Promise<string | undefined> {
  const own = (await addressesOf(there)).flatMap(({ addr_info }) => addr_info.map(({ local }) => local));
  const told = [near.link.vxlan?.remote, ...(await destinations(near)), far.link.vxlan?.local];
  const known = told.find((address) => address !== undefined && own.includes(address));
  if (known !== undefined) return known;
  const open = { family: undefined, loopback: false };
  return (await candidateAddresses(here.namespace, there.namespace, open))[0]?.host;
}

async function holderOf(place: Surrounding, address: string, around: Surroundings): Promise<FoundHop | undefined> {
  const row = (await addressesOf(place)).find(({ addr_info }) => addr_info.some(({ local }) => local === address));
  const link = (await around.links(place)).find(({ name }) => name === row?.ifname);
  return link && { place, link };
}

async function addressesOf(place: Surrounding) {
  return await jsonInside<{ ifname: string; addr_info: { local: string }[] }>(place, [
    'ip',
    '-json',
    'address',
    'show',
  ]);
}

async function destinations({ place, link }: FoundHop): Promise<string[]> {
  const rows = await jsonInside<{ dst?: string }>(place, ['bridge', '-json', 'fdb', 'show', 'dev', link.name]);
  return rows.flatMap(({ dst }) => (dst === undefined ? [] : [dst]));
}

/** The interface by which a network sends to an address that is not its own. */
export async function hopTowards(
  place: Surrounding,
  address: string,
  around: Surroundings,
): Promise<FoundHop | undefined> {
  const [route] = await jsonInside<{ dev?: string; type?: string }>(place, ['ip', '-json', 'route', 'get', address]);
  if (route?.dev === undefined || route.type === 'local') return undefined;
  const link = (await around.links(place)).find(({ name }) => name === route.dev);
  return link && { place, link };
}

/** Nothing where the command is missing or says no. */
async function jsonInside<Row>({ namespace }: Surrounding, command: [string, ...string[]]): Promise<Row[]> {
  try {
    const { stdout } = await runInside(namespace, command);
    return JSON.parse(stdout.trim() || '[]') as Row[];
  } catch {
    return [];
  }
}
