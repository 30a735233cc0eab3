import { type Addresses, addresses } from '../addresses.js';
import type { AddressBlocks } from '../bird/configuration.js';

/** One pool for all hosts, apart from the subnet of the link. */
const POOL_SUBNET = 1;
/** Of Calico's blocks: /26, and /122 for IPv6. */
const BLOCK_SIZE = 64;
const IPV4_PREFIX_LENGTH = 26;
const IPV6_PREFIX_LENGTH = 122;
/** The first of a block is its own name; the second is the host's, on a tunnel device. */
const FIRST_ENDPOINT = 2;

/** @param host From 0. */
export function blocksOf(host: number, ipv6: boolean): AddressBlocks {
  const first = addresses(POOL_SUBNET, host * BLOCK_SIZE);
  return {
    ipv4: `${first.ipv4}/${IPV4_PREFIX_LENGTH}`,
    // A lone zero goes into the double colon (RFC 5952).
    ipv6: ipv6 ? `${first.ipv6.replace(/::0$/, '::')}/${IPV6_PREFIX_LENGTH}` : undefined,
  };
}

export function endpointAddresses(host: number, endpoint: number): Addresses {
  return addresses(POOL_SUBNET, host * BLOCK_SIZE + FIRST_ENDPOINT + endpoint);
}

export function tunnelAddress(host: number): string {
  return addresses(POOL_SUBNET, host * BLOCK_SIZE + 1).ipv4;
}
