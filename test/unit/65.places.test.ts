import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../lib/cli/parse-options.js';
import { streamsOverPairs } from '../../lib/configuration/streams-over-pairs.js';
import { type FoundHop, findPath, viaOf } from '../../lib/topology/places/find-path.js';
import type { Link } from '../../lib/topology/places/links.js';
import { openPlace, placeLabel } from '../../lib/topology/places/open-place.js';
import { parsePlace } from '../../lib/topology/places/parse-place.js';
import { parseBoundNamespaces, type Surrounding, type Surroundings } from '../../lib/topology/places/surroundings.js';
import { pairOfStream } from '../../lib/traffic/stream-pairs.js';

describe('a place', () => {
  it.each([
    ['docker:web', { type: 'container', engine: { program: 'docker', host: undefined }, container: 'web' }],
    ['podman:a.b-c_1', { type: 'container', engine: { program: 'podman', host: undefined }, container: 'a.b-c_1' }],
    ['netns:blue', { type: 'netns', name: 'blue' }],
    ['netns:a:b', { type: 'netns', name: 'a:b' }],
    ['pid:4711', { type: 'pid', pid: 4711 }],
    ['host', { type: 'host' }],
    ['/run/lab/web.namespace', { type: 'file', path: '/run/lab/web.namespace' }],
  ])('%s is read, and written as it was typed', (text, source) => {
    expect(parsePlace(text)).toEqual(source);
    expect(placeLabel(parsePlace(text))).toBe(text);
  });

  it('of a container is asked for where the engine listens', () => {
    expect(parsePlace('docker:web', { engineHost: 'unix:///run/other.sock' })).toMatchObject({
      engine: { program: 'docker', host: 'unix:///run/other.sock' },
    });
  });

  it.each([
    ['web', "'web' is no place that has a network"],
    ['', "'' is no place that has a network"],
    ['hosts', "'hosts' is no place that has a network"],
    ['lxc:web', "'lxc:web' is no place that has a network"],
    ['Docker:web', "'Docker:web' is no place that has a network"],
    ['docker:', "'docker:' does not name a container"],
    ['docker:--help', "'docker:--help' does not name a container"],
    ['docker:a b', "'docker:a b' does not name a container"],
    ['podman:../x', "'podman:../x' does not name a container"],
    ['netns:', "'netns:' does not name a network namespace"],
    ['netns:..', "'netns:..' does not name a network namespace"],
    ['netns:../../proc/1/ns/net', "'netns:../../proc/1/ns/net' does not name a network namespace"],
    ['pid:', "'pid:' does not name a process"],
    ['pid:0', "'pid:0' does not name a process"],
    ['pid:-1', "'pid:-1' does not name a process"],
    ['pid:self', "'pid:self' does not name a process"],
    ['pid:1e3', "'pid:1e3' does not name a process"],
  ])('%j is refused in one sentence', (text, message) => {
    expect(() => parsePlace(text)).toThrow(
      expect.objectContaining({ code: 'ERR_UNKNOWN_PLACE', message, remedy: expect.stringMatching(/^Give .*\.$/) }),
    );
  });
});

describe('a path that leads nowhere', () => {
  it.each(['/proc/self/none', '/proc/self/stat/net', `/proc/${'long'.repeat(70)}`, '/proc/self/none/../net'])(
    '%s is no place',
    async (path) => {
      await expect(openPlace({ type: 'file', path })).rejects.toMatchObject({
        code: 'ERR_NO_SUCH_PLACE',
        message: `there is no network namespace behind ${path}`,
      });
    },
  );

  it('because it leads to itself, or to a socket', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'vnetperf-places-'));
    const server = createServer().listen(join(directory, 'socket'));
    try {
      symlinkSync('loop', join(directory, 'loop'));
      await once(server, 'listening');
      for (const name of ['loop', 'socket']) {
        const refused = openPlace({ type: 'file', path: join(directory, name) });
        await expect(refused).rejects.toMatchObject({ code: 'ERR_NO_SUCH_PLACE' });
      }
    } finally {
      server.close();
      rmSync(directory, { recursive: true });
    }
  });
});

describe('the command line of between', () => {
  it('has two places, and the options of a client', () => {
    expect(
      parseOptions(['between', '-u', 'docker:a', '-R', 'host', '-P', '2', '--docker-host', 'unix:///s']),
    ).toMatchObject({
      kind: 'between',
      places: ['docker:a', 'host'],
      port: undefined,
      engineHost: 'unix:///s',
      configuration: { role: 'client', settings: { protocol: 'udp', direction: 'reverse', parallel: 2 } },
    });
    expect(parseOptions(['between', 'host', 'host', '-p', '5300'])).toMatchObject({ port: 5300 });
  });

  it.each([
    [['between'], 'between needs two places, for example: vnetperf between docker:web docker:db'],
    [['between', 'host'], 'between needs two places, for example: vnetperf between docker:web docker:db'],
    [['between', 'host', 'host', 'host'], "between measures from one place to one other: what is 'host'?"],
    [['between', 'host', 'host', '-c', 'host'], 'between is client and server in one: leave out -c and -s'],
    [['between', '-s', 'host', 'host'], 'between is client and server in one: leave out -c and -s'],
    [['between', 'host', 'host', '--mtu', '1400'], "unrecognized option '--mtu'"],
    [['between', 'host', 'host', '--endpoints', '2'], "unrecognized option '--endpoints'"],
  ])('%j is refused', (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(expect.objectContaining({ message, command: 'between' }));
  });
});

describe('the way between two places', () => {
  /** Networks as lists of links; a link is `index kind name [@index-of-the-other-end] [master]`. */
  function around(networks: Record<string, string[]>) {
    const all = Object.keys(networks).map((label) => ({ label, identity: label, namespace: { fd: -1 } }));
    const links = async ({ label }: Surrounding) => networks[label]!.map(link);
    return {
      surroundings: { all, links, numbered: async () => null } as unknown as Surroundings,
      hop: async (label: string, name: string): Promise<FoundHop> => {
        const place = all.find((one) => one.label === label)!;
        return { place, link: (await links(place)).find((one) => one.name === name)! };
      },
    };
  }

  function link(text: string): Link {
    const [, index, kind, name, other, master] = /^(\d+) (\S+) (\S+?)(?:@(\d+))?(?: < (\S+))?$/.exec(text)!;
    return {
      index: Number(index),
      name: name!,
      kind: kind === '-' ? undefined : kind,
      mtuBytes: 1500,
      master,
      other: other === undefined ? undefined : { index: Number(other), elsewhere: 0 },
      address: undefined,
      vxlan: undefined,
    };
  }

  async function between(networks: Record<string, string[]>, from: [string, string], to: [string, string]) {
    const { surroundings, hop } = around(networks);
    const path = await findPath(await hop(...from), await hop(...to), surroundings, { client: '', server: '' });
    return { hops: path.hops.map(({ place, link: { name } }) => `${place.label}/${name}`), via: viaOf(path) };
  }

  it('goes over the ports of a bridge', async () => {
    const networks = {
      a: ['1 - lo', '7 veth eth0@11'],
      b: ['1 - lo', '9 veth eth0@12'],
      host: ['1 - lo', '3 bridge br0', '11 veth vetha@7 < br0', '12 veth vethb@9 < br0', '13 veth vethc@7 < br0'],
    };
    expect(await between(networks, ['a', 'eth0'], ['b', 'eth0'])).toEqual({
      hops: ['a/eth0', 'host/vetha', 'host/br0', 'host/vethb', 'b/eth0'],
      via: ['vetha', 'br0', 'vethb'],
    });
    expect(await between(networks, ['host', 'br0'], ['b', 'eth0'])).toEqual({
      hops: ['host/br0', 'host/vethb', 'b/eth0'],
      via: ['br0', 'vethb'],
    });
  });

  it('is a cable', async () => {
    const networks = { a: ['2 veth eth0@3'], b: ['3 veth eth0@2'] };
    expect(await between(networks, ['a', 'eth0'], ['b', 'eth0'])).toEqual({ hops: ['a/eth0', 'b/eth0'], via: [] });
  });

  it('is a loopback', async () => {
    expect(await between({ a: ['1 - lo'] }, ['a', 'lo'], ['a', 'lo'])).toEqual({ hops: ['a/lo'], via: ['lo'] });
  });

  it('goes through a router', async () => {
    const networks = {
      a: ['2 veth eth0@4'],
      b: ['2 veth eth0@5'],
      router: ['4 veth left@2', '5 veth right@2'],
    };
    expect(await between(networks, ['a', 'eth0'], ['b', 'eth0'])).toEqual({
      hops: ['a/eth0', 'router/left', 'router/right', 'b/eth0'],
      via: ['left', 'right'],
    });
  });

  it('takes only a pair whose ends name each other', async () => {
    const networks = {
      a: ['2 veth eth0@4'],
      other: ['4 veth theirs@9', '9 - dummy0'],
      b: ['2 veth eth0@5'],
      router: ['4 veth left@2', '5 veth right@2'],
    };
    expect((await between(networks, ['a', 'eth0'], ['b', 'eth0'])).hops[1]).toBe('router/left');
  });

  it('is said not to be known where it is not', async () => {
    const networks = { a: ['2 veth eth0@40'], b: ['2 - eth0'] };
    expect(await between(networks, ['a', 'eth0'], ['b', 'eth0'])).toEqual({
      hops: ['a/eth0', 'b/eth0'],
      via: ['(not all of it is known)'],
    });
  });
});

describe('namespaces that were bound to files', () => {
  it('are told from other mounts, with what is special in their names', () => {
    const mountinfo = `24 30 0:22 / /proc rw - proc proc rw
61 24 0:4 net:[4026532301] /run/docker/netns/1-abc rw shared:9 - nsfs nsfs rw
62 24 0:4 mnt:[4026532302] /run/snapd/ns/x rw - nsfs nsfs rw
63 24 0:4 net:[4026532303] /run/my\\040engine/b rw - nsfs nsfs rw
`;
    expect(parseBoundNamespaces(mountinfo)).toEqual(['/run/docker/netns/1-abc', '/run/my engine/b']);
    expect(parseBoundNamespaces('')).toEqual([]);
  });
});

describe('streams over several pairs of ends', () => {
  it('are dealt in turn, each direction from the first pair on', () => {
    const pairs = ['a', 'b', 'c'];
    expect([0, 1, 2, 3, 4, 5].map((index) => pairOfStream(pairs, index, 6))).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
    expect([0, 1, 2, 3, 4, 5].map((index) => pairOfStream(pairs, index, 3))).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
    expect([0, 1, 2, 3].map((index) => pairOfStream(['a', 'b', 'c', 'd'], index, 2))).toEqual(['a', 'b', 'a', 'b']);
    expect(pairOfStream([], 3, 4)).toBeUndefined();
  });

  it('are one for each pair, or as many for each as for any other', () => {
    expect(streamsOverPairs(undefined, 1)).toBeUndefined();
    expect(streamsOverPairs(7, 1)).toBe(7);
    expect(streamsOverPairs(undefined, 4)).toBe(4);
    expect(streamsOverPairs(8, 4)).toBe(8);
    for (const [asked, enough] of [
      [1, 4],
      [6, 8],
      [0, 4],
    ] as const) {
      expect(() => streamsOverPairs(asked, 4)).toThrow(
        expect.objectContaining({
          code: 'ERR_PARALLEL_PAIRS',
          message: `4 pairs of endpoints cannot share ${asked} streams equally: -P has to be a multiple of 4`,
          remedy: expect.stringContaining(`for example -P ${enough},`),
        }),
      );
    }
  });
});
