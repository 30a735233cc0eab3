import type { TunnelHeader } from '../plan.js';
import { ETHERNET_HEADER_BYTES } from './link-rate.js';

/** RFC 7348: the end's frame without its check sequence, in VXLAN, in UDP, in the underlay's IP. */
export function vxlanHeaders(underlayFamily: 4 | 6): TunnelHeader[] {
  return [
    underlayFamily === 6 ? { name: 'outer IPv6', bytes: 40 } : { name: 'outer IPv4', bytes: 20 },
    { name: 'UDP', bytes: 8 },
    { name: 'VXLAN', bytes: 8 },
    { name: 'inner Ethernet', bytes: ETHERNET_HEADER_BYTES },
  ];
}

export function headerBytes(headers: readonly TunnelHeader[]): number {
  return headers.reduce((sum, { bytes }) => sum + bytes, 0);
}
