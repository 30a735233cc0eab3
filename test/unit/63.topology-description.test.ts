import { describe, expect, it } from 'vitest';
import { describePath } from '../../lib/topology/description.js';
import { planTopology } from '../../lib/topology/kinds.js';
import { parseOffloads } from '../../lib/topology/offloads.js';
import type { VerifiedPath } from '../../lib/topology/verify.js';

const path: VerifiedPath = {
  clientAddress: '198.18.0.2',
  serverAddress: '198.18.0.3',
  pathMtuBytes: 1500,
  hops: [{ namespace: 'client', interface: 'client0', kind: 'veth', mtuBytes: 1500, qdisc: 'noqueue' }],
  findings: [],
};

describe('the line that says what was built', () => {
  it('names both ends, what is between them, and what was verified', async () => {
    const hops = path.hops.map((hop) => ({ ...hop, offloads: { tso: true } }));
    const remarks = { client: 'core 0', server: 'core 1', more: ['cubic/cubic'] };
    expect(describePath(await planTopology('bridge'), { ...path, hops }, remarks)).toBe(
      'bridge: client 198.18.0.2 (core 0) -> br0 -> server 198.18.0.3 (core 1)   ' +
        'MTU 1500, path MTU 1500, TSO on, cubic/cubic',
    );
  });

  it('says nothing of what is not known, and gives the addresses of the family in use', async () => {
    expect(describePath(await planTopology('veth', { ipv6: true }), path, { family: 6 })).toBe(
      'veth: client fd00:198:18::2 -> server fd00:198:18::3   MTU 1500, path MTU 1500',
    );
  });
});

describe('offloads as ethtool tells them', () => {
  const TEXT = `Features for lo:
rx-checksumming: on [fixed]
tx-checksumming: on
\ttx-checksum-ipv4: off [fixed]
tcp-segmentation-offload: on
\ttx-tcp-segmentation: off
generic-segmentation-offload: on
generic-receive-offload: on

Features for client0:
tx-checksumming: off
tcp-segmentation-offload: off [requested on]
generic-segmentation-offload: on
generic-receive-offload: off
`;

  it('are read for each interface from the summary lines, TSO from the part that decides', () => {
    expect(Object.fromEntries(parseOffloads(TEXT))).toEqual({
      lo: { tso: false, gso: true, gro: true, txChecksum: true },
      client0: { tso: false, gso: true, gro: false, txChecksum: false },
    });
  });

  it('are unknown where ethtool said nothing', () => {
    expect(parseOffloads('').size).toBe(0);
    expect(parseOffloads('ethtool: bad command line argument(s)\n').size).toBe(0);
  });
});
