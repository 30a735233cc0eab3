import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitsOf } from '../../lib/compare/limits/limits.js';
import { linkFindings } from '../../lib/compare/link/link-findings.js';
import { linkMeasurementOf } from '../../lib/compare/link/link-measurement-of.js';
import { defaultSettings } from '../../lib/configuration/settings.js';
import { linkLines } from '../../lib/report/link-lines.js';
import { hostCoresOf } from '../../lib/topology/hosts/host-cores.js';
import { aLink } from '../support/a-link.js';
import { carrier, core, direction, measured, receiver, stream } from '../support/limited-measurement.js';

const overVxlan = (bitsPerSecond: number, change: Parameters<typeof measured>[0] = {}) =>
  measured({
    directions: [direction({ bitsPerSecond })],
    streams: [stream({ mssBytes: 1398 }), receiver()],
    ...change,
  });

type Asked = Partial<Parameters<typeof linkMeasurementOf>[2]>;

function link(surroundings = aLink(), figures = overVxlan(908e6), settings: Asked = {}) {
  return linkMeasurementOf(surroundings, figures, { ...defaultSettings(), ...settings });
}

const { rateBitsPerSecond: _, ...withoutRate } = aLink().planned;

describe('the arithmetic of a link', () => {
  it('stands beside what was measured', () => {
    const figures = overVxlan(908e6);
    const { packet, carriesBitsPerSecond, directions } = link();
    expect(packet).toMatchObject({ payloadBytes: 1398, lineBytes: 1538 });
    expect(carriesBitsPerSecond).toBeCloseTo((1e9 * 1398) / 1538);
    expect(directions[0]!.reachedPercent).toBeCloseTo(99.89, 1);
    expect(linkLines({ ...figures, link: link() })[0]).toBe(
      'link 1 Gbit/s: 1398 payload of 1538 bytes a packet (outer IPv4 20, UDP 8, VXLAN 8, inner Ethernet 14; ' +
        'IP and TCP 52; Ethernet 38) carries 909 Mbit/s; measured 908 Mbit/s (99.9 %)',
    );
  });

  it('is a share of a line where the link has no rate', () => {
    const free = link(aLink({ planned: withoutRate }));
    expect(free.carriesBitsPerSecond).toBeUndefined();
    expect(linkLines({ directions: [], link: free })[0]).toMatch(
      /^link without a rate of its own: 1398 payload of 1538 bytes .* would be 90\.9 % of a line's rate$/,
    );
  });

  it('there is none of datagrams whose length another program does not tell', () => {
    const unknown = link(aLink(), overVxlan(500e6), { protocol: 'udp', lengthBytes: 0 });
    expect(unknown.packet).toBeUndefined();
    expect(unknown.directions[0]!.reachedPercent).toBeUndefined();
    expect(link(aLink(), overVxlan(500e6), { protocol: 'udp', lengthBytes: 1398 }).packet!.payloadBytes).toBe(1398);
  });

  it('there is none of SCTP and Multipath TCP', () => {
    expect(link(aLink(), overVxlan(1), { protocol: 'sctp' }).packet).toBeUndefined();
    expect(link(aLink(), overVxlan(1), { mptcp: true }).packet).toBeUndefined();
  });
});

describe('a full link', () => {
  const limits = (bitsPerSecond: number, busy = core(0, { system: 99 }), rateBitsPerSecond = 1e9) => {
    const figures = overVxlan(bitsPerSecond, { cores: [busy, core(1)], streams: [stream({ cpuPercent: 99 })] });
    const packets = (bitsPerSecond * 10) / 8 / 1398;
    const sent = [{ packets, bytes: packets * 1514 }, aLink().sent[1]] as const;
    const planned = { ...aLink().planned, rateBitsPerSecond };
    return limitsOf({ ...figures, link: link(aLink({ sent, planned }), overVxlan(bitsPerSecond)) }, defaultSettings());
  };

  it('is what limits a test, before a core that has no time left', () => {
    expect(limits(908e6).map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
      'link: link, 99.9 % of 1 Gbit/s in use',
      'core-saturated: core 0 saturated (99 % system)',
    ]);
    expect(limits(908e6)[0]!.evidence).toMatchObject({ rateBitsPerSecond: 1e9, bitsPerSecond: 908e6 });
  });

  it('is known from what arrived where the card does not count each packet', () => {
    expect(limits(1810e6, undefined, 2e9)[0]!.text).toBe('link, 99.6 % of what 2 Gbit/s carries');
  });

  it('is full of acknowledgements too, and what was left in the queue does not make it more than full', () => {
    const [acks, data] = [450_000, 1_222_500_000 / 1514];
    const sent = [
      { packets: acks + data, bytes: acks * 116 + data * 1514 },
      { packets: 1000, bytes: 66_000 },
    ] as const;
    const both = [direction({ bitsPerSecond: 870e6 }), direction({ from: 'server', bitsPerSecond: 500e6 })];
    const figures = overVxlan(0, { directions: both, cores: [core(0), core(1)] });
    const found = limitsOf({ ...figures, link: link(aLink({ sent }), figures) }, defaultSettings());
    expect(found.map(({ text }) => text)).toEqual(['client to server: link, 100 % of 1 Gbit/s in use']);
    expect(found[0]!.evidence).toMatchObject({ usedPercent: 100, bitsPerSecond: 870e6 });
  });

  it('is none where a good part of it was idle', () => {
    expect(limits(880e6, core(0))).toEqual([]);
  });

  it('lets nothing through beyond its rate, or that is said', () => {
    const beyond = (bitsPerSecond: number, seconds: number, rateBitsPerSecond = 2e9) => {
      const planned = { ...aLink().planned, rateBitsPerSecond };
      return linkFindings(link(aLink({ planned }), overVxlan(bitsPerSecond)), seconds);
    };
    expect(beyond(1818e6, 10)).toEqual([]);
    expect(beyond(1900e6, 1)).toEqual([]);
    expect(beyond(1900e6, 2)).toEqual([
      {
        severity: 'warning',
        code: 'LINK_BEYOND_RATE',
        message: 'the link let more through than its rate: 104.5 % of the 1.82 Gbit/s that 2 Gbit/s carries',
        remedy: expect.stringContaining('Kernels before 6.17'),
      },
    ]);
    expect(beyond(950e6, 2, 1e9)[0]!.remedy).toBeUndefined();
    expect(linkFindings(undefined, 10)).toEqual([]);
  });
});

describe('the price of a network between hosts', () => {
  it('is told of each host from the cores that are its own', () => {
    const cores = [core(0, { system: 30, softirq: 10 }), core(1, { user: 2, system: 18, softirq: 50 })];
    const { hosts, machine } = link(aLink(), overVxlan(1e9, { cores }));
    // Ten seconds, 1.25 GB: threads of 20 % each, and what their cores did in softirq.
    expect(hosts!.client).toEqual({ cpuSecondsPerGigabyte: (2 + 1) / 1.25, softirqSecondsPerGigabyte: 1 / 1.25 });
    expect(hosts!.server.cpuSecondsPerGigabyte).toBeCloseTo((2 + 5) / 1.25);
    expect(machine!.cpuSecondsPerGigabyte).toBeCloseTo((4 + 6) / 1.25);
  });

  it('is told of both together where the ends share cores, or a switch runs on any', () => {
    expect(link(aLink({ hostCores: undefined })).hosts).toBeUndefined();
    expect(link(aLink({ hostCores: undefined })).machine).toBeDefined();
    const carriers = [carrier(10, { host: 'client' }), carrier(20, { host: 'server' })];
    const cores = [core(0, { system: 50, softirq: 10 }), core(1, { user: 2, system: 28, softirq: 50 })];
    const switched = link(aLink(), overVxlan(1e9, { cores, carriers }));
    expect(switched.hosts).toBeUndefined();
    // Threads 4 s, switches 3 s, softirq 6 s.
    expect(switched.machine!.cpuSecondsPerGigabyte).toBeCloseTo((4 + 3 + 6) / 1.25);
    expect(switched.machine!.carrierSecondsPerGigabyte).toBeCloseTo(3 / 1.25);
    const why = (figures: typeof switched) => linkLines({ directions: [], link: figures }).at(-1);
    expect(why(switched)).toBe('which host took what is not known: its switch or proxy runs on any core');
    expect(why(link(aLink({ hostCores: undefined })))).toMatch(/as root and without --rps: try --pin auto$/);
    expect(hostCoresOf({ client: [0], server: [1] })).toEqual({ client: [0], server: [1] });
    expect(hostCoresOf({ client: [0, 1], server: [1] })).toBeUndefined();
    expect(hostCoresOf({ client: [], server: [1] })).toBeUndefined();
  });

  it('does not count twice what interrupted a thread', () => {
    const cores = [core(0, { system: 60, softirq: 40 }), core(1)];
    const streams = [stream({ cpuPercent: 100, mssBytes: 1398 }), receiver()];
    expect(link(aLink(), overVxlan(1e9, { cores, streams })).hosts!.client.cpuSecondsPerGigabyte).toBeCloseTo(8);
  });

  it('is never more than the cores were busy, and a switch is part of it', () => {
    const share = fc.integer({ min: 0, max: 25 });
    const shares = fc.record({ user: share, system: share, irq: share, softirq: share });
    const percent = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(shares, shares, percent, fc.array(percent, { maxLength: 2 }), (one, other, ofThread, ofCarriers) => {
        const cores = [core(0, one), core(1, other)];
        const streams = [stream({ cpuPercent: ofThread }), receiver({ cpuPercent: ofThread })];
        const carriers = ofCarriers.map((each) => carrier(each));
        const { hosts, machine } = link(aLink(), overVxlan(1e9, { cores, streams, carriers }));
        const busy = cores.map(({ idle }) => ((100 - idle) / 100) * 10);
        const most = (seconds: number) => seconds / 1.25 + 1e-9;
        expect(machine!.cpuSecondsPerGigabyte).toBeLessThanOrEqual(most(busy[0]! + busy[1]!));
        expect(machine!.carrierSecondsPerGigabyte ?? 0).toBeLessThanOrEqual(machine!.cpuSecondsPerGigabyte);
        expect(hosts?.client.cpuSecondsPerGigabyte ?? 0).toBeLessThanOrEqual(most(busy[0]!));
        expect(hosts?.server.cpuSecondsPerGigabyte ?? 0).toBeLessThanOrEqual(most(busy[1]!));
      }),
    );
  });

  it('says what became of segments', () => {
    const packets = (sent: number, planned = withoutRate) =>
      linkLines({
        directions: [],
        link: link(aLink({ planned, sent: [{ packets: sent, bytes: 1.3e9 }, aLink().sent[1]] })),
      })[1];
    expect(packets(20_000)).toBe(
      "price: the tunnel's headers 50 of 1538 bytes (3.3 %); 44.7 segments a packet on the link",
    );
    expect(packets(900_000)).toMatch(/a segment a packet on the link: segmentation offload is lost on the way$/);
    // Small writes: each is a packet, and there was nothing to take apart.
    expect(packets(1_250_000)).toBe("price: the tunnel's headers 50 of 1538 bytes (3.3 %)");
    expect(packets(900_000, aLink().planned)).toMatch(/segments are taken apart for the link's rate$/);
  });

  it('is not told of packets whose payload is not known', () => {
    const packetsOf = (change: Parameters<typeof direction>[0], settings: Asked) =>
      link(aLink(), overVxlan(908e6, { directions: [direction(change)] }), settings).directions[0]!;
    expect(packetsOf({}, { omitSeconds: 1 }).packetsPerGigabyte).toBeDefined();
    const omitted = packetsOf({}, { omitSeconds: 1, omitsBytes: true });
    expect(omitted.packetsPerGigabyte).toBeUndefined();
    expect(omitted.segmentsPerPacket).toBeUndefined();
    expect(packetsOf({}, { omitsBytes: true }).segmentsPerPacket).toBeCloseTo(1);
    const udp = { protocol: 'udp', lengthBytes: 1398 } as const;
    expect(packetsOf({ lost: 1 }, udp).packetsPerGigabyte).toBeUndefined();
    expect(packetsOf({ lost: 0 }, udp).packetsPerGigabyte).toBeDefined();
  });

  it.each([
    [
      'client',
      [
        ['client', 'eth0'],
        ['host1', 'vxlan0'],
        ['host1', 'eth0'],
        ['host2', 'br0'],
        ['host2', 'port'],
      ],
    ],
    [
      'server',
      [
        ['host1', 'port'],
        ['host1', 'br0'],
        ['host2', 'eth0'],
        ['host2', 'vxlan0'],
        ['server', 'eth0'],
      ],
    ],
  ] as const)('finds lost offloads only where the %s’s packets go out', (from, names) => {
    const hop = (namespace: string, name: string, kind: string) => ({
      ...{ namespace, interface: name, kind, mtuBytes: 1450, qdisc: 'fq', offloads: { tso: false } },
    });
    const host = (namespace: string) => [
      hop(namespace, 'port', 'veth'),
      hop(namespace, 'br0', 'bridge'),
      hop(namespace, 'vxlan0', 'vxlan'),
      hop(namespace, 'eth0', 'veth'),
    ];
    const hops = [
      hop('client', 'eth0', 'veth'),
      ...host('host1'),
      ...host('host2').toReversed(),
      hop('server', 'eth0', 'veth'),
    ];
    const found = link(aLink({ hops }), overVxlan(908e6, { directions: [direction({ from })] })).lostOffloads!;
    expect(found.map(({ namespace, interface: name }) => [namespace, name])).toEqual(names);
  });

  it('finds them at the first end of a cable within a host, as Weave Net has one', () => {
    const hop = (namespace: string, name: string, kind = 'veth') => ({
      ...{ namespace, interface: name, kind, mtuBytes: 1450, qdisc: 'fq', offloads: { txChecksum: false } },
    });
    const host = (namespace: string) => [
      ...[
        hop(namespace, 'port'),
        hop(namespace, 'weave', 'bridge'),
        hop(namespace, 'to-path'),
        hop(namespace, 'to-weave'),
      ],
      hop(namespace, 'eth0'),
    ];
    const hops = [hop('client', 'eth0'), ...host('host1'), ...host('host2').toReversed(), hop('server', 'eth0')];
    const names = link(aLink({ hops })).lostOffloads!.map(({ interface: name }) => name);
    expect(names).toEqual(['eth0', 'to-path', 'eth0', 'to-weave', 'weave', 'port']);
  });

  it('names the hop that has lost an offload', () => {
    const hop = { namespace: 'host1', interface: 'br-int', kind: 'tun', mtuBytes: 1450, qdisc: 'fq' };
    const hops = [
      { ...hop, offloads: { tso: false, txChecksum: false } },
      { ...hop, interface: 'eth0', offloads: { tso: true } },
    ];
    const lost = link(aLink({ hops }));
    expect(lost.lostOffloads).toEqual([{ namespace: 'host1', interface: 'br-int', features: ['TSO', 'checksums'] }]);
    expect(linkLines({ directions: [], link: lost })[1]).toMatch(/; no TSO and checksums at br-int in host1$/);
  });
});
