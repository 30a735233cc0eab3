import { describe, expect, it } from 'vitest';
import type { TriedDirection } from '../../lib/topology/diagnosis/directions.js';
import { directionsOf } from '../../lib/topology/diagnosis/directions.js';
import { parseIptables, parseNftables, ruleCounts } from '../../lib/topology/diagnosis/dropping-rules.js';
import { type Evidence, sumChecksumErrors } from '../../lib/topology/diagnosis/evidence.js';
import { devicesWithoutEntry } from '../../lib/topology/diagnosis/forwarding-entries.js';
import type { PathFacts } from '../../lib/topology/diagnosis/path-facts.js';
import { pathFindings } from '../../lib/topology/diagnosis/path-findings.js';
import type { Subject } from '../../lib/topology/diagnosis/subject.js';
import type { HopState } from '../../lib/topology/read-hops.js';

const END = { ipv4: '198.18.0.2', ipv6: undefined };
const CLIENT = { ...END, namespace: 'client', interface: 'client0' };
const SERVER = { ...END, namespace: 'server', interface: 'server0', ipv4: '198.18.0.3' };
const BRIDGE: Subject = {
  kind: 'bridge',
  client: CLIENT,
  server: SERVER,
  morePairs: [],
  serverReachesClient: true,
  path: [
    { namespace: 'client', interface: 'client0' },
    { namespace: 'switch', interface: 'port0', master: 'br0' },
    { namespace: 'server', interface: 'server0' },
  ],
  mtuBytes: 1500,
};

function hop(namespace: string, device: string, more: Partial<HopState> = {}): HopState {
  const state = { kind: 'veth', mtuBytes: 1500, qdisc: 'noqueue', administrativelyUp: true, carries: true };
  return { ...state, namespace, interface: device, ...more };
}

function facts(
  subject: Subject,
  hops: Partial<HopState>[] = [],
  directions: Partial<TriedDirection>[] = [],
): PathFacts {
  const [client, port, server] = hops;
  return {
    subject,
    hops: [
      hop('client', 'client0', client),
      hop('switch', 'port0', { master: 'br0', ...port }),
      hop('server', 'server0', server),
    ],
    directions: directionsOf(subject).map((direction, index) => ({
      ...direction,
      failure: undefined,
      connectMs: 0.1,
      mtu: { bytes: 1500, wantedBytes: 1500, senderKnows: false },
      ...directions[index],
    })),
    congestion: { client: 'cubic', server: 'cubic' },
    evidence: [],
  };
}

const EVIDENCE: Evidence = {
  direction: 'client to server over IPv4',
  host: '198.18.0.3',
  sender: { namespace: 'client', interface: 'client0', txChecksum: true },
  checksumErrors: 0,
  route: { device: 'client0' },
  neighbour: { mac: '02:00:00:00:00:03', state: 'REACHABLE' },
  routersOff: [],
  gaps: [],
  missingEntries: [],
  filters: [],
};

describe('a sound path', () => {
  it('has no findings', () => {
    expect(pathFindings(facts(BRIDGE))).toEqual([]);
  });
});

describe('the directions of a network', () => {
  const name = (subject: Subject) => directionsOf(subject).map((direction) => direction.name);

  it('are both, in each family', () => {
    const six = { ...BRIDGE, server: { ...SERVER, ipv6: 'fd00:198:18::3' } };
    expect(name(six)).toEqual([
      'client to server over IPv4',
      'client to server over IPv6',
      'server to client over IPv4',
    ]);
  });

  it('are of every pair', () => {
    expect(name({ ...BRIDGE, morePairs: [{ client: CLIENT, server: SERVER }] })).toEqual([
      'client to server over IPv4',
      'server to client over IPv4',
      'client2 to server2 over IPv4',
      'server2 to client2 over IPv4',
    ]);
  });

  it('are one where the server cannot begin, to where the client is to connect', () => {
    const target = { ipv4: '198.18.9.1', port: 5201, serverPort: 5202 };
    expect(directionsOf({ ...BRIDGE, target, serverReachesClient: false })).toMatchObject([
      { host: '198.18.9.1', family: 4, translated: { port: 5201, serverPort: 5202 } },
    ]);
  });
});

describe('interfaces that let nothing through', () => {
  it('are named, causes before effects', () => {
    const found = pathFindings(facts(BRIDGE, [{ administrativelyUp: false, carries: false }, { carries: false }], []));
    expect(found.map(({ message }) => message)).toEqual([
      'bridge carries nothing: client0 in the namespace client is set down',
    ]);
  });

  it('are told what to do about where they were found, not built', () => {
    const [finding] = pathFindings(facts({ ...BRIDGE, mtuBytes: undefined }, [{ administrativelyUp: false }]));
    expect(finding?.remedy).toBe('ip link set client0 up, in client.');
  });

  it('are ports of no switch, or of one that does not forward', () => {
    expect(pathFindings(facts(BRIDGE, [{}, { master: undefined }]))[0]?.message).toMatch(
      /port0 .* is not a port of br0$/,
    );
    const listening = { carries: false, notForwarding: 'is listening instead of forwarding' };
    expect(pathFindings(facts(BRIDGE, [{}, listening]))[0]?.message).toMatch(
      /port0 .* is up but is listening instead of forwarding$/,
    );
  });
});

describe('an MTU larger than the path', () => {
  const found = { ...BRIDGE, mtuBytes: undefined };
  const narrow = { mtu: { bytes: 1404, wantedBytes: 1500, senderKnows: false } };

  it('is one finding for both directions, with the hop where they part and what happens', () => {
    expect(pathFindings(facts(found, [{}, { mtuBytes: 1400 }], [narrow, narrow]))).toEqual([
      {
        severity: 'error',
        code: 'ERR_PATH_MTU',
        message:
          'bridge has a path MTU of 1404 bytes, client to server over IPv4, but client0 in client has an MTU of 1500; ' +
          'they part at port0 in the namespace switch, whose MTU is 1400: TCP starts and then stops, ' +
          'UDP above 1376 bytes disappears',
        remedy: 'ip link set port0 mtu 1500 in switch, or ip link set client0 mtu 1400 in client.',
      },
    ]);
  });

  it('is no error where the sender is told, and TCP keeps to it', () => {
    const known = { mtu: { ...narrow.mtu, senderKnows: true } };
    expect(pathFindings(facts(found, [], [known]))).toMatchObject([
      { severity: 'warning', code: 'PATH_MTU', message: expect.stringContaining('the sender knows') },
    ]);
  });

  it('in a network of our own is that of a hop, with what crosses', () => {
    expect(pathFindings(facts(BRIDGE, [{}, { mtuBytes: 1400 }], [narrow, narrow]))).toMatchObject([
      {
        code: 'ERR_PATH_MTU',
        message:
          'bridge has an MTU of 1400 bytes at port0 in the namespace switch, and 1500 was asked for; ' +
          'packets of more than 1404 bytes do not arrive',
      },
    ]);
  });
});

describe('a direction that nothing crosses', () => {
  const silent = { failure: new Error('nothing arrived within 2 s'), mtu: undefined };
  const message = (evidence: Partial<Evidence>) =>
    pathFindings({ ...facts(BRIDGE, [], [silent, silent]), evidence: [{ ...EVIDENCE, ...evidence }] });

  it('is told once, with the others', () => {
    expect(message({})).toMatchObject([
      {
        message:
          'bridge carries nothing: client to server over IPv4 does not get through: nothing arrived within 2 s; ' +
          'nor does server to client over IPv4',
      },
    ]);
    expect(pathFindings(facts(BRIDGE, [], [silent]))[0]?.message).toMatch(/^bridge does not carry everything: /);
  });

  it.each<[string, Partial<Evidence>, RegExp, RegExp]>([
    ['wrong checksums', { checksumErrors: 3 }, /wrong checksums \(3 counted there\): client0/, /--offload tx=off/],
    ['no route', { route: { error: 'Network is unreachable' } }, /client has no way to 198\.18\.0\.3/, /ip route add/],
    [
      'a router that is off',
      { routersOff: [{ namespace: 'router', family: 6 }] },
      /router is to route and does not \(net\.ipv6\.conf\.all\.forwarding is 0\)/,
      /sysctl -w/,
    ],
    [
      'a forwarding entry that is missing',
      { missingEntries: [{ namespace: 'host', device: 'vxlan1', mac: '02:00:00:00:00:01' }] },
      /vxlan1 in host has no forwarding entry for 02:00:00:00:00:01/,
      /^bridge fdb append 02:00:00:00:00:01 dev vxlan1 dst HOST/,
    ],
    [
      'nobody there',
      { neighbour: { mac: undefined, state: 'FAILED' } },
      /nobody answers for 198\.18\.0\.3 on client0 of client \(neighbour FAILED\)/,
      /ARP/,
    ],
    [
      'a filter',
      { filters: [{ namespace: 'server', rule: '-A INPUT -j DROP', command: 'iptables -v -S' }] },
      /the link answers \(neighbour REACHABLE\), but server has a packet filter that drops: -A INPUT -j DROP/,
      /iptables -v -S, in server/,
    ],
  ])('for %s', (_, evidence, words, remedy) => {
    const [finding] = message(evidence);
    expect(finding?.message).toMatch(words);
    expect(finding?.remedy).toMatch(remedy);
  });
});

describe('a queue that holds packets back', () => {
  it('is a note; one that only orders them is none', () => {
    expect(pathFindings(facts(BRIDGE, [{ qdisc: 'fq_codel' }, { qdisc: 'tbf' }]))).toMatchObject([
      { severity: 'note', code: 'QUEUE', message: expect.stringContaining('tbf at port0') },
    ]);
  });
});

describe('rules that drop', () => {
  it('are read from nftables, with their chain', () => {
    const text = `table inet guard {
\tchain input {
\t\ttype filter hook input priority filter; policy drop;
\t\tct state established accept
\t\ttcp dport 22 counter packets 7 bytes 420 drop
\t\tip saddr 198.18.0.2 reject
\t}
}
`;
    expect(parseNftables(text)).toEqual([
      { rule: 'chain input, policy drop', packets: undefined },
      { rule: 'chain input, tcp dport 22 drop', packets: 7 },
      { rule: 'chain input, ip saddr 198.18.0.2 reject', packets: undefined },
    ]);
  });

  it('are read from iptables', () => {
    const text =
      '-P INPUT ACCEPT -c 0 0\n-P FORWARD DROP -c 3 180\n-A FORWARD -i a0 -c 2 120 -j DROP\n-A FORWARD -j ACCEPT\n';
    expect(parseIptables(text)).toEqual([
      { rule: '-P FORWARD DROP', packets: 3 },
      { rule: '-A FORWARD -i a0 -j DROP', packets: 2 },
    ]);
  });

  it('come first when they have just counted', () => {
    const rule = (name: string, packets: number | undefined) => ({
      namespace: 'x',
      rule: name,
      command: 'nft',
      packets,
    });
    const before = [rule('one', 5), rule('two', 5), rule('three', undefined)];
    const after = [rule('one', 5), rule('two', 6), rule('three', undefined)];
    expect(ruleCounts(before, after).map((one) => one.rule)).toEqual(['two', 'one', 'three']);
  });
});

describe('what the kernel counts and forwards', () => {
  it('are wrong checksums of TCP, UDP and UDPv6', () => {
    const text = `Ip: Forwarding DefaultTTL
Ip: 1 64
Tcp: RtoAlgorithm InErrs InCsumErrors
Tcp: 1 9 4
Udp: InDatagrams InCsumErrors MemErrors
Udp: 8 2 0
Ip6InReceives                   \t0
Udp6InCsumErrors                \t1
`;
    expect(sumChecksumErrors(text)).toBe(7);
    expect(sumChecksumErrors('')).toBe(0);
  });

  it('are VXLAN entries, of the address, of any, or of the device', () => {
    const mac = '02:00:00:00:00:01';
    const link = { ifname: 'vxlan1' };
    expect(devicesWithoutEntry([link], [], mac)).toEqual(['vxlan1']);
    expect(devicesWithoutEntry([link], [{ mac, ifname: 'vxlan1' }], mac)).toEqual(['vxlan1']);
    expect(devicesWithoutEntry([link], [{ mac, ifname: 'vxlan1', dst: '198.18.40.2' }], mac)).toEqual([]);
    expect(
      devicesWithoutEntry([link], [{ mac: '00:00:00:00:00:00', ifname: 'vxlan1', dst: '198.18.40.2' }], mac),
    ).toEqual([]);
    expect(devicesWithoutEntry([{ ...link, linkinfo: { info_data: { group: '239.1.1.1' } } }], [], mac)).toEqual([]);
  });
});
