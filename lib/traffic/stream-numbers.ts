import type { Protocol } from '../configuration/settings.js';

/**
 * iperf3 numbers streams 1, 3, 4, 5 ...: the second one was skipped by accident in an early version and every
 * version since has kept it, because both ends count for themselves.
 */
export function streamId(index: number): number {
  return index === 0 ? 1 : index + 2;
}

/**
 * The number in iperf3's ID column is the descriptor that iperf3 happens to have. Scripts match on `[  5]`, so the
 * same sequence is given instead of our own descriptors.
 */
export function displaySocket(role: 'client' | 'server', protocol: Protocol, index: number): number {
  if (role === 'client') return 5 + 2 * index;
  if (protocol === 'udp') return index === 0 ? 5 : 3 + 3 * index;
  return index < 3 ? 5 + 3 * index : 7 + 2 * index;
}
