import { describe, expect, it } from 'vitest';
import { mtuRangeOf, planTopology, topologyKind } from '../../lib/topology/kinds.js';
import { DOCKER_PATHS, type DockerPath, type TopologyOptions } from '../../lib/topology/options.js';

const plan = (dockerPath: DockerPath | undefined, options: TopologyOptions = {}) =>
  planTopology('docker-hosts', { dockerPath, ...options });

describe('docker-hosts', () => {
  it.each<[DockerPath, string, string[], string[]]>([
    ['A', 'two containers on the overlay', ['dockerd-host1', 'dockerd-host2'], ['client/eth0', 'server/eth0']],
    [
      'B',
      'two containers, bridge and NAT on both hosts',
      ['dockerd-host1', 'dockerd-host2'],
      [
        'client/eth0',
        'host1/port',
        'host1/docker0',
        'host1/eth0',
        'host2/eth0',
        'host2/docker0',
        'host2/port',
        'server/eth0',
      ],
    ],
    ['C', 'host to host', [], ['host1/eth0', 'host2/eth0']],
    [
      'D',
      'a host to a bridged container on the other host',
      ['dockerd-host2'],
      ['host1/eth0', 'host2/eth0', 'host2/docker0', 'host2/port', 'server/eth0'],
    ],
    [
      'E',
      'a host to its own container, which no packet leaves the host for',
      ['dockerd-host1'],
      ['host1/docker0', 'host1/port', 'server/eth0'],
    ],
    ['F', 'a host to a container in host mode on the other host', ['dockerd-host2'], ['host1/eth0', 'server/eth0']],
  ])('path %s is %s', async (path, words, daemons, hops) => {
    const { steps, remarks, path: passed, link, kind } = await plan(path, { linkRateBitsPerSecond: 1e9 });
    expect(kind).toBe('docker-hosts');
    expect(remarks[0]).toBe(`path ${path}: ${words}`);
    expect(steps.flatMap((step) => (step.type === 'daemon' ? [step.name] : []))).toEqual(daemons);
    const names = passed.map(
      ({ namespace, interface: device }) => `${namespace}/${typeof device === 'string' ? device : 'port'}`,
    );
    // What is between the ends of an overlay is the overlay's.
    expect(path === 'A' ? [names[0], names.at(-1)] : names).toEqual(hops);
    expect(link?.rateBitsPerSecond).toBe(path === 'E' ? undefined : 1e9);
    expect(remarks.includes('link 1 Gbit/s')).toBe(path !== 'E');
  });

  it('is path B where nothing is said', async () => {
    expect((await plan(undefined)).remarks).toEqual((await plan('B')).remarks);
  });

  it('has ends whose packets fit the link, of path A with the headers of its overlay', () => {
    const mtuOf = (options: TopologyOptions) => mtuRangeOf(topologyKind('docker-hosts'), options).defaultBytes;
    expect(DOCKER_PATHS.map((dockerPath) => mtuOf({ dockerPath }))).toEqual([1450, 1500, 1500, 1500, 1500, 1500]);
    expect(DOCKER_PATHS.map((dockerPath) => mtuOf({ dockerPath, linkMtuBytes: 9000 }))).toEqual([
      8950, 9000, 9000, 9000, 9000, 9000,
    ]);
  });

  it('publishes at the address of the host, at the port that was asked for', async () => {
    for (const path of ['B', 'D'] as const) {
      expect((await plan(path)).target).toEqual({ ipv4: '198.18.40.2', port: 5201, serverPort: 5201 });
      expect((await plan(path, { port: 5999 })).target).toMatchObject({ port: 5999, serverPort: 5999 });
      expect((await plan(path)).serverReachesClient).toBe(false);
    }
    for (const path of ['A', 'C', 'E', 'F'] as const) expect((await plan(path)).target).toBeUndefined();
  });

  it.each<[DockerPath, TopologyOptions, string]>([
    ['A', { ipv6: true }, 'docker-hosts takes no --ipv6 on path A, which carries IPv4 only'],
    ['B', { ipv6: true }, 'docker-hosts takes no --ipv6 on path B, which carries IPv4 only'],
    ['D', { underlayFamily: 6 }, 'docker-hosts takes no --underlay 6 on path D, which joins its hosts over IPv4 alone'],
    ['E', { underlayFamily: 6 }, 'docker-hosts takes no --underlay 6 on path E, which joins its hosts over IPv4 alone'],
    ['C', { userlandProxy: true }, 'docker-hosts takes no --userland-proxy on path C, which publishes no port'],
    ['F', { userlandProxy: true }, 'docker-hosts takes no --userland-proxy on path F, which publishes no port'],
  ])('path %s with %j', async (path, options, message) => {
    await expect(plan(path, options)).rejects.toMatchObject({ code: 'ERR_OPTION', message });
  });

  it('has IPv6 where a packet goes from card to card', async () => {
    for (const path of ['C', 'F'] as const) {
      const { client, server } = await plan(path, { ipv6: true });
      expect([client.ipv6, server.ipv6]).toEqual(['fd00:198:18:28::1', 'fd00:198:18:28::2']);
    }
  });
});
