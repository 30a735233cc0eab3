import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LABEL, makerOf } from '../../lib/topology/lab-identity.js';
import { type Topology, topology } from '../../lib/topology/topology.js';
import { DockerEngine } from '../support/docker-engine.js';
import { remaining } from '../support/machine-state.js';
import { pauseImage } from '../support/pause-image.js';
import { received, reportInEngine } from '../support/run-in-engine.js';

const privileged = process.getuid?.() === 0 && DockerEngine.expected;

describe.runIf(privileged)('networks of a Docker engine', () => {
  let engine: DockerEngine;
  beforeAll(async () => {
    engine = await DockerEngine.start();
  });
  afterAll(() => engine?.[Symbol.asyncDispose]());
  afterEach(async () => {
    expect(await engine.objects()).toEqual([]);
    expect(await remaining(links)).toEqual([]);
  });

  /** What is there beside what the engine itself has made. */
  const links = () =>
    [...engine.run('ip', '-brief', 'link').matchAll(/^\S+/gm)].flatMap(([name]) =>
      /^(lo|docker0)$/.test(name) ? [] : [name],
    );
  const labels = async (sort: 'container' | 'network' | 'image', name: string) => {
    const where = sort === 'network' ? '.Labels' : '.Config.Labels';
    return JSON.parse(await engine.docker(sort, 'inspect', '--format', `{{json ${where}}}`, name)) as object;
  };

  const PROXY = ['--userland-proxy', 'on'];
  const KINDS = [
    ['docker-bridge'],
    ['docker-host'],
    ['docker-container'],
    ['docker-none'],
    ['docker-published'],
    ['docker-published', ...PROXY],
  ];

  describe.each(KINDS)('%s %s %s', (...words) => {
    it.each([
      ['TCP', []],
      ['TCP from the server', ['-R']],
      ['UDP', ['-u', '-b', '50M']],
      ['UDP from the server', ['-u', '-b', '50M', '-R']],
    ])('carries %s', async (_, options) => {
      const report = await reportInEngine(engine, ...words, ...options);
      const sum = received(report);
      // Half of 50 Mbit/s for a second at least: a pacer that was held up does not send in a burst what it missed.
      expect(sum.bytes).toBeGreaterThan(options.includes('-u') ? 3_125_000 : 10_000_000);
      if (options.includes('-u')) expect(sum.lost_packets! / sum.packets!).toBeLessThan(0.2);
      expect(report.vnetperf.topology.kind).toBe(words[0]);
    });
  });

  const hopsOf = ({ path }: Topology) =>
    path.hops.map(({ namespace, interface: device, kind, master }) =>
      [namespace, /^veth/.test(device) ? 'PORT' : device, kind, ...(master === undefined ? [] : [master])].join(' '),
    );

  it('are marked in everything they have on the engine, and say every hop', async () => {
    await using network = await topology('docker-bridge', { engineHost: engine.host });
    const name = (await engine.docker('network', 'ls', '--filter', `label=${LABEL}`, '--format', '{{.Name}}')).trim();
    const short = /^vnetperf-([0-9a-f]{8})$/.exec(name)?.[1];
    const bridge = `vnp${short}`;
    expect((await engine.objects()).toSorted()).toEqual([
      `container vnetperf-${short}-client`,
      `container vnetperf-${short}-server`,
      `image vnetperf:${short}`,
      `network vnetperf-${short}`,
    ]);
    const marks = await Promise.all([
      labels('container', `vnetperf-${short}-client`),
      labels('container', `vnetperf-${short}-server`),
      labels('image', `vnetperf:${short}`),
      labels('network', name),
    ]);
    for (const mark of marks) {
      expect(mark).toEqual({ [LABEL]: expect.stringMatching(new RegExp(`\\.${short}$`)) });
      expect(makerOf((mark as Record<string, string>)[LABEL]!)).toBe('alive');
    }
    expect(hopsOf(network)).toEqual([
      'client eth0 veth',
      `engine PORT veth ${bridge}`,
      `engine ${bridge} bridge`,
      `engine PORT veth ${bridge}`,
      'server eth0 veth',
    ]);
    expect(network.client.ipv4).toMatch(/^198\.1[89]\.\d+\.2$/);
    expect(network.server.ipv4).toMatch(/^198\.1[89]\.\d+\.3$/);
    expect(network.client.ipv6).toBeUndefined();
    expect(await engine.docker('diff', `vnetperf-${short}-client`)).not.toMatch(/bin|lib/);
  });

  it('have the MTU that was asked for at every hop', async () => {
    await using network = await topology('docker-bridge', { engineHost: engine.host, mtuBytes: 9000 });
    expect(network.path.hops.map((hop) => hop.mtuBytes)).toEqual([9000, 9000, 9000, 9000, 9000]);
    expect(network.path.pathMtuBytes).toBe(9000);
    await using none = await topology('docker-none', { engineHost: engine.host, mtuBytes: 1400 });
    expect(none.path).toMatchObject({ pathMtuBytes: 1400, hops: [{ interface: 'lo', mtuBytes: 1400 }] });
  });

  it('have IPv6 where it is asked for', async () => {
    const report = await reportInEngine(engine, 'docker-bridge', '--ipv6');
    expect(received(report).bytes).toBeGreaterThan(10_000_000);
    for (const kind of ['docker-bridge', 'docker-none', 'docker-container', 'docker-host']) {
      await using network = await topology(kind, { engineHost: engine.host, ipv6: true });
      expect(network.target.ipv6).toBe(network.server.ipv6);
      expect(network.server.ipv6).toMatch(kind === 'docker-bridge' ? /^fd00:198:18:1[0-9a-f]{3}::3$/ : /^::1$/);
    }
  });

  it('of one kind at once do not meet', async () => {
    const kinds = [
      'docker-bridge',
      'docker-bridge',
      'docker-published',
      'docker-published',
      'docker-host',
      'docker-host',
    ];
    const begun = await Promise.allSettled(kinds.map((kind) => topology(kind, { engineHost: engine.host })));
    const networks = begun.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    try {
      expect(begun.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))).toEqual([]);
      const targets = networks.map(({ target }) => `${target.ipv4} ${target.port}`);
      expect(new Set(targets).size).toBe(kinds.length);
      const [one, other] = networks as [Topology, Topology];
      expect(hopsOf(one)[2]).not.toBe(hopsOf(other)[2]);
    } finally {
      await Promise.all(networks.map((network) => network.close()));
    }
  });

  it('have as many pairs of containers as are asked for', async () => {
    await using network = await topology('docker-bridge', { engineHost: engine.host, endpoints: 3 });
    const addresses = network.pairs.flatMap(({ client, server }) => [client.ipv4, server.ipv4]);
    expect(new Set(addresses).size).toBe(6);
    expect((await engine.docker('ps', '--quiet')).split('\n')).toHaveLength(6);
  });

  it('take the subnet that was asked for', async () => {
    await using network = await topology('docker-bridge', { engineHost: engine.host, subnet: '198.19.255.240/29' });
    expect([network.client.ipv4, network.server.ipv4]).toEqual(['198.19.255.242', '198.19.255.243']);
  });

  it('are made of a user’s image, as it is, and leave it there', async () => {
    await engine.docker('network', 'create', 'foreign');
    await engine.dockerWithInput(pauseImage(), 'import', '--change', 'CMD ["/pause"]', '-', 'mine:1');
    try {
      await using network = await topology('docker-bridge', { engineHost: engine.host, image: 'mine:1' });
      expect(await engine.docker('ps', '--format', '{{.Image}}')).toBe('mine:1\nmine:1');
      await network.close();
      expect(await engine.objects()).toEqual(['network foreign', 'image mine:1']);
    } finally {
      await engine.docker('image', 'rm', 'mine:1');
      await engine.docker('network', 'rm', 'foreign');
    }
  });
});
