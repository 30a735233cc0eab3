import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { between } from '../../lib/topology/places/between.js';
import { parsePlace } from '../../lib/topology/places/parse-place.js';
import { commands, run } from '../support/iperf-process.js';
import { LabCommands } from '../support/lab-command.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { NamedNetworks } from '../support/named-networks.js';

describe.runIf(process.getuid?.() === 0)('between places that are no containers', () => {
  let vnetperf: LabCommands;
  beforeEach(() => {
    vnetperf = new LabCommands();
  });
  afterEach(() => vnetperf.dispose());

  async function measured(...words: string[]) {
    const { status, stdout, stderr } = await vnetperf.run('between', ...words, '-t', '1', '-J');
    if (status !== 0) throw new Error(`${words.join(' ')} ended with status ${status}: ${stderr}${stdout}`);
    const { end, vnetperf: own } = JSON.parse(stdout);
    return { bytes: end.sum_received.bytes as number, ...own.topology } as {
      bytes: number;
      path: { clientAddress: string; serverAddress: string; pathMtuBytes: number; hops: { interface: string }[] };
      findings: { severity: string; code: string }[];
    };
  }

  async function refusal(...words: string[]): Promise<string> {
    const { status, stdout, stderr } = await vnetperf.run('between', ...words, '-t', '1');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    return stderr;
  }

  /** Two ends on a cable; addresses as `ip address add` takes them. */
  function cabled(addresses: readonly [client: string[], server: string[]]): NamedNetworks {
    const net = new NamedNetworks('client', 'server');
    net.cable('client', 'end0', 'server', 'end0');
    for (const [index, end] of ['client', 'server'].entries()) {
      for (const address of addresses[index]!) net.run(end, `ip address add ${address} dev end0`);
    }
    return net;
  }

  /** A process that does nothing, in one of them. */
  async function idler(net: NamedNetworks, word: string) {
    const child = spawn('nsenter', [`--net=/run/netns/${net.name(word)}`, 'sleep', '120'], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    // Until nsenter has become the program it is still in this process's own network.
    await expect.poll(() => readFileSync(`/proc/${child.pid}/comm`, 'latin1')).toBe('sleep\n');
    return {
      place: `pid:${child.pid}`,
      end: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    };
  }

  it('the host and itself, where it has nothing but its loopback', async () => {
    using alone = new LoopbackNamespace();
    const words = ['between', 'host', 'host', '-t', '1', '-J'];
    const { status, stdout } = await run('vnetperf', alone.fd, words);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).vnetperf.topology.path).toMatchObject({
      serverAddress: '127.0.0.1',
      hops: [{ namespace: 'host', interface: 'lo' }],
    });
  });

  it('a path that is no namespace is refused at once, a pipe too', async () => {
    const pipe = join(vnetperf.directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await refusal('host', pipe)).toContain(`${pipe} is no network that can be entered`);
    for (const path of [`${pipe}/net`, join(vnetperf.directory, 'none')]) {
      expect(await refusal('host', path)).toContain(`there is no network namespace behind ${path}`);
    }
  });

  it('named namespaces and processes, in any combination that reaches', async () => {
    using net = cabled([['198.18.5.1/24'], ['198.18.5.2/24']]);
    const client = net.place('client');
    const process = await idler(net, 'server');
    try {
      for (const places of [
        [client, net.place('server')],
        [client, process.place],
        [net.place('server'), process.place],
      ]) {
        expect((await measured(...places)).bytes).toBeGreaterThan(10_000_000);
      }
    } finally {
      await process.end();
    }
  });

  it('IPv6 alone, when there is nothing else, and when it is asked for', async () => {
    using only = cabled([['fd00:198:18:5::1/64 nodad'], ['fd00:198:18:5::2/64 nodad']]);
    const found = await measured(only.place('client'), only.place('server'));
    expect(found.path).toMatchObject({ clientAddress: 'fd00:198:18:5::1', serverAddress: 'fd00:198:18:5::2' });
    using both = cabled([
      ['198.18.5.1/24', 'fd00:198:18:6::1/64 nodad'],
      ['198.18.5.2/24', 'fd00:198:18:6::2/64 nodad'],
    ]);
    const places = [both.place('client'), both.place('server')];
    expect((await measured(...places)).path.serverAddress).toBe('198.18.5.2');
    expect((await measured(...places, '-6', '-u', '-b', '10M')).path.serverAddress).toBe('fd00:198:18:6::2');
    expect(await refusal(only.place('client'), only.place('server'), '-4')).toContain(
      'has no IPv4 address that another place could reach',
    );
  });

  it('the first of several addresses that reaches', async () => {
    using net = cabled([['198.18.9.1/24'], ['198.18.7.2/32', '198.18.9.2/24']]);
    expect((await measured(net.place('client'), net.place('server'))).path.serverAddress).toBe('198.18.9.2');
  });

  describe('through a router', () => {
    function routed(): NamedNetworks {
      const net = new NamedNetworks('client', 'router', 'server');
      for (const [index, end] of ['client', 'server'].entries()) {
        net.cable('router', `port-${end}`, end, 'end0');
        net.run('router', `ip address add 198.18.${20 + index}.1/24 dev port-${end}`);
        net.run(end, `ip address add 198.18.${20 + index}.2/24 dev end0`);
      }
      net.run('client', 'ip route add default via 198.18.20.1');
      net.run('router', 'sysctl -qw net.ipv4.ip_forward=1');
      return net;
    }

    it('both of its interfaces are on the way', async () => {
      using net = routed();
      net.run('server', 'ip route add default via 198.18.21.1');
      const { bytes, path } = await measured(net.place('client'), net.place('server'));
      expect(bytes).toBeGreaterThan(10_000_000);
      expect(path.hops.map((hop) => hop.interface)).toEqual(['end0', 'port-client', 'port-server', 'end0']);
    });

    it('that masquerades: the server has no way to the client and needs none', async () => {
      using net = routed();
      net.run('router', 'nft add table ip nat');
      net.run('router', 'nft add chain ip nat post { type nat hook postrouting priority 100 ; }');
      net.run('router', 'nft add rule ip nat post oifname port-server masquerade');
      for (const more of [[], ['-R'], ['-u', '-b', '10M']]) {
        expect((await measured(net.place('client'), net.place('server'), ...more)).bytes).toBeGreaterThan(1_000_000);
      }
    });
  });

  it('the library gives ends, target and path, and what it opened goes with it', async () => {
    using net = cabled([['198.18.5.1/24'], ['198.18.5.2/24']]);
    const places = [parsePlace(net.place('client')), parsePlace(net.place('server'))] as const;
    await using network = await between(...places, { port: 5300 });
    expect(network).toMatchObject({
      kind: 'between',
      client: { name: net.place('client'), interface: 'end0', ipv4: '198.18.5.1', ipv6: undefined, mtuBytes: 1500 },
      server: { name: net.place('server'), interface: 'end0', ipv4: '198.18.5.2', ipv6: undefined, mtuBytes: 1500 },
      target: { ipv4: '198.18.5.2', ipv6: undefined, port: 5300, serverPort: 5300, serverHost: '198.18.5.2' },
      path: { pathMtuBytes: 1500 },
    });
    expect(network.gone.aborted).toBe(false);
  });

  it('a process that ends while it is held', async () => {
    using net = cabled([['198.18.5.1/24'], ['198.18.5.2/24']]);
    const process = await idler(net, 'server');
    try {
      await using network = await between(parsePlace(net.place('client')), parsePlace(process.place));
      const gone = once(network.gone, 'abort', { signal: AbortSignal.timeout(5_000) });
      await process.end();
      await gone;
      expect(network.gone.reason).toMatchObject({
        code: 'ERR_PLACE_ENDED',
        message: `${process.place} has ended while it was being measured`,
      });
    } catch (error) {
      await process.end();
      throw error;
    }
  });

  describe('is one sentence when', () => {
    it('a word, a name or a process is none', async () => {
      expect(await refusal('nowhere', 'host')).toBe(
        "vnetperf: 'nowhere' is no place that has a network\n  Give docker:NAME, podman:NAME, netns:NAME, pid:N, host or the path of a namespace's file.\n",
      );
      expect(await refusal('host', 'netns:vnptest-none')).toBe(
        'vnetperf: there is no network namespace vnptest-none\n  Those that have a name are listed by: ip netns list\n',
      );
      expect(await refusal('host', 'pid:4194304')).toBe(
        'vnetperf: there is no process 4194304\n  See ps -e for those that run.\n',
      );
    });

    it('there is no way', async () => {
      using net = new NamedNetworks('client', 'server');
      net.run('server', 'ip link add end0 type veth peer name cable0');
      net.run('server', 'ip link set cable0 up');
      net.run('server', 'ip link set end0 up');
      net.run('server', 'ip address add 198.18.6.2/24 dev end0');
      expect(await refusal(net.place('client'), net.place('server'))).toMatch(
        /^vnetperf: netns:\S+ does not reach netns:\S+ at 198\.18\.6\.2 \(connect: Network is unreachable\): /,
      );
    });

    it('the network may not be entered', () => {
      using net = cabled([['198.18.5.1/24'], ['198.18.5.2/24']]);
      const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
      const words = [...commands.vnetperf, 'between', net.place('client'), net.place('server'), '-t', '1'];
      const { status, stdout, stderr } = spawnSync('setpriv', [...nobody, ...words], {
        encoding: 'utf8',
        timeout: 10_000,
      });
      expect({ status, stdout, stderr }).toEqual({
        status: 1,
        stdout: '',
        stderr: `vnetperf: this user may not enter the network of ${net.place('client')}\n  Run vnetperf as root.\n`,
      });
    });

    it('-J: as a document', async () => {
      const { status, stdout } = await vnetperf.run('between', 'host', 'netns:vnptest-none', '-J');
      expect(status).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({
        error: expect.stringContaining('there is no network namespace vnptest-none'),
      });
    });
  });
});
