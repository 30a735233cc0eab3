import { LOOPBACK_ADDRESSES } from '../addresses.js';
import type { TopologyKind } from '../kind.js';
import { inside } from '../plan.js';

const SUMMARY = 'both ends in one namespace, joined by its loopback device';

/** The floor under every other figure: the kernel's TCP and UDP with no device, no switch and no second namespace. */
export const loopback: TopologyKind = {
  name: 'loopback',
  summary: SUMMARY,
  needs: { commands: ['ip', 'nsenter'], modules: [] },
  // The loopback device is made with 65536, one more than the largest IPv4 packet.
  mtu: { minimumBytes: 68, maximumBytes: 65_536, defaultBytes: 65_536 },
  takes: [],
  rootless: true,
  plan({ mtuBytes, ipv6 }) {
    const end = {
      namespace: 'loopback',
      interface: 'lo',
      ipv4: LOOPBACK_ADDRESSES.ipv4,
      ipv6: ipv6 ? LOOPBACK_ADDRESSES.ipv6 : undefined,
    };
    return {
      kind: 'loopback',
      summary: SUMMARY,
      namespaces: ['loopback'],
      steps: [inside('loopback', `ip link set lo mtu ${mtuBytes} up`)],
      client: end,
      server: end,
      path: [{ namespace: 'loopback', interface: 'lo' }],
      via: ['lo'],
      mtuBytes,
      morePairs: [],
      serverReachesClient: true,
      carriers: [],
      remarks: [],
    };
  },
};
