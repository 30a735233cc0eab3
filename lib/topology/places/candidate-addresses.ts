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
 * The addresses of a place, the likeliest first: IPv4 before IPv6 unless one of them is asked for, those that are
 * good beyond their own link before the place's own loopback, which only it reaches itself.
 */
export async function candidateAddresses(
  namespace: NetworkNamespace,
  { family, loopback }: { family: 4 | 6 | undefined; loopback: boolean },
): Promise<CandidateAddress[]> {
  const interfaces = await listInside(namespace, ['address', 'show', 'up'], isInterface);
  const found = interfaces.flatMap((device) =>
    device.addr_info.filter(usable).map((row) => ({
      host: row.local,
      family: row.family === 'inet' ? (4 as const) : (6 as const),
      interface: device.ifname,
      own: row.scope === 'host',
      deprecated: row.deprecated === true,
    })),
  );
  const rank = ({ own, deprecated, family: of }: (typeof found)[number]) =>
    (own ? 4 : 0) + (deprecated ? 2 : 0) + (of === 6 ? 1 : 0);
  return found
    .filter(({ own, family: of }) => (loopback || !own) && (family === undefined || of === family))
    .toSorted((one, other) => rank(one) - rank(other))
    .map(({ host, family: of, interface: device }) => ({ host, family: of, interface: device }));
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
