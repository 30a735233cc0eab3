import type { PlannedLink } from '../../topology/plan.js';
import type { Hop } from '../../topology/read-hops.js';
import type { LinkMeasurement } from '../link-measurement.js';

type Place = Pick<Hop, 'namespace' | 'interface'>;

/**
 * Interfaces that send what the test sent, and lack what takes segments apart or computes checksums later. Without ethtool
 * nothing is known of any.
 * @param hops From client to server.
 * @param from Ends that sent.
 */
export function lostOffloads(
  hops: readonly Hop[],
  { ends: [client, server] }: Pick<PlannedLink, 'ends'>,
  from: readonly ('client' | 'server')[],
): Pick<LinkMeasurement, 'lostOffloads'> {
  if (hops.every(({ offloads }) => offloads === undefined)) return {};
  const sending = new Set([
    ...(from.includes('client') ? sendingHops(hops, [client, server]) : []),
    ...(from.includes('server') ? sendingHops(hops.toReversed(), [server, client]) : []),
  ]);
  return {
    lostOffloads: hops.flatMap((hop) => {
      const { namespace, interface: name, offloads } = hop;
      const features = [
        ...(offloads?.tso === false ? (['TSO'] as const) : []),
        ...(offloads?.txChecksum === false ? (['checksums'] as const) : []),
      ];
      return features.length === 0 || !sending.has(hop) ? [] : [{ namespace, interface: name, features }];
    }),
  };
}

/**
 * Those by which packets go out, of all on their way. A namespace is entered by one that only receives. Within it a
 * bridge receives what comes from its ports before the link, and sends what is routed to them behind it; a tunnel's
 * device the other way round; and of a cable that ends twice in one namespace the first end sends.
 */
function sendingHops(hops: readonly Hop[], [near, far]: readonly [Place, Place]): Hop[] {
  const link = hops.findIndex((hop) => isAt(hop, near));
  const isEntry = (index: number) => index > 0 && hops[index - 1]!.namespace !== hops[index]!.namespace;
  const isWithin = (index: number) => !isEntry(index) && hops[index + 1]?.namespace === hops[index]!.namespace;
  return hops.filter((hop, index) => {
    if (isAt(hop, far)) return false;
    if (index === 0 || isAt(hop, near)) return true;
    const next = hops[index + 1];
    if (next !== undefined && next.namespace !== hop.namespace) return true;
    if (isEntry(index)) return false;
    if (hop.kind === 'veth') return !(hops[index - 1]!.kind === 'veth' && isWithin(index - 1));
    return hop.kind === 'bridge' ? index > link : index < link;
  });
}

function isAt(hop: Place, place: Place): boolean {
  return hop.namespace === place.namespace && hop.interface === place.interface;
}
