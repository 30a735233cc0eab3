import { describe, expect, it } from 'vitest';
import { chooseSubnet } from '../../lib/topology/containers/choose-subnet.js';
import { formatIpv4, formatIpv4Prefix, overlap, parseIpv4Prefix } from '../../lib/topology/containers/ipv4-prefix.js';

const prefix = (text: string) => parseIpv4Prefix(text)!;
const holder = (text: string, name = 'somebody') => ({ prefix: prefix(text), holder: name });
const wish = (subnet?: string, containers = 2) => ({ kind: 'docker-bridge', subnet, containers });

describe('an IPv4 prefix', () => {
  it.each([
    ['198.18.7.9/24', '198.18.7.0/24'],
    ['255.255.255.255', '255.255.255.255/32'],
    ['1.2.3.4/0', '0.0.0.0/0'],
  ])('%s is the network %s', (text, network) => {
    expect(formatIpv4Prefix(prefix(text))).toBe(network);
  });

  it.each(['', 'default', '198.18.0', '1.2.3.256/8', '1.2.3.4/33', 'fd00::/8', '1.2.3.4/'])('%j is none', (text) => {
    expect(parseIpv4Prefix(text)).toBeUndefined();
  });

  it('overlaps what is in it and what it is in', () => {
    expect(overlap(prefix('10.0.0.0/8'), prefix('10.9.8.7/32'))).toBe(true);
    expect(overlap(prefix('10.9.8.7'), prefix('10.0.0.0/8'))).toBe(true);
    expect(overlap(prefix('10.0.0.0/25'), prefix('10.0.0.128/25'))).toBe(false);
  });
});

describe('the subnet of a new network', () => {
  it('is any /24 of the benchmark range', () => {
    const seen = [0, 1, 511].map((index) => {
      let below = 0;
      const chosen = chooseSubnet(wish(), [], (bound) => {
        below = bound;
        return index;
      });
      expect(below).toBe(512);
      return formatIpv4Prefix(chosen);
    });
    expect(seen).toEqual(['198.18.0.0/24', '198.18.1.0/24', '198.19.255.0/24']);
  });

  it('is one that nobody has a part of', () => {
    const taken = [holder('198.18.0.0/16'), holder('198.19.0.128/25'), holder('10.0.0.0/8')];
    expect(formatIpv4Prefix(chooseSubnet(wish(), taken, () => 0))).toBe('198.19.1.0/24');
  });

  it('is not there when somebody has all of the range', () => {
    const taken = [
      holder('198.18.7.0/24', 'the network web of the engine'),
      holder('198.18.0.0/15', 'a route by tun0'),
    ];
    expect(() => chooseSubnet(wish(), taken)).toThrow(
      expect.objectContaining({
        code: 'ERR_SUBNET_IN_USE',
        message: 'docker-bridge: every /24 of 198.18.0.0/15 is in use: a route by tun0 has 198.18.0.0/15',
        remedy: expect.stringContaining('--subnet'),
      }),
    );
  });

  it('is the one that was asked for, from its first address on', () => {
    expect(formatIpv4Prefix(chooseSubnet(wish('10.9.8.7/29'), [holder('10.9.8.0/29')].slice(1)))).toBe('10.9.8.0/29');
    expect(formatIpv4(prefix('10.9.8.0/29').first + 2)).toBe('10.9.8.2');
  });

  it.each([
    ['10.9.8.0/24', 2, 'ERR_SUBNET_IN_USE', /the subnet 10\.9\.8\.0\/24 is in use: .*web has 10\.9\.0\.0\/16/],
    ['10.10.8.0/30', 2, 'ERR_SUBNET', /has no room for 2 containers/],
    ['10.10.8.0/29', 6, 'ERR_SUBNET', /has no room for 6 containers/],
    ['10.10.8.1', 2, 'ERR_SUBNET', /is no IPv4 prefix/],
  ])('%s for %d containers is refused', (subnet, containers, code, message) => {
    expect(() => chooseSubnet(wish(subnet, containers), [holder('10.9.0.0/16', 'the network web')])).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message), remedy: expect.any(String) }),
    );
  });
});
