import { describe, expect, it } from 'vitest';
import type { TriedDirection } from '../../lib/topology/diagnosis/directions.js';
import { directionsOf } from '../../lib/topology/diagnosis/directions.js';
import { passagesOf } from '../../lib/topology/diagnosis/passages.js';
import type { PathFacts } from '../../lib/topology/diagnosis/path-facts.js';
import { pathFindings } from '../../lib/topology/diagnosis/path-findings.js';
import type { Subject } from '../../lib/topology/diagnosis/subject.js';
import { tunnelsOf } from '../../lib/topology/diagnosis/tunnels.js';
import type { TunnelHeader } from '../../lib/topology/plan.js';
import type { HopState } from '../../lib/topology/read-hops.js';
import { holderOf } from '../../lib/topology/tunnel-ports.js';

const HEADERS: readonly TunnelHeader[] = [
  { name: 'outer IPv4', bytes: 20 },
  { name: 'UDP', bytes: 8 },
];

/** `namespace/interface kind`, with the switch that it is a port of. */
const WAY = [
  'client/client0 veth',
  'host1/port veth < br0',
  'host1/br0 bridge',
  'host1/vxlan0 vxlan',
  'host1/eth0 veth',
  'host2/eth0 veth',
  'host2/vxlan0 vxlan',
  'host2/port veth',
  'server/server0 veth',
];

function hops(mtus: Record<string, number> = {}): HopState[] {
  return WAY.map((text) => {
    const [, namespace, device, kind, master] = /^(\w+)\/(\w+) (\w+)(?: < (\w+))?$/.exec(text)!;
    return {
      namespace: namespace!,
      interface: device!,
      kind: kind!,
      master,
      mtuBytes: mtus[`${namespace}/${device}`] ?? 1500,
      qdisc: 'noqueue',
      administrativelyUp: true,
      carries: true,
    };
  });
}

function subject(more: Partial<Subject> = {}): Subject {
  return {
    kind: 'vxlan',
    client: { namespace: 'client', interface: 'client0', ipv4: '198.18.0.2', ipv6: undefined },
    server: { namespace: 'server', interface: 'server0', ipv4: '198.18.0.3', ipv6: undefined },
    morePairs: [],
    serverReachesClient: true,
    path: hops().map(({ namespace, interface: device }) => ({ namespace, interface: device })),
    mtuBytes: 1500,
    link: {
      ends: [
        { namespace: 'host1', interface: 'eth0' },
        { namespace: 'host2', interface: 'eth0' },
      ],
      headers: HEADERS,
    },
    ...more,
  };
}

function facts(
  of: Subject,
  states: readonly HopState[],
  crossed: Partial<NonNullable<TriedDirection['mtu']>>,
): PathFacts {
  return {
    subject: of,
    hops: states,
    directions: directionsOf(of).map((direction) => ({
      ...direction,
      failure: undefined,
      connectMs: 0.1,
      mtu: { bytes: 1500, wantedBytes: 1500, senderKnows: false, ...crossed },
    })),
    congestion: { client: 'cubic', server: 'cubic' },
    evidence: [],
  };
}

describe('the tunnels of a path', () => {
  const shown = (of: Subject) =>
    tunnelsOf(of, hops()).map(({ mouths, underlay, roomBytes }) => ({
      mouths: mouths.map((hop) => `${hop?.namespace}/${hop?.interface}`),
      underlay: underlay.map((hop) => `${hop.namespace}/${hop.interface}`),
      roomBytes,
    }));
  const one = [{ mouths: ['host1/vxlan0', 'host2/vxlan0'], underlay: ['host1/eth0', 'host2/eth0'], roomBytes: 1472 }];

  it("are where a link's headers are around the packets", () => {
    expect(shown(subject())).toEqual(one);
  });

  it('are where hops that were found say so', () => {
    const path = subject().path.map((hop) => ({ ...hop, ...(hop.interface === 'eth0' ? { headers: HEADERS } : {}) }));
    expect(shown(subject({ link: undefined, path }))).toEqual(one);
  });

  it('are none where packets go as they are', () => {
    expect(shown(subject({ link: undefined }))).toEqual([]);
    expect(shown(subject({ link: { ...subject().link!, headers: [] } }))).toEqual([]);
  });
});

describe('the steps of a way', () => {
  it('go by cable, switch, route and tunnel, in either direction', () => {
    const { client: from, server: to } = subject();
    const there = passagesOf({ from, to }, subject(), hops()).map(({ how }) => how);
    expect(there).toEqual([...['cable', 'switch', 'route', 'into tunnel', 'cable', 'out of tunnel', 'route', 'cable']]);
    const back = passagesOf({ from: to, to: from }, subject(), hops());
    expect(back.map(({ how }) => how)).toEqual([
      ...['cable', 'route', 'into tunnel', 'cable', 'out of tunnel', 'route', 'switch', 'cable'],
    ]);
    expect(back[2]).toMatchObject({ from: { namespace: 'host2', interface: 'vxlan0' }, around: true });
  });

  it('are none for an end that is not on the path', () => {
    const other = { ...subject().client, namespace: 'client2' };
    expect(passagesOf({ from: other, to: subject().server }, subject(), hops())).toEqual([]);
  });
});

describe('full packets that leave no room for the headers', () => {
  const PARTING =
    'they part where vxlan0 in host1 puts 28 bytes around each packet (outer IPv4 20, UDP 8) ' +
    "and the link's MTU at eth0 in host1 is 1500: the ends may have 1472";

  it('are lost: with what would fit, once for both directions', () => {
    expect(pathFindings(facts(subject(), hops(), { bytes: 1472 }))).toEqual([
      {
        severity: 'error',
        code: 'ERR_PATH_MTU',
        message:
          'vxlan has a path MTU of 1472 bytes, client to server over IPv4, but client0 in client has an MTU of 1500; ' +
          `${PARTING}: small packets pass, TCP starts and then stops, UDP above 1444 bytes disappears`,
        remedy: 'Give the ends what fits: --mtu 1472; or give the link room for their packets: --link-mtu 1528.',
      },
    ]);
  });

  it('arrive in pieces: an error of a network of our own, a warning of one that was found', () => {
    const [own, ...more] = pathFindings(facts(subject(), hops(), {}));
    expect(more).toEqual([]);
    expect(own).toMatchObject({
      severity: 'error',
      code: 'ERR_PATH_MTU',
      message: expect.stringContaining(`carries packets of 1500 bytes only in pieces, client to server over IPv4`),
    });
    expect(own?.message).toContain(`${PARTING}: each full packet is two on the link`);
    expect(pathFindings(facts(subject({ mtuBytes: undefined }), hops(), {}))).toMatchObject([
      {
        severity: 'warning',
        code: 'PATH_MTU',
        remedy:
          'ip link set client0 mtu 1472 in client, and at the other end; ' +
          'or ip link set eth0 mtu 1528 in host1 and ip link set eth0 mtu 1528 in host2.',
      },
    ]);
  });

  it('where the kernel has cut the device down: its link is the cause', () => {
    const states = hops({ 'host1/vxlan0': 1472, 'host2/vxlan0': 1472 });
    const [finding] = pathFindings(facts(subject(), states, { bytes: 1472 }));
    expect(finding?.message).toBe(
      'vxlan has an MTU of 1472 bytes at vxlan0 in the namespace host1, and 1500 was asked for; ' +
        `${PARTING}; packets of more than 1472 bytes do not arrive`,
    );
    const [found] = pathFindings(facts(subject({ mtuBytes: undefined }), states, { bytes: 1472 }));
    expect(found?.message).toContain(PARTING);
  });

  it('of a device that has what its link leaves: all that is too narrow for the ends, the link first', () => {
    const states = hops({ 'host1/vxlan0': 1472, 'host2/vxlan0': 1472 });
    const all =
      'or ip link set eth0 mtu 1528 in host1 and ip link set eth0 mtu 1528 in host2 and ' +
      'ip link set vxlan0 mtu 1500 in host1 and ip link set vxlan0 mtu 1500 in host2.';
    for (const bytes of [1472, 1500]) {
      const [found] = pathFindings(facts(subject({ mtuBytes: undefined }), states, { bytes }));
      expect(found?.remedy).toBe(`ip link set client0 mtu 1472 in client, and at the other end; ${all}`);
    }
  });

  it('of senders that were told, who are to forget it', () => {
    const told = { bytes: 1472, senderKnows: true };
    const [found] = pathFindings(facts(subject({ mtuBytes: undefined }), hops({ 'host1/eth0': 1528 }), told));
    expect(found?.remedy).toMatch(
      /or ip link set eth0 mtu 1528 in host2 and ip route flush cache in client and ip route flush cache in server\.$/,
    );
  });

  it('behind a port that is too narrow itself: all the same, bridges last', () => {
    const states = hops({ 'host1/port': 1400, 'host1/br0': 1400, 'host2/vxlan0': 1472 });
    expect(pathFindings(facts(subject({ mtuBytes: undefined }), states, { bytes: 1400 }))[0]?.remedy).toBe(
      'ip link set eth0 mtu 1528 in host1 and ip link set eth0 mtu 1528 in host2 and ip link set port mtu 1500 in ' +
        'host1 and ip link set vxlan0 mtu 1500 in host2 and ip link set br0 mtu 1500 in host1, ' +
        'or ip link set client0 mtu 1400 in client.',
    );
  });

  it('are none where the link has room', () => {
    expect(
      pathFindings(facts(subject({ mtuBytes: undefined }), hops({ 'host1/eth0': 1528, 'host2/eth0': 1528 }), {})),
    ).toEqual([]);
  });
});

describe('full packets that a link without headers is too narrow for', () => {
  const path = subject().path.map((hop) => ({ ...hop, mtuBytes: hop.interface === 'eth0' ? 1500 : 9000 }));
  const wide = subject({ path, mtuBytes: 9000, link: { ...subject().link!, headers: [] } });
  const states = hops().map((hop) => ({ ...hop, mtuBytes: hop.interface === 'eth0' ? 1500 : 9000 }));

  it('of a network of our own: what to ask for instead', () => {
    const [found, ...more] = pathFindings(facts(wide, states, { bytes: 1500, wantedBytes: 9000 }));
    expect(found).toMatchObject({
      code: 'ERR_PATH_MTU',
      message: expect.stringContaining('they part at eth0 in the namespace host1, whose MTU is 1500'),
      remedy: 'Give the ends what fits: --mtu 1500; or give the link room for their packets: --link-mtu 9000.',
    });
    expect(more.map(({ remedy }) => remedy)).toEqual([found?.remedy]);
  });

  it.each([
    ['at a place that no hop shows', 1404, 'give every hop the same MTU: --mtu 1404.'],
    ['so that nothing is known to fit', 0, 'give every hop the same MTU.'],
  ])('or they are lost %s', (_, bytes, remedy) => {
    const [found] = pathFindings(facts(subject({ link: undefined }), hops(), { bytes }));
    expect(found?.remedy).toBe(`TCP would start on such a path and then stop; ${remedy}`);
  });
});

describe('who has a port', () => {
  const SOCKETS = `UNCONN 0      0      0.0.0.0:4789 0.0.0.0:* users:(("node",pid=4711,fd=18))
UNCONN 0      0         [::]:8472    [::]:*
UNCONN 0      0      0.0.0.0:6081 0.0.0.0:*
UNCONN 0      0         [::]:6081    [::]:* users:(("node",pid=4712,fd=19))
`;
  it.each([
    [4789, { process: 'node', pid: 4711 }],
    [8472, 'kernel'],
    [6081, { process: 'node', pid: 4712 }],
    [789, undefined],
  ])('%d', (port, holder) => {
    expect(holderOf(SOCKETS, port)).toEqual(holder);
  });
});
