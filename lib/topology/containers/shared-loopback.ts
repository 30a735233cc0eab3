import { LOOPBACK_ADDRESSES } from '../addresses.js';
import type { MtuRange } from '../mtu.js';
import { diesWithNamespace, type PlannedEndpoint, type Step } from '../plan.js';

/** The loopback device is made with 65536, one more than the largest IPv4 packet. */
export const LOOPBACK_MTU: MtuRange = { minimumBytes: 68, maximumBytes: 65_536, defaultBytes: 65_536 };

/** An end on the loopback device of a container. */
export function loopbackEnd(namespace: string, ipv6: boolean): PlannedEndpoint {
  const addresses = ipv6 ? LOOPBACK_ADDRESSES : { ...LOOPBACK_ADDRESSES, ipv6: undefined };
  return { namespace, interface: 'lo', ...addresses };
}

/** Options of `create` for a container whose ::1 is wanted: engines switch IPv6 off where they give no address. */
export function loopbackOptions(ipv6: boolean): string[] {
  return ipv6 ? ['--sysctl', 'net.ipv6.conf.all.disable_ipv6=0', '--sysctl', 'net.ipv6.conf.lo.disable_ipv6=0'] : [];
}

/** The engine has no option for it. */
export function loopbackMtuSteps(namespace: string, mtuBytes: number): Step[] {
  if (mtuBytes === LOOPBACK_MTU.defaultBytes) return [];
  return [{ namespace, command: ['ip', 'link', 'set', 'lo', 'mtu', `${mtuBytes}`], undo: diesWithNamespace }];
}
