import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packetOnLine, payloadRate } from '../../lib/compare/link/packet-on-line.js';
import { headerBytes, vxlanHeaders } from '../../lib/topology/hosts/encapsulation.js';

const plain = { mtuBytes: 1500, headers: [] };
const vxlan = { mtuBytes: 1500, headers: vxlanHeaders(4) };
const tcp = { protocol: 'tcp', family: 4, mtuBytes: 1500, lengthBytes: 131_072 } as const;
const udp = { ...tcp, protocol: 'udp', lengthBytes: 1472 } as const;

const megabits = (link: Parameters<typeof packetOnLine>[0], test: Parameters<typeof packetOnLine>[1]) =>
  Math.round(payloadRate(1e9, packetOnLine(link, test)) / 1e6);

describe('a TCP segment on the line', () => {
  it('is 1448 of 1538 bytes over IPv4, and 1428 over IPv6', () => {
    expect(packetOnLine(plain, tcp)).toEqual({
      payloadBytes: 1448,
      lineBytes: 1538,
      packets: 1,
      parts: [
        { name: 'IP and TCP', bytes: 52 },
        { name: 'Ethernet', bytes: 38 },
      ],
    });
    expect(packetOnLine(plain, { ...tcp, family: 6 })).toMatchObject({ payloadBytes: 1428, lineBytes: 1538 });
    expect(megabits(plain, tcp)).toBe(941);
  });

  it('loses the headers of a tunnel from its payload', () => {
    const packet = packetOnLine(vxlan, { ...tcp, mtuBytes: 1450 });
    expect(packet).toMatchObject({ payloadBytes: 1398, lineBytes: 1538 });
    expect(packet.parts.map(({ name, bytes }) => `${name} ${bytes}`)).toEqual([
      'outer IPv4 20',
      'UDP 8',
      'VXLAN 8',
      'inner Ethernet 14',
      'IP and TCP 52',
      'Ethernet 38',
    ]);
    expect(megabits(vxlan, { ...tcp, mtuBytes: 1450 })).toBe(909);
    expect(packetOnLine({ mtuBytes: 1500, headers: vxlanHeaders(6) }, { ...tcp, mtuBytes: 1430 })).toMatchObject({
      payloadBytes: 1378,
      lineBytes: 1538,
    });
  });

  it('is as large as the kernel made it, with timestamps where they have room', () => {
    expect(packetOnLine(plain, { ...tcp, mssBytes: 1448 }).lineBytes).toBe(1538);
    expect(packetOnLine(plain, { ...tcp, mssBytes: 1460 })).toMatchObject({ payloadBytes: 1460, lineBytes: 1538 });
    expect(packetOnLine(plain, { ...tcp, mssBytes: 536 })).toMatchObject({ payloadBytes: 536, lineBytes: 626 });
  });
});

describe('a datagram on the line', () => {
  it('is one packet up to the MTU', () => {
    expect(packetOnLine(plain, udp)).toMatchObject({ payloadBytes: 1472, lineBytes: 1538, packets: 1 });
  });

  it('is filled up to the shortest frame', () => {
    expect(packetOnLine(plain, { ...udp, lengthBytes: 16 })).toEqual({
      payloadBytes: 16,
      lineBytes: 84,
      packets: 1,
      parts: [
        { name: 'IP and UDP', bytes: 28 },
        { name: 'Ethernet', bytes: 38 },
        { name: 'padding', bytes: 2 },
      ],
    });
  });

  it('becomes fragments beyond it, each with headers of its own', () => {
    // 1473 + 8 = 1480 + 1: a second packet of 20 + 1 bytes, filled up to 60.
    expect(packetOnLine(plain, { ...udp, lengthBytes: 1473 })).toMatchObject({ lineBytes: 1538 + 84, packets: 2 });
    // RFC 8200: of the 1452 bytes beside 48 of headers, 1448 in eights; 13 are left.
    expect(packetOnLine(plain, { ...udp, family: 6, lengthBytes: 1453 })).toMatchObject({
      packets: 2,
      lineBytes: 48 + 1448 + 38 + (48 + 13 + 38),
    });
  });

  it('becomes outer fragments where only the tunnel makes it too long', () => {
    expect(packetOnLine(vxlan, { ...udp, mtuBytes: 1500 })).toMatchObject({ packets: 2, payloadBytes: 1472 });
  });
});

it('a packet is its parts and its payload, whatever is asked', () => {
  fc.assert(
    fc.property(
      fc.record({
        protocol: fc.constantFrom('tcp', 'udp'),
        family: fc.constantFrom(4, 6),
        mtuBytes: fc.integer({ min: 576, max: 9000 }),
        lengthBytes: fc.integer({ min: 16, max: 65_000 }),
        mssBytes: fc.option(fc.integer({ min: 88, max: 8900 }), { nil: undefined }),
      }),
      fc.integer({ min: 576, max: 9000 }),
      fc.constantFrom([], vxlanHeaders(4), vxlanHeaders(6)),
      (test, mtuBytes, headers) => {
        const packet = packetOnLine({ mtuBytes, headers }, test as Parameters<typeof packetOnLine>[1]);
        const { payloadBytes, lineBytes, packets, parts } = packet;
        expect(payloadBytes + headerBytes(parts)).toBe(lineBytes);
        expect(lineBytes).toBeGreaterThanOrEqual(84 * packets);
        expect(payloadBytes).toBeGreaterThan(0);
        expect(payloadRate(1e9, packet)).toBeLessThan(1e9);
      },
    ),
  );
});
