import type { LinkSurroundings } from '../../lib/compare/link/link-watch.js';
import { vxlanHeaders } from '../../lib/topology/hosts/encapsulation.js';

/** An invented link of 1 Gbit/s under VXLAN; its cards counted what a gigabyte and a quarter takes in full frames. */
export function aLink(change: Partial<LinkSurroundings> = {}): LinkSurroundings {
  const packets = Math.ceil(1.25e9 / 1398);
  return {
    planned: {
      rateBitsPerSecond: 1e9,
      mtuBytes: 1500,
      underlayFamily: 4,
      ends: [
        { namespace: 'host1', interface: 'eth0' },
        { namespace: 'host2', interface: 'eth0' },
      ],
      headers: vxlanHeaders(4),
    },
    mtuBytes: 1450,
    family: 4,
    hops: [],
    hostCores: { client: [0], server: [1] },
    sent: [
      { packets, bytes: packets * 1514 },
      { packets: 1000, bytes: 66_000 },
    ],
    ...change,
  };
}
