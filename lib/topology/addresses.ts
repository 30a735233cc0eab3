/**
 * The addresses of every lab: 198.18.0.0/15 is set aside for benchmarking by RFC 2544 and fd00:198:18::/48 is a
 * unique local prefix (RFC 4193) after it, so that no lab can be taken for a real network.
 */
export const CLIENT_ADDRESSES = { ipv4: '198.18.0.2', ipv6: 'fd00:198:18::2' } as const;
export const SERVER_ADDRESSES = { ipv4: '198.18.0.3', ipv6: 'fd00:198:18::3' } as const;
export const LOOPBACK_ADDRESSES = { ipv4: '127.0.0.1', ipv6: '::1' } as const;

export const IPV4_PREFIX_LENGTH = 24;
export const IPV6_PREFIX_LENGTH = 64;
