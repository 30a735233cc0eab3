import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packetOnLine, payloadRate } from '../../lib/compare/link/packet-on-line.js';
import { hostPair, mtuAcrossHosts } from '../../lib/topology/hosts/host-pair.js';
import { type LinkShape, linkRateSteps } from '../../lib/topology/hosts/link-rate.js';
import { inPowersOfTen } from '../../lib/topology/hosts/powers-of-ten.js';
import { kinds, mtuRangeOf, planTopology } from '../../lib/topology/kinds.js';
import { maySetReceiveCores } from '../../lib/topology/receive-cores.js';
import { planLines } from '../support/plan-lines.js';

const END = { namespace: 'host1', interface: 'eth0' };
const ethernet = { mtuBytes: 1500 };

function commands(shape: LinkShape): string[] {
  return linkRateSteps(END, shape).map((step) => {
    if (step.type !== undefined) throw new Error('not a command');
    expect(step.namespace).toBe('host1');
    return step.command.join(' ');
  });
}

/** The number behind a word of a command; a rate in bit/s. */
function figure(command: string | undefined, word: string): number {
  const [, text] = new RegExp(` ${word} (\\d+)(bit)?( |$)`).exec(command ?? '') ?? [];
  expect(text, `${word} in ${command}`).toBeDefined();
  return Number(text);
}

describe('the rate of a link', () => {
  it('is left as it is where none is asked for', () => {
    expect(commands(ethernet)).toEqual([]);
  });

  it('counts what Ethernet adds to each packet: one bucket takes them apart, one has the rate', () => {
    expect(commands({ ...ethernet, rateBitsPerSecond: 1e9 })).toEqual([
      'tc qdisc add dev eth0 root handle 1: tbf rate 1tbit burst 1514 limit 5000000',
      'tc qdisc add dev eth0 parent 1:1 handle 2: ' +
        'tbf rate 1000000000bit burst 500000 limit 5000000 overhead 24 mpu 84',
    ]);
  });

  it('above 1 Gbit/s is lowered by what a full packet’s 24 bytes take of it', () => {
    expect(commands({ ...ethernet, rateBitsPerSecond: 10e9 })).toEqual([
      'tc qdisc add dev eth0 root handle 1: tbf rate 9843953186bit burst 5000000 limit 50000000',
    ]);
    const { rateBitsPerSecond, frameBytes } = { rateBitsPerSecond: 9_843_953_186, frameBytes: 1514 };
    const tcp = packetOnLine(
      { ...ethernet, headers: [] },
      { protocol: 'tcp', family: 4, mtuBytes: 1500, lengthBytes: 131_072 },
    );
    expect((rateBitsPerSecond / frameBytes) * 1448).toBeCloseTo(payloadRate(10e9, tcp), -2);
  });

  const shapes = fc.record({
    rateBitsPerSecond: fc.integer({ min: 1e6, max: 400e9 }),
    mtuBytes: fc.integer({ min: 68, max: 65_535 }),
  });

  it('has a bucket that holds a frame with all that is counted of it, and a queue for a thousand', () =>
    fc.assert(
      fc.property(shapes, ({ rateBitsPerSecond, mtuBytes }) => {
        const [first, second] = commands({ rateBitsPerSecond, mtuBytes });
        const lineBytes = mtuBytes + 38;
        const rated = second ?? first;
        expect(figure(rated, 'burst')).toBeGreaterThanOrEqual(lineBytes);
        expect(figure(rated, 'limit')).toBeGreaterThanOrEqual(1000 * lineBytes);
        if (second === undefined) return;
        // A frame passes the first whole, two together do not.
        expect(figure(first, 'burst')).toBeGreaterThanOrEqual(mtuBytes + 14);
        expect(figure(first, 'burst')).toBeLessThan(2 * (mtuBytes + 14));
      }),
    ));

  it('has a burst that grows with it, and is never more than a percent of two seconds above that of two frames', () =>
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1e6, max: 400e9 }), ({ rateBitsPerSecond, mtuBytes }, otherRate) => {
        const [less, more] = [rateBitsPerSecond, otherRate].toSorted((one, other) => one - other) as [number, number];
        const burst = (rate: number) => figure(commands({ rateBitsPerSecond: rate, mtuBytes }).at(-1), 'burst');
        if (less <= 1e9 === more <= 1e9) expect(burst(less)).toBeLessThanOrEqual(burst(more));
        const beyond = less <= 1e9 ? 2 * (mtuBytes + 38) : 262_144;
        expect(burst(less)).toBeLessThanOrEqual(beyond + (less / 8) * 0.02);
      }),
    ));

  it('is never higher than asked for', () =>
    fc.assert(
      fc.property(shapes, ({ rateBitsPerSecond, mtuBytes }) => {
        const set = figure(commands({ rateBitsPerSecond, mtuBytes }).at(-1), 'rate');
        expect(set).toBeLessThanOrEqual(rateBitsPerSecond);
        expect(set).toBeGreaterThanOrEqual(rateBitsPerSecond * (rateBitsPerSecond <= 1e9 ? 1 : 0.7));
      }),
    ));

  it.each([
    [1e9, '1 Gbit/s'],
    [2.5e9, '2.5 Gbit/s'],
    [250e6, '250 Mbit/s'],
    [1e6, '1 Mbit/s'],
    [400e9, '400 Gbit/s'],
    [1234e6, '1.23 Gbit/s'],
  ])('of %d is told as %s', (rate, text) => {
    expect(inPowersOfTen(rate, 'bit/s')).toBe(text);
  });
});

describe('delay and loss of a link', () => {
  it('stand alone where there is no rate', () => {
    expect(commands({ ...ethernet, delayMs: 5 })).toEqual([
      `tc qdisc add dev eth0 root netem limit ${1000 + Math.ceil(((1e11 / 8) * 0.005) / 1500)} delay 5ms`,
    ]);
    expect(commands({ ...ethernet, lossPercent: 0.1 })).toEqual([
      'tc qdisc add dev eth0 root netem limit 1000 loss 0.1%',
    ]);
  });

  it('stand behind the bucket that has the rate, with room for what is under way', () => {
    const shape = { ...ethernet, delayMs: 10, lossPercent: 1 };
    const underWay = Math.ceil(((1e9 / 8) * 0.01) / 1500);
    expect(commands({ ...shape, rateBitsPerSecond: 1e9 }).at(-1)).toBe(
      `tc qdisc add dev eth0 parent 2:1 netem limit ${1000 + underWay} delay 10ms loss 1%`,
    );
    expect(commands({ ...shape, rateBitsPerSecond: 10e9 }).at(-1)).toMatch(/^tc qdisc add dev eth0 parent 1:1 netem /);
  });

  it('of nothing are nothing', () => {
    expect(commands({ ...ethernet, delayMs: 0, lossPercent: 0 })).toEqual([]);
  });

  it.each([
    [{ delayMs: 1 }, '--link-delay needs'],
    [{ lossPercent: 1 }, '--link-loss needs'],
    [{ delayMs: 1, lossPercent: 1 }, '--link-delay and --link-loss need'],
  ])('%j: what a kernel without netem means for them', (asked, words) => {
    expect(linkRateSteps(END, { ...ethernet, ...asked })).toMatchObject([
      {
        meaning: {
          code: 'ERR_KERNEL_MODULE',
          message: `${words} the kernel module sch_netem, which this kernel does not have loaded`,
        },
      },
    ]);
  });
});

describe('two hosts', () => {
  const build = { ipv6: true, endpoints: 1 };
  const lines = (options: Parameters<typeof hostPair>[0]) =>
    hostPair(options).steps.map((step) => ('command' in step ? step.command.join(' ') : ''));

  it('have a card each, and addresses of both families', () => {
    const pair = hostPair(build);
    expect(pair.hosts.map(({ card }) => card)).toEqual([
      { namespace: 'host1', interface: 'eth0', ipv4: '198.18.40.1', ipv6: 'fd00:198:18:28::1' },
      { namespace: 'host2', interface: 'eth0', ipv4: '198.18.40.2', ipv6: 'fd00:198:18:28::2' },
    ]);
    expect(pair.hosts.map(({ address }) => address)).toEqual(['198.18.40.1', '198.18.40.2']);
    expect(pair.path.map(({ mtuBytes }) => mtuBytes)).toEqual([1500, 1500]);
    expect(pair.remarks).toEqual([]);
  });

  it('reach each other over IPv6 where that is asked for, whatever the ends have', () => {
    const pair = hostPair({ ...build, ipv6: false, underlayFamily: 6 });
    expect(pair.hosts.map(({ address }) => address)).toEqual(['fd00:198:18:28::1', 'fd00:198:18:28::2']);
    expect(pair.link([]).underlayFamily).toBe(6);
    expect(() => hostPair({ ...build, underlayFamily: 6, linkMtuBytes: 1279 })).toThrow(
      expect.objectContaining({
        code: 'ERR_MTU',
        message: 'IPv6 between the hosts needs a link with an MTU of at least 1280 bytes, not 1279',
      }),
    );
  });

  it('have no IPv6 on a link too small for it', () => {
    expect(hostPair({ ...build, linkMtuBytes: 1000 }).hosts[0].card.ipv6).toBeUndefined();
  });

  it('tell what the link is', () => {
    const { remarks } = hostPair({
      ...build,
      linkRateBitsPerSecond: 10e9,
      linkDelayMs: 2,
      linkLossPercent: 0.5,
    });
    expect(remarks).toEqual(['link 10 Gbit/s, reckoned for full packets', 'link delay 2 ms', 'link loss 0.5 %']);
    expect(hostPair({ ...build, linkRateBitsPerSecond: 1e9 }).remarks).toEqual(['link 1 Gbit/s']);
  });

  it('receive each on its own cores, or with a rate each flow on one of all', () => {
    const steering = (options: object) => lines({ ...build, ...options }).filter((line) => line.includes('rps_cpus'));
    expect(steering({})).toEqual([]);
    const told = steering({ hostCores: { client: [0], server: [1] } });
    if (!maySetReceiveCores()) return expect(told).toEqual([]);
    expect(told).toEqual(
      ['1', '2'].map(
        (mask) =>
          `unshare --mount sh -c mount -t sysfs sysfs /sys && echo ${mask} | tee /sys/class/net/eth0/queues/rx-*/rps_cpus`,
      ),
    );
    const all = steering({ linkRateBitsPerSecond: 1e9 });
    expect(all).toHaveLength(2);
    expect(all[0]).toBe(all[1]);
  });

  it('have cores whose work is theirs, unless the ends receive on others', () => {
    const hostCores = { client: [0], server: [1] };
    const own = (options: object) => hostPair({ ...build, ...options }).link([]).hostCores;
    expect(own({})).toBeUndefined();
    expect(own({ hostCores })).toEqual(maySetReceiveCores() ? hostCores : undefined);
    expect(own({ hostCores, rpsCores: [1] })).toBeUndefined();
  });

  it('whoever is not root of the machine cannot set the cores that receive', () => {
    expect(maySetReceiveCores('         0          0 4294967295\n')).toBe(true);
    expect(maySetReceiveCores('         0      65534          1\n')).toBe(false);
    expect(maySetReceiveCores('         0     100000      65536\n')).toBe(false);
  });
});

describe('the MTU of the ends', () => {
  it.each([
    ['hosts', 1500, 1500],
    ['vxlan', 1450, 1430],
    ['flannel-vxlan', 1450, 1430],
  ])('of %s follows from the link: %d over IPv4, %d over IPv6', (name, over4, over6) => {
    const kind = kinds.get(name)!;
    const headers = 1500 - over4;
    expect(mtuRangeOf(kind).defaultBytes).toBe(over4);
    expect(mtuRangeOf(kind, { underlayFamily: 6 }).defaultBytes).toBe(over6);
    expect(mtuRangeOf(kind, { linkMtuBytes: 9000 }).defaultBytes).toBe(9000 - headers);
  });

  it('is never less than the least of IPv4', () => {
    expect(mtuAcrossHosts(() => 50)({ linkMtuBytes: 68 }).defaultBytes).toBe(68);
  });

  it('that is asked for stands at the ends, and the link keeps its own', async () => {
    const plan = await planTopology('vxlan', { mtuBytes: 1500 });
    const text = planLines(plan).join('\n');
    for (const device of ['br0', 'vxlan0', 'port-client0']) expect(text).toContain(`ip link add ${device} mtu 1500 `);
    expect(text).toContain('ip link add eth0 index 100 mtu 1500 ');
    expect(plan.path.map(({ mtuBytes }) => mtuBytes)).toEqual(Array.from({ length: 10 }, () => 1500));
  });
});
