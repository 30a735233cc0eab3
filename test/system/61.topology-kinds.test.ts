import { describe, expect, it } from 'vitest';
import { topology } from '../../lib/topology/topology.js';

/** Made of nothing but namespaces and what the kernel has; switches and engines have tests of their own. */
const KERNEL_KINDS = ['loopback', 'veth', 'bridge', 'macvlan', 'routed', 'nat'];

/** From a bridge into a tunnel, and back out of it. */
function acrossHosts(bridge: string, tunnel: string): string[] {
  const onHost = (host: string, port: string) => [
    `${host}/${port} veth`,
    `${host}/${bridge} bridge`,
    `${host}/${tunnel} vxlan`,
    `${host}/eth0 veth`,
  ];
  return [
    'client/client0 veth',
    ...onHost('host1', 'port-client0'),
    ...onHost('host2', 'port-server0').toReversed(),
    'server/server0 veth',
  ];
}

/** Reachability in both families and packets of the full MTU are what topology() itself verifies. */
describe.each(KERNEL_KINDS)('%s', (kind) => {
  it('stands, with both ends in both families', async () => {
    const start = performance.now();
    const lab = await topology(kind);
    const built = performance.now();
    try {
      expect(lab.kind).toBe(kind);
      for (const end of [lab.client, lab.server]) {
        expect(end.namespace.fd).toBeGreaterThan(2);
        expect(end.ipv4).toMatch(/^(127\.0\.0\.1|198\.18\.[01]\.[23])$/);
        expect(end.ipv6).toMatch(/^(::1|fd00:198:18:(1:)?:[23])$/);
        expect(lab.description()).toContain(`${end.name} ${end.ipv4}`);
      }
      expect(lab.path).toMatchObject({ clientAddress: lab.client.ipv4, serverAddress: lab.server.ipv4 });
    } finally {
      const measured = performance.now();
      await lab.close();
      const removed = performance.now() - measured;
      console.log(
        `${kind}: built in ${lab.times.buildMs.toFixed(1)} ms, built and verified in ${(built - start).toFixed(1)} ms, ` +
          `removed in ${removed.toFixed(1)} ms`,
      );
    }
  });

  it.each([576, 1400, 9000, 65_535])(
    'carries packets of %d bytes and no larger hop claims otherwise',
    async (mtuBytes) => {
      await using lab = await topology(kind, { mtuBytes });
      expect(lab.path.pathMtuBytes).toBe(mtuBytes);
      expect(lab.path.hops.map((hop) => hop.mtuBytes)).toEqual(lab.path.hops.map(() => mtuBytes));
      expect(lab.client.mtuBytes).toBe(mtuBytes);
      expect(lab.description()).toContain(`MTU ${mtuBytes}, path MTU ${mtuBytes}`);
      expect(lab.client.ipv6 === undefined).toBe(mtuBytes < 1280);
    },
  );
});

/** With the bytes of headers that they put around a packet. */
const ACROSS_HOSTS: [kind: string, headerBytes: number][] = [
  ['hosts', 0],
  ['vxlan', 50],
  ['flannel-vxlan', 50],
  ['flannel-host-gw', 0],
];

describe.each(ACROSS_HOSTS)('%s', (kind, headerBytes) => {
  it.each([1300, 1500, 9000])('stands on a link of %d bytes, which the ends fill', async (linkMtuBytes) => {
    await using lab = await topology(kind, { linkMtuBytes });
    const mtuBytes = linkMtuBytes - headerBytes;
    expect(lab.path.pathMtuBytes).toBe(mtuBytes);
    expect(lab.path.hops.map((hop) => hop.mtuBytes)).toEqual(
      lab.path.hops.map((hop) => (hop.interface === 'eth0' ? linkMtuBytes : mtuBytes)),
    );
    expect(lab.link).toMatchObject({ mtuBytes: linkMtuBytes, rateBitsPerSecond: undefined });
    for (const end of [lab.client, lab.server]) {
      expect(end.ipv4).toMatch(/^198\.18\.\d+\.[123]$/);
      expect(end.ipv6 === undefined).toBe(mtuBytes < 1280);
    }
    console.log(`${kind}: built in ${lab.times.buildMs.toFixed(1)} ms`);
  });
});

describe('every hop is read back', () => {
  it('of a bridge: kind, queue, master and offloads', async () => {
    await using lab = await topology('bridge');
    expect(
      lab.path.hops.map(({ namespace, interface: name, kind, master }) => [namespace, name, kind, master]),
    ).toEqual([
      ['client', 'client0', 'veth', undefined],
      ['switch', 'port-client0', 'veth', 'br0'],
      ['switch', 'br0', 'bridge', undefined],
      ['switch', 'port-server0', 'veth', 'br0'],
      ['server', 'server0', 'veth', undefined],
    ]);
    for (const hop of lab.path.hops) {
      expect(hop.qdisc).toMatch(/^[a-z_]+$/);
      expect(hop.offloads).toEqual({
        tso: expect.any(Boolean),
        gso: expect.any(Boolean),
        gro: expect.any(Boolean),
        txChecksum: expect.any(Boolean),
      });
    }
    expect(lab.description({ client: 'core 0', server: 'core 1' })).toMatch(
      /^bridge: client 198\.18\.0\.2 \(core 0\) -> br0 -> server 198\.18\.0\.3 \(core 1\) {3}MTU 1500, path MTU 1500, TSO on$/,
    );
  });

  it.each([
    ['macvlan', ['client/client0 macvlan', 'switch/parent0 veth', 'server/server0 macvlan']],
    ['routed', ['client/client0 veth', 'router/port-client0 veth', 'router/port-server0 veth', 'server/server0 veth']],
    ['nat', ['client/client0 veth', 'router/port-client0 veth', 'router/port-server0 veth', 'server/server0 veth']],
    ['hosts', ['host1/eth0 veth', 'host2/eth0 veth']],
    ['vxlan', acrossHosts('br0', 'vxlan0')],
    ['flannel-vxlan', acrossHosts('cni0', 'flannel.1')],
  ])('of %s', async (kind, hops) => {
    await using lab = await topology(kind);
    expect(lab.path.hops.map((hop) => `${hop.namespace}/${hop.interface} ${hop.kind}`)).toEqual(hops);
  });

  it('of loopback: the largest IPv4 packet is one byte less than the device takes', async () => {
    await using lab = await topology('loopback');
    expect(lab.path.hops).toMatchObject([{ interface: 'lo', kind: 'loopback', mtuBytes: 65_536 }]);
    expect(lab.path.pathMtuBytes).toBe(65_535);
    expect(lab.client.namespace).toBe(lab.server.namespace);
  });

  it('at the smallest MTU that IPv4 has', async () => {
    await using lab = await topology('veth', { mtuBytes: 68 });
    expect(lab.path.pathMtuBytes).toBe(68);
  });

  it('two labs of one kind do not meet', async () => {
    await using one = await topology('veth');
    await using other = await topology('veth', { mtuBytes: 1400 });
    expect(one.path.pathMtuBytes).toBe(1500);
    expect(other.path.pathMtuBytes).toBe(1400);
    expect(one.client.namespace.fd).not.toBe(other.client.namespace.fd);
  });
});
