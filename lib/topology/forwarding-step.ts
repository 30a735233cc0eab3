import { inside, type Step } from './plan.js';

/**
 * Makes a router of a namespace. Before there are interfaces: they inherit it. For another's packet a router asks for
 * its neighbour under its link-local address, which duplicate address detection keeps from use for up to two seconds.
 */
export function forwardingStep(namespace: string, ipv6: boolean): Step {
  const ofIpv6 = ' net.ipv6.conf.all.forwarding=1 net.ipv6.conf.default.accept_dad=0';
  return inside(namespace, `sysctl --quiet --write net.ipv4.ip_forward=1${ipv6 ? ofIpv6 : ''}`);
}
