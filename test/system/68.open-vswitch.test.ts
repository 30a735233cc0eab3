import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locateCommand } from '../../lib/platform/run-command.js';
import { kernelHasDatapath } from '../../lib/topology/openvswitch/kernel-datapath.js';
import { type Topology, topology } from '../../lib/topology/topology.js';
import { CARRIED } from '../support/carried-over-a-switch.js';
import { run, startServer } from '../support/iperf-process.js';
import { kernelCounters } from '../support/kernel-counters.js';
import { LabCommands } from '../support/lab-command.js';
import { remaining } from '../support/machine-state.js';

const root = process.getuid?.() === 0;
const there = await kernelHasDatapath();
const KINDS = ['ovs', ...(there ? ['ovs-kernel'] : []), 'ovs-netdev', 'ovs-tso', 'ovs-afxdp'];

const REMARKS: Readonly<Record<string, RegExp>> = {
  ovs: there ? /^kernel datapath$/ : /^userspace datapath .* \(this kernel has no openvswitch module\)$/,
  'ovs-kernel': /^kernel datapath$/,
  'ovs-netdev': /^userspace datapath over packet sockets, checksum offload off at the ends$/,
  'ovs-tso': /^userspace datapath over packet sockets, with TSO$/,
  'ovs-afxdp': /^userspace datapath over AF_XDP, whose poll thread keeps one core busy; /,
};

let lab: LabCommands;
beforeEach(() => {
  lab = new LabCommands();
});
afterEach(() => lab.dispose());

/** Asks the database of a private switch, whose address is a word of its process. */
function vsctl({ carriers: [carrier] }: Topology, ...words: string[]): string {
  const database = readFileSync(`/proc/${carrier!.pid}/cmdline`, 'utf8')
    .split('\0')
    .find((word) => word.startsWith('unix:'));
  return execFileSync('ovs-vsctl', [`--db=${database}`, '--timeout=5', ...words], { encoding: 'utf8' }).trim();
}

/** As ip shows an interface in the namespace of a private switch. */
function linkOf({ carriers: [carrier] }: Topology, name: string): { xdp?: { mode: number } } {
  const show = ['ip', '-json', '-details', 'link', 'show', 'dev', name];
  const json = execFileSync('nsenter', [`--net=/proc/${carrier!.pid}/ns/net`, ...show], { encoding: 'utf8' });
  return JSON.parse(json)[0];
}

describe.runIf(root).each(KINDS)('run %s', (kind) => {
  it.each([...CARRIED])('carries %s, names its datapath and leaves nothing', async (_, options) => {
    const { status, stdout, stderr } = await lab.run('run', kind, '-t', '1', '-J', ...options);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { end, vnetperf } = JSON.parse(stdout);
    expect(end.sum_received.bits_per_second).toBeGreaterThan(1e6);
    expect(end.sum_received.bytes).toBeLessThanOrEqual(end.sum_sent.bytes);
    expect(vnetperf.topology).toMatchObject({ kind, remarks: [expect.stringMatching(REMARKS[kind]!)] });
    expect(await remaining(() => lab.left())).toEqual([]);
  });
});

describe.runIf(root)('a switch of our own', () => {
  it.each(KINDS)('of %s has the ports, the datapath and the offloads of its kind', async (kind) => {
    await using network = await topology(kind);
    expect(vsctl(network, 'list-ports', 'br0').split('\n').sort()).toEqual(['port-client0', 'port-server0']);
    const onKernel = REMARKS[kind]!.test('kernel datapath');
    expect(vsctl(network, 'get', 'bridge', 'br0', 'datapath_type')).toBe(onKernel ? '""' : 'netdev');
    expect(vsctl(network, 'get', 'interface', 'port-client0', 'type')).toBe(kind === 'ovs-afxdp' ? 'afxdp' : '""');
    expect(vsctl(network, 'get', 'Open_vSwitch', '.', 'other_config')).toBe(
      kind === 'ovs-tso' ? '{userspace-tso-enable="true"}' : '{}',
    );
    // 1 is the driver's own mode, 2 the kernel's stand-in for drivers that have none (IFLA_XDP_ATTACHED).
    expect(linkOf(network, 'port-server0').xdp?.mode).toBe(kind === 'ovs-afxdp' ? 1 : undefined);
    const left = onKernel || kind === 'ovs-tso';
    const [client, , , server] = network.path.hops;
    for (const end of [client, server]) expect(end?.offloads).toMatchObject({ tso: left, txChecksum: left });
    expect(network.path.hops.map((hop) => hop.master)).toEqual(
      onKernel ? [undefined, 'ovs-system', 'ovs-system', undefined] : [undefined, undefined, undefined, undefined],
    );
  });

  it('starts apart from the building of the network', async () => {
    await using network = await topology('ovs-netdev');
    const { buildMs, startUpMs, verifyMs } = network.times;
    expect(startUpMs).toBeGreaterThan(0);
    expect(buildMs).toBeGreaterThan(0);
    console.log(
      `ovs-netdev: switch up in ${startUpMs.toFixed(0)} ms, built in ${buildMs.toFixed(0)}, verified in ${verifyMs.toFixed(0)}`,
    );
  });

  it.each([
    ['ovs-netdev', 68],
    ['ovs-netdev', 9000],
    ['ovs-netdev', 65_521],
    ['ovs-tso', 68],
    ['ovs-tso', 65_521],
    ['ovs-afxdp', 68],
    ['ovs-afxdp', 3506],
  ])('of %s carries packets of %d bytes', async (kind, mtuBytes) => {
    await using network = await topology(kind, { mtuBytes });
    expect(network.path.pathMtuBytes).toBe(mtuBytes);
    expect(network.path.hops.map((hop) => hop.mtuBytes)).toEqual([mtuBytes, mtuBytes, mtuBytes, mtuBytes]);
  });

  it('has a cable for each of several pairs', async () => {
    await using network = await topology('ovs-netdev', { endpoints: 3 });
    expect(network.pairs.map(({ client, server }) => [client.name, server.name])).toEqual([
      ['client', 'server'],
      ['client2', 'server2'],
      ['client3', 'server3'],
    ]);
    expect(vsctl(network, 'list-ports', 'br0').split('\n')).toHaveLength(6);
  });

  it('is not another lab’s of the same kind', async () => {
    await using one = await topology('ovs-netdev');
    await using other = await topology('ovs-netdev', { mtuBytes: 1400 });
    expect([one, other].map(({ path }) => path.pathMtuBytes)).toEqual([1500, 1400]);
    expect(one.carriers[0]?.pid).not.toBe(other.carriers[0]?.pid);
  });

  it('dies with the program, also by SIGKILL', async () => {
    const running = lab.start('run', 'ovs-netdev', '-t', '20');
    expect(await running.printed(/0\.00-1\.\d/)).toBe(true);
    const [journal] = lab.journals();
    expect(journal?.daemons).toHaveLength(2);
    running.signal('SIGKILL');
    await running.finished();
    expect(await remaining(() => lab.left().filter((what) => typeof what === 'number'))).toEqual([]);
    expect((await lab.run('topology', 'gc')).status).toBe(0);
    expect(await remaining(() => lab.left())).toEqual([]);
  });
});

describe.runIf(root)('datagrams through a switch that is too slow for them', () => {
  it.each(['ovs-netdev', 'ovs-tso'])('%s: what is lost is what the kernel did not hand over', async (kind) => {
    await using network = await topology(kind);
    const { client, server } = network;
    const counters = async () =>
      kernelCounters((await run(['cat'] as never, server.namespace.fd, ['/proc/net/snmp'])).stdout);
    await using listening = await startServer('vnetperf', server.namespace.fd, ['-1']);
    const { status, stdout, stderr } = await run('vnetperf', client.namespace.fd, [
      ...['-c', network.target.ipv4!, '-u', '-b', '0', '-t', '1', '-J'],
    ]);
    expect([status, stderr]).toEqual([0, '']);
    await listening.finished();
    const { sum_sent: sent, sum_received: received } = JSON.parse(stdout).end;
    const arrived = received.packets - received.lost_packets;
    expect(received.lost_packets).toBeGreaterThan(0);
    expect(received.bytes).toBe(arrived * JSON.parse(stdout).start.test_start.blksize);
    expect(received.packets).toBeLessThanOrEqual(sent.packets);
    const { udpIn, udpReceiveBufferErrors } = await counters();
    // The greeting is a datagram too; what came after the end was handed over, and counts for nothing.
    expect(arrived).toBeLessThan(udpIn);
    expect(udpIn - arrived).toBeLessThan(0.05 * arrived + 100);
    console.log(
      `${kind}: ${sent.packets} sent, ${arrived} arrived, ${received.lost_packets} lost; ` +
        `the kernel handed over ${udpIn}, and dropped ${udpReceiveBufferErrors} in the socket`,
    );
  });
});

describe.runIf(root)('what cannot be', () => {
  it.runIf(!there)("the kernel's datapath of a kernel that has none is one sentence", async () => {
    const { status, stdout, stderr } = await lab.run('run', 'ovs-kernel', '-t', '1');
    expect(stderr).toMatch(
      /^vnetperf: ovs-kernel needs Open vSwitch's kernel datapath, and this kernel has no openvswitch module\n/,
    );
    expect([status, stdout]).toEqual([1, '']);
    expect(lab.left()).toEqual([]);
  });

  it('checksums left to the device under a userspace switch are refused before any traffic', async () => {
    const { status, stdout } = await lab.run('run', 'ovs-netdev', '-t', '1', '-J', '--offload', 'tx=on');
    expect(status).toBe(1);
    const { error, intervals } = JSON.parse(stdout);
    expect(error).toMatch(/^(error - )?ovs-netdev /);
    expect(intervals ?? []).toEqual([]);
    expect(await remaining(() => lab.left())).toEqual([]);
  });

  it('a machine without ovs-vswitchd is told what to install', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'vnetperf-path-'));
    try {
      for (const name of ['ip', 'nsenter', 'ethtool', 'setpriv', 'ovsdb-server', 'ovsdb-tool', 'ovs-vsctl']) {
        symlinkSync(locateCommand(name)!, join(directory, name));
      }
      const bare = new LabCommands({ env: { PATH: directory } });
      const { status, stderr } = await bare.run('run', 'ovs', '-t', '1');
      expect(stderr).toBe(
        'vnetperf: ovs needs ovs-vswitchd, which is not on this machine\n' +
          '  Install it with: apt-get install openvswitch-switch\n',
      );
      expect(status).toBe(1);
      expect(bare.left()).toEqual([]);
      await bare.dispose();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
