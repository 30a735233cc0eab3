/**
 * The addresses of every lab: 198.18.0.0/15 is set aside for benchmarking by RFC 2544 and fd00:198:18::/48 is a
 * unique local prefix (RFC 4193) after it, so that no lab can be taken for a real network.
 */
export interface Addresses {
  ipv4: string;
  ipv6: string;
}

export const LOOPBACK_ADDRESSES: Addresses = { ipv4: '127.0.0.1', ipv6: '::1' };

export const IPV4_PREFIX_LENGTH = 24;
export const IPV6_PREFIX_LENGTH = 64;

/** Of a host on one of the lab's subnets, 0 to 255. The first hosts are for routers. */
export function addresses(subnet: number, host: number): Addresses {
  // A subnet of zeros goes into the double colon (RFC 5952), which is how the kernel and ip print it.
  const prefix = subnet === 0 ? 'fd00:198:18' : `fd00:198:18:${subnet.toString(16)}`;
  return { ipv4: `198.18.${subnet}.${host}`, ipv6: `${prefix}::${host.toString(16)}` };
}

/** Both ends of a pair on subnet 0: .2 and .3, .4 and .5 ... */
export function sharedSubnetAddresses(pair: number): { client: Addresses; server: Addresses } {
  return { client: addresses(0, 2 + 2 * pair), server: addresses(0, 3 + 2 * pair) };
}
