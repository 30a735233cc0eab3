import { existsSync, readFileSync } from 'node:fs';
import { VnetperfError } from '../errors.js';
import type { MtuRange } from './mtu.js';

/** What a user may ask of a network; every field has a default. */
export interface TopologyOptions {
  /** MTU of every hop. Default: the kind's, which is the kernel's. */
  mtuBytes?: number | undefined;
  /** Give the ends IPv6 addresses too. Default: where the kernel has IPv6 and the MTU carries it. */
  ipv6?: boolean | undefined;
}

export interface ResolvedOptions {
  mtuBytes: number;
  ipv6: boolean;
}

/** RFC 8200 section 5: no link below this carries IPv6, and Linux takes the addresses off such an interface. */
const IPV6_MINIMUM_MTU_BYTES = 1280;

/** Throws VnetperfError ERR_MTU. */
export function resolveOptions(kind: string, range: MtuRange, options: TopologyOptions): ResolvedOptions {
  const mtuBytes = options.mtuBytes ?? range.defaultBytes;
  if (!Number.isInteger(mtuBytes) || mtuBytes < range.minimumBytes || mtuBytes > range.maximumBytes) {
    throw new VnetperfError(`${kind} cannot have an MTU of ${mtuBytes} bytes`, {
      code: 'ERR_MTU',
      remedy: `Give a whole number from ${range.minimumBytes} to ${range.maximumBytes}.`,
    });
  }
  if (options.ipv6 === true && mtuBytes < IPV6_MINIMUM_MTU_BYTES) {
    throw new VnetperfError(`IPv6 needs an MTU of at least ${IPV6_MINIMUM_MTU_BYTES} bytes, not ${mtuBytes}`, {
      code: 'ERR_MTU',
      remedy: 'Raise the MTU, or do without IPv6.',
    });
  }
  return { mtuBytes, ipv6: options.ipv6 ?? (mtuBytes >= IPV6_MINIMUM_MTU_BYTES && newNamespacesHaveIpv6()) };
}

/** Whether an interface in a new network namespace can be given an IPv6 address. */
function newNamespacesHaveIpv6(): boolean {
  if (!existsSync('/proc/net/if_inet6')) return false; // ipv6.disable=1, or a kernel without it
  if (firstWord('/sys/module/ipv6/parameters/disable_ipv6') === '1') return false;
  // A new namespace starts from the kernel's defaults unless it is told to inherit the host's settings.
  const inherits = (firstWord('/proc/sys/net/core/devconf_inherit_init_net') ?? '0') !== '0';
  return !(inherits && firstWord('/proc/sys/net/ipv6/conf/default/disable_ipv6') === '1');
}

function firstWord(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
