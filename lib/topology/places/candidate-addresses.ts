import { BlockList } from 'node:net';
import type { NetworkNamespace } from '../../traffic/namespace.js';
import { listInside } from './inside.js';

/** An address that somebody may be reached by. */
export interface CandidateAddress {
  host: string;
  family: 4 | 6;
  interface: string;
}

interface AddressRow {
  local: string;
  prefixlen: number;
  family: string;
  scope: string;
  tentative?: boolean;
  dadfailed?: boolean;
  deprecated?: boolean;
}

interface InterfaceRow {
  ifname: string;
  flags: string[];
  addr_info: AddressRow[];
}

/**
 * The addresses of the server, the likeliest first: IPv4 before IPv6 unless one of them is asked for, those on a link
 * that the client is on before others, and the server's own loopback, which only it reaches itself, last.
 */
export async function candidateAddresses(
  client: NetworkNamespace,
  server: NetworkNamespace,
  { family, loopback }: { family: 4 | 6 | undefined; loopback: boolean },
): Promise<CandidateAddress[]> {
  const [interfaces, links] = await Promise.all([addressesOf(server), linksOf(client)]);
  const found = interfaces.flatMap((device) =>
    device.addr_info.filter(usable).map((row) => ({
      host: row.local,
      family: row.family === 'inet' ? (4 as const) : (6 as const),
      interface: device.ifname,
      own: row.scope === 'host',
      onLink: links.check(row.local, row.family === 'inet' ? 'ipv4' : 'ipv6'),
      deprecated: row.deprecated === true,
    })),
  );
  const rank = ({ own, deprecated, family: of, onLink }: (typeof found)[number]) =>
    (own ? 8 : 0) + (deprecated ? 4 : 0) + (of === 6 ? 2 : 0) + (onLink ? 0 : 1);
  return found
    .filter(({ own, family: of }) => (loopback || !own) && (family === undefined || of === family))
    .toSorted((one, other) => rank(one) - rank(other))
    .map(({ host, family: of, interface: device }) => ({ host, family: of, interface: device }));
}

async function addressesOf(namespace: NetworkNamespace): Promise<InterfaceRow[]> {
  return await listInside(namespace, ['address', 'show', 'up'], isInterface);
}

/** The prefixes of a place's own interfaces. */
async function linksOf(namespace: NetworkNamespace): Promise<BlockList> {
  const links = new BlockList();
  for (const { addr_info } of await addressesOf(namespace)) {
    for (const { local, prefixlen, family } of addr_info.filter(usable)) {
      links.addSubnet(local, prefixlen, family === 'inet' ? 'ipv4' : 'ipv6');
    }
  }
  return links;
}

/** A link-local address means nothing without an interface of the other end's; one not yet confirmed answers nobody. */
function usable({ scope, family, tentative, dadfailed }: AddressRow): boolean {
  if (family !== 'inet' && family !== 'inet6') return false;
  return (scope === 'global' || scope === 'site' || scope === 'host') && tentative !== true && dadfailed !== true;
}

function isInterface(value: unknown): value is InterfaceRow {
  const { ifname, addr_info } = (value ?? {}) as Partial<InterfaceRow>;
  return typeof ifname === 'string' && Array.isArray(addr_info);
}
