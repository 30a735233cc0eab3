import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doctor, foundByBoth, ofSeverity } from '../support/doctor-findings.js';
import { LabCommands } from '../support/lab-command.js';
import type { NamedNetworks } from '../support/named-networks.js';
import { bridgedOverlay, routedHosts, routedOverlay } from '../support/two-hosts.js';

describe.runIf(process.getuid?.() === 0)('two places across an overlay of two hosts on one machine', () => {
  let vnetperf: LabCommands;
  beforeEach(() => {
    vnetperf = new LabCommands();
  });
  afterEach(() => vnetperf.dispose());

  const look = (net: NamedNetworks) => doctor(vnetperf, net.place('client'), net.place('server'));

  describe('the whole way is found', () => {
    it.each([
      ['bridges joined by VXLAN', bridgedOverlay, ['br0', 'vxlan0'], 1450],
      ['routes over VXLAN', routedOverlay, ['cni0', 'flannel.1'], 1450],
      ['routes alone', routedHosts, ['cni0'], 1500],
    ] as const)('over %s', async (_, build, inner, mtuBytes) => {
      using net = build();
      const { head, path, findings } = await look(net);
      expect(path?.hops.map((hop) => `${hop.namespace} ${hop.interface}`)).toEqual([
        `${net.place('client')} eth0`,
        ...['port0', ...inner, 'eth0'].map((device) => `${net.place('host1')} ${device}`),
        ...['eth0', ...inner.toReversed(), 'port0'].map((device) => `${net.place('host2')} ${device}`),
        `${net.place('server')} eth0`,
      ]);
      const names = ['port0', ...inner, 'eth0', 'eth0', ...inner.toReversed(), 'port0'];
      expect(head).toContain(` -> ${names.join(' -> ')} -> `);
      expect(path?.pathMtuBytes).toBe(mtuBytes);
      expect(ofSeverity(findings, 'error')).toEqual([]);
      expect(findings.filter(({ code }) => code === 'PATH_MTU')).toEqual([]);
      expect(findings.at(-1)?.message).toContain(`packets of ${mtuBytes} bytes cross whole`);
    });
  });

  describe('an MTU larger than the tunnel carries', () => {
    const PARTING =
      /they part where (\S+) in \S+host1\S* puts 50 bytes around each packet \(outer IPv4 20, UDP 8, VXLAN 8, inner Ethernet 14\) and the link's MTU at eth0 in \S+host1\S* is 1500: the ends may have 1450/;

    it.each([
      ['the kernel tells the sender', bridgedOverlay, 'vxlan0', /the sender knows and sends smaller packets/],
      ['the kernel takes packets apart', routedOverlay, 'flannel.1', /carries packets of 1500 bytes only in pieces/],
    ] as const)('%s: a warning, with what it costs and what fits', async (_, build, device, words) => {
      using net = build({ mtuBytes: 1500 });
      const { path, findings } = await look(net);
      const [warning, ...more] = findings.filter(({ code }) => code === 'PATH_MTU');
      expect(more).toEqual([]);
      expect(PARTING.exec(warning!.message)?.[1]).toBe(device);
      expect(warning).toMatchObject({ severity: 'warning', message: expect.stringMatching(words) });
      expect(warning?.remedy).toMatch(/^ip link set eth0 mtu 1450 in \S+client\S+, and at the other end; or /);
      expect(warning?.remedy).toMatch(
        /ip link set eth0 mtu 1550 in \S+host1\S+ and ip link set eth0 mtu 1550 in \S+host2/,
      );
      expect(path?.pathMtuBytes).toBe(1450);
    });

    it.each([
      ['ends and ports, over bridges', bridgedOverlay, ['eth0', 'port0'], ['vxlan0', 'vxlan0', 'br0', 'br0']],
      ['ends and ports, over routes', routedOverlay, ['eth0', 'port0'], ['flannel.1', 'flannel.1']],
      ['ends, over routes', routedOverlay, ['eth0'], [...['port0', 'flannel.1', 'flannel.1', 'port0'], 'cni0', 'cni0']],
    ] as const)('of %s: what is told to do is enough, in its order', async (_, build, [end, port], devices) => {
      using net = build();
      for (const [name, host] of Object.entries({ client: 'host1', server: 'host2' })) {
        net.run(name, `ip link set ${end} mtu 1500`);
        if (port !== undefined) net.run(host, `ip link set ${port} mtu 1500`);
      }
      const { findings } = await look(net);
      const [{ remedy }] = findings.filter(({ code }) => /PATH_MTU/.test(code)) as [(typeof findings)[0]];
      const told = [...remedy!.matchAll(/(ip (?:link set (\S+) mtu \d+|route flush cache)) in \S+?-(\w+)-/g)];
      const done = told.filter(([, command, , name]) => name!.startsWith('host') || command!.endsWith('cache'));
      expect(done.flatMap(([, , device]) => device ?? [])).toEqual(['eth0', 'eth0', ...devices]);
      for (const [, command, , name] of done) net.run(name!, command!);
      const after = await look(net);
      expect(after.findings.filter(({ code }) => /MTU/.test(code))).toEqual([]);
      expect(after.path?.pathMtuBytes).toBe(1500);
    });

    it('and no warning where the link has room for the headers', async () => {
      using net = bridgedOverlay({ mtuBytes: 1500, linkMtuBytes: 1550 });
      const { path, findings } = await look(net);
      expect(findings.filter(({ code }) => /MTU/.test(code))).toEqual([]);
      expect(path?.pathMtuBytes).toBe(1500);
    });
  });

  describe('unequal MTUs at the two ends of the link', () => {
    it('of which full packets are lost: an error with the hop', async () => {
      using net = bridgedOverlay({ mtuBytes: 8950, linkMtuBytes: 9000 });
      net.run('host2', 'ip link set eth0 mtu 1500');
      const error = await foundByBoth(vnetperf, net, 'ERR_PATH_MTU');
      expect(error.message).toMatch(
        /has a path MTU of 145[04] bytes, \S+client\S+ to \S+server\S+ over IPv4, but eth0/,
      );
      expect(error.message).toMatch(
        /they part where vxlan0 in \S+host2\S+ puts 50 bytes around each packet .* at eth0 in \S+host2\S+ is 1500: the ends may have 1450/,
      );
      expect(error.message).toMatch(/small packets pass, TCP starts and then stops, UDP above 142\d bytes disappears/);
      expect(error.remedy).toMatch(/or ip link set eth0 mtu 9000 in \S+host2\S+\.$/);
    });

    it('of which none is lost: a note', async () => {
      using net = bridgedOverlay();
      net.run('host1', 'ip link set eth0 mtu 9000');
      const { findings } = await look(net);
      expect(ofSeverity(findings, 'error')).toEqual([]);
      expect(findings.find(({ code }) => code === 'MTU_UNEQUAL')).toMatchObject({
        severity: 'note',
        message: expect.stringMatching(
          /^eth0 in the namespace \S+host1\S+ has an MTU of 9000, and eth0 in the namespace \S+host2\S+ at the other end/,
        ),
      });
    });
  });

  describe('what a host does not know', () => {
    it.each([
      [
        'a neighbour',
        'ip neighbour del 198.18.62.0 dev flannel.1',
        /flannel\.1 in \S+host1\S+ has no neighbour entry for 198\.18\.62\.0/,
        /^ip neighbour replace 198\.18\.62\.0 lladdr 02:00:00:00:00:02 dev flannel\.1 nud permanent, in \S+host1/,
      ],
      [
        'a forwarding entry',
        'bridge fdb del 02:00:00:00:00:02 dev flannel.1 dst 198.18.40.2',
        /flannel\.1 in \S+host1\S+ has no forwarding entry for 02:00:00:00:00:02/,
        /^bridge fdb append 02:00:00:00:00:02 dev flannel\.1 dst 198\.18\.40\.2, in \S+host1/,
      ],
      [
        'a route',
        'ip route del 198.18.62.0/24',
        /\S+host1\S+ has no route to 198\.18\.62\.0\/24 by flannel\.1/,
        /^Give it one: ip route add 198\.18\.62\.0\/24 via 198\.18\.62\.0 dev flannel\.1 onlink, in \S+host1/,
      ],
    ])('%s: named, with the command that adds it', async (_, command, message, remedy) => {
      using net = routedOverlay();
      net.run('host1', command);
      const error = await foundByBoth(vnetperf, net, 'ERR_PATH_UNREACHABLE');
      expect(error.message).toMatch(message);
      expect(error.remedy).toMatch(remedy);
    });
  });

  it('a tunnel that answers for all, as that of an engine, and was not told of one', async () => {
    using net = bridgedOverlay({ vxlan: 'proxy l2miss l3miss' });
    const [, mac] = /link\/ether (\S+)/.exec(net.run('server', 'ip link show eth0'))!;
    const error = await foundByBoth(vnetperf, net, 'ERR_PATH_UNREACHABLE');
    expect(error.message).toMatch(
      /vxlan0 in \S+host1\S+ has no neighbour entry for 198\.18\.60\.2, and nobody answers for it there$/,
    );
    expect(error.remedy).toMatch(
      /^Make the network again, since it is for its engine to know this; where that fails too, restart the host\. By hand: /,
    );
    expect(error.remedy).toContain(
      `ip neighbour replace 198.18.60.2 lladdr ${mac} dev vxlan0 nud permanent, in netns:`,
    );
  });

  it('a tunnel that was set down, while another of the kernel has its port: they share it, and up is the remedy', async () => {
    using net = bridgedOverlay();
    net.run('host1', 'ip link add vxlan1 type vxlan id 43 dstport 4789 remote 198.18.40.2');
    net.run('host1', 'ip link set vxlan1 up');
    net.run('host1', 'ip link set vxlan0 down');
    expect(net.run('host1', 'ss -Hlun sport = :4789')).not.toBe('');
    const error = await foundByBoth(vnetperf, net, 'ERR_PATH_UNREACHABLE');
    expect(error.message).toMatch(/vxlan0 in the namespace \S+host1\S+ is set down$/);
    const [, command] = /^(ip link set vxlan0 up), in \S+host1\S+\.$/.exec(error.remedy!)!;
    net.run('host1', command!);
    expect(ofSeverity((await look(net)).findings, 'error')).toEqual([]);
  });

  it('a tunnel that is down since somebody has its port: who', async () => {
    using net = bridgedOverlay();
    net.run('host1', 'ip link set vxlan0 down');
    const holder = await holdPort(net.name('host1'), 4789);
    try {
      expect(() => net.run('host1', 'ip link set vxlan0 up')).toThrow(/Address already in use/);
      const error = await foundByBoth(vnetperf, net, 'ERR_PATH_UNREACHABLE');
      expect(error.message).toMatch(
        new RegExp(
          `vxlan0 in the namespace \\S+host1\\S+ is down and cannot come up: its UDP port 4789 is in use by node \\(pid ${holder.pid}\\)`,
        ),
      );
      expect(error.remedy).toContain('ss -lunp sport = :4789');
    } finally {
      holder.kill('SIGKILL');
    }
  });
});

/** A process that has a UDP port of a network. */
async function holdPort(netns: string, port: number): Promise<ChildProcess> {
  const program = `require('dgram').createSocket('udp4').bind(${port}, () => console.log('bound'))`;
  const holder = spawn('nsenter', [`--net=/run/netns/${netns}`, process.execPath, '--eval', program]);
  await once(holder.stdout, 'data');
  return holder;
}
