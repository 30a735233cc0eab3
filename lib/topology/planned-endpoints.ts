import { CLIENT_ADDRESSES, SERVER_ADDRESSES } from './addresses.js';
import type { PlannedEndpoint } from './plan.js';

/** The two ends of a network that gives each a namespace and an interface of its own. */
export function plannedEndpoints(ipv6: boolean): { client: PlannedEndpoint; server: PlannedEndpoint } {
  const end = (name: string, addresses: { ipv4: string; ipv6: string }): PlannedEndpoint => ({
    namespace: name,
    interface: `${name}0`,
    ipv4: addresses.ipv4,
    ipv6: ipv6 ? addresses.ipv6 : undefined,
  });
  return { client: end('client', CLIENT_ADDRESSES), server: end('server', SERVER_ADDRESSES) };
}
