import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNative } from '../../lib/platform/load-native.js';
import { planTopology, topologyKind } from '../../lib/topology/kinds.js';
import { Lab } from '../../lib/topology/lab.js';
import { probeTcp } from '../../lib/topology/probe.js';
import { topology } from '../../lib/topology/topology.js';
import { run } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { leftBehind, machineState } from '../support/machine-state.js';

const root = process.getuid?.() === 0;

/** The host's own network is no part of any of these. */
let outside: LoopbackNamespace;
beforeAll(() => {
  if (root) outside = new LoopbackNamespace();
});
afterAll(() => outside?.[Symbol.dispose]());

interface Sum {
  bytes: number;
  bits_per_second: number;
  packets: number;
  lost_packets: number;
}

async function measured(line: string) {
  const { status, stdout, stderr } = await run('vnetperf', outside.fd, ['run', ...line.split(' '), '-t', '1', '-J']);
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as {
    start: { connected: { local_host: string; remote_host: string }[]; test_start: { reverse: number } };
    end: { sum_sent: Sum; sum_received: Sum };
    error?: string;
  };
}

describe.runIf(root).each(['macvlan', 'routed', 'nat'])('run %s', (kind) => {
  const [family4, family6] = kind === 'macvlan' ? ['198.18.0.3', 'fd00:198:18::3'] : ['198.18.1.3', 'fd00:198:18:1::3'];

  it.each([
    ['', family4],
    [' --ipv6', family6],
    [' -R', family4],
    [' -R --ipv6', family6],
  ])('TCP%s', async (options, address) => {
    const { start, end } = await measured(kind + options);
    expect(start.connected[0]?.remote_host).toBe(address);
    expect(start.test_start.reverse).toBe(options.includes('-R') ? 1 : 0);
    expect(end.sum_received.bits_per_second).toBeGreaterThan(1e6);
    expect(end.sum_received.bytes).toBeLessThanOrEqual(end.sum_sent.bytes);
    // What is on its way at the end is no more than the two sockets hold.
    expect(end.sum_sent.bytes - end.sum_received.bytes).toBeLessThan(64 * 1024 * 1024);
  });

  it.each([
    ['', family4],
    [' --ipv6', family6],
    [' -R', family4],
    [' -R --ipv6', family6],
  ])('UDP%s: every datagram is received or lost', async (options, address) => {
    const { start, end } = await measured(`${kind}${options} -u -b 20M -l 1000`);
    expect(start.connected[0]?.remote_host).toBe(address);
    const { sum_sent: sent, sum_received: received } = end;
    // 20 Mbit/s in datagrams of 8000 bits are 2500 a second.
    expect(sent.packets).toBeGreaterThan(2_000);
    expect(sent.packets).toBeLessThan(3_000);
    expect(received.lost_packets).toBeGreaterThanOrEqual(0);
    expect(received.lost_packets).toBeLessThan(sent.packets);
    expect(received.bytes).toBe((received.packets - received.lost_packets) * 1000);
    expect(received.packets).toBeLessThanOrEqual(sent.packets);
    // What is under way at the end: a quarter of a second of them, where the receiver waits for its core.
    expect(sent.packets - received.packets).toBeLessThan(625);
  });

  it('leaves nothing', async () => {
    const before = machineState();
    await using lab = await topology(kind, { endpoints: 2 });
    await lab.close();
    expect(leftBehind(before)).toEqual([]);
  });
});

describe.runIf(root)('nat', () => {
  it('hides the client behind the router, in both families', async () => {
    await using lab = await topology('nat');
    for (const [family, server, router] of [
      [4, lab.server.ipv4, '198.18.1.1'],
      [6, lab.server.ipv6, 'fd00:198:18:1::1'],
    ] as const) {
      const native = loadNative();
      const listener = native.openSocket({
        namespace: lab.server.namespace.fd,
        protocol: 'udp',
        family,
        bind: { host: server!, port: 0 },
      });
      const sender = native.openSocket({
        namespace: lab.client.namespace.fd,
        protocol: 'udp',
        family,
        connect: { host: server!, port: listener.localAddress().port },
      });
      try {
        sender.write(new Uint8Array([1, 2, 3]));
        await listener.wait('readable');
        expect(listener.receiveFrom(16, false)).toMatchObject({ from: { host: router } });
      } finally {
        sender.close();
        listener.close();
      }
    }
  });

  it('lets the server begin nothing', async () => {
    await using lab = await topology('nat');
    const path = { from: lab.server.namespace, to: lab.client.namespace, host: lab.client.ipv4!, family: 4 } as const;
    await expect(probeTcp(loadNative(), path, 500)).rejects.toMatchObject({ code: 'ENETUNREACH' });
  });
});

describe.runIf(root)('pairs of ends', () => {
  it.each(['veth', 'bridge', 'macvlan', 'routed', 'nat'])('on %s all reach each other', async (kind) => {
    await using lab = await topology(kind, { endpoints: 3 });
    expect(lab.pairs.map(({ client, server }) => `${client.name} ${server.name}`)).toEqual([
      'client server',
      'client2 server2',
      'client3 server3',
    ]);
    for (const { client, server } of lab.pairs) {
      const ends = { from: client.namespace, to: server.namespace };
      await probeTcp(loadNative(), { ...ends, host: server.ipv4!, family: 4 }, 2_000);
      await probeTcp(loadNative(), { ...ends, host: server.ipv6!, family: 6 }, 2_000);
    }
  });

  it('are up to 32', async () => {
    const plan = await planTopology('routed', { endpoints: 32 });
    const lab = await Lab.build(plan, topologyKind('routed'));
    try {
      const ports = JSON.parse((await lab.run('router', ['ip', '-json', 'link', 'show', 'type', 'veth'])).stdout);
      expect(ports).toHaveLength(64);
    } finally {
      await lab.close();
    }
  });
});

/** Built in, loaded, or there to be loaded: asked of the kernel in a namespace that is gone with the question. */
function kernelHasIpvlan(): boolean {
  if (existsSync('/sys/module/ipvlan')) return true;
  const make = 'ip link add parent0 type veth peer name uplink0 && ip link add child0 link parent0 type ipvlan mode l2';
  try {
    execFileSync('unshare', ['--net', 'sh', '-c', make], { stdio: 'ignore', timeout: 5_000 });
    return true;
  } catch {
    return false;
  }
}

describe.runIf(root)('ipvlan', () => {
  it('runs where the kernel has it, and is told to be missing where it has not', async () => {
    const before = machineState();
    const { status, stdout, stderr } = await run('vnetperf', outside.fd, ['run', 'ipvlan', '-t', '1']);
    if (kernelHasIpvlan()) {
      expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
    } else {
      expect({ status, stdout, lines: stderr.trimEnd().split('\n') }).toEqual({
        status: 1,
        stdout: '',
        lines: [
          'vnetperf: ipvlan needs the kernel module ipvlan, which this kernel does not have loaded',
          '  Load it with: modprobe ipvlan; where there is none, the kernel was built without it.',
        ],
      });
    }
    expect(leftBehind(before)).toEqual([]);
  });
});
