import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { foundByBoth as foundInBoth } from '../support/doctor-findings.js';
import { LabCommands } from '../support/lab-command.js';
import { NamedNetworks } from '../support/named-networks.js';

describe.runIf(process.getuid?.() === 0)('what is wrong between two places is found before any traffic', () => {
  let vnetperf: LabCommands;
  beforeEach(() => {
    vnetperf = new LabCommands();
  });
  afterEach(() => vnetperf.dispose());

  const foundByBoth = (net: NamedNetworks, code: string) => foundInBoth(vnetperf, net, code);

  /** Two ends on a bridge in a network of its own. */
  function bridged(): NamedNetworks {
    const net = new NamedNetworks('client', 'switch', 'server');
    net.run('switch', 'ip link add br0 up type bridge stp_state 0');
    for (const [index, end] of ['client', 'server'].entries()) {
      net.cable('switch', `port-${end}`, end, 'end0');
      net.run('switch', `ip link set port-${end} master br0`);
      net.run(end, `ip address add 198.18.5.${index + 1}/24 dev end0`);
    }
    return net;
  }

  it('nothing, where nothing is', async () => {
    using net = bridged();
    const { status, stdout } = await vnetperf.run('doctor', net.place('client'), net.place('server'));
    expect(stdout).toMatch(
      /^between netns:\S+ and netns:\S+: client 198\.18\.5\.1 -> .*br0.* -> server 198\.18\.5\.2 /,
    );
    expect(stdout).toMatch(/^ok +reachable both ways, connected in [\d.]+ ms; packets of 1500 bytes cross whole/m);
    expect(stdout).not.toMatch(/^error/m);
    expect(status).toBe(0);
  });

  it('an MTU that is too small at one hop, with the path MTU and where they part', async () => {
    using net = bridged();
    net.run('switch', 'ip link set port-server mtu 1400');
    const { message, remedy } = await foundByBoth(net, 'ERR_PATH_MTU');
    // What Linux forwards to a port may be longer than its MTU by a VLAN tag.
    expect(message).toMatch(
      /has a path MTU of 140[04] bytes, netns:\S+ to netns:\S+ over IPv4, but end0 in \S+ has an MTU of 1500/,
    );
    expect(message).toMatch(/they part at port-server in the namespace \S+, whose MTU is 1400/);
    expect(message).toContain('TCP starts and then stops, UDP above 137');
    expect(remedy).toMatch(/ip link set \S+ mtu 1500 in \S+, or ip link set end0 mtu 1400/);
  });

  it('an MTU that is too small at the far end, which TCP keeps to', async () => {
    using net = bridged();
    net.run('server', 'ip link set end0 mtu 1450');
    const { message } = await foundByBoth(net, 'ERR_PATH_MTU');
    expect(message).toContain("TCP keeps to the receiver's MTU, UDP above 142");
  });

  it('a packet filter that drops, by its rule', async () => {
    using net = bridged();
    net.run('server', 'nft add table inet guard');
    net.run('server', 'nft add chain inet guard input { type filter hook input priority 0 ; }');
    net.run('server', 'nft add rule inet guard input meta l4proto tcp counter drop');
    const { message, remedy } = await foundByBoth(net, 'ERR_PATH_UNREACHABLE');
    expect(message).toMatch(
      /the link answers \(neighbour \w+\), but netns:\S+ has a packet filter that drops: chain input, .*tcp.*drop$/,
    );
    expect(remedy).toMatch(/^See it with: nft list ruleset, in netns:/);
  });

  it('nobody who answers on the link', async () => {
    using net = bridged();
    net.run('server', 'ip link set end0 arp off');
    net.run('client', 'ip neighbour flush all');
    const { message } = await foundByBoth(net, 'ERR_PATH_UNREACHABLE');
    expect(message).toMatch(/nobody answers for 198\.18\.5\.2 on end0 of netns:\S+ \(neighbour (FAILED|INCOMPLETE)\)/);
  });

  it('a router that does not route', async () => {
    using net = new NamedNetworks('client', 'router', 'server');
    for (const [index, end] of ['client', 'server'].entries()) {
      net.cable('router', `port-${end}`, end, 'end0');
      net.run('router', `ip address add 198.18.${index}.1/24 dev port-${end}`);
      net.run(end, `ip address add 198.18.${index}.2/24 dev end0`);
      net.run(end, `ip route add default via 198.18.${index}.1`);
    }
    net.run('router', 'sysctl -qw net.ipv4.ip_forward=0');
    const { message, remedy } = await foundByBoth(net, 'ERR_PATH_UNREACHABLE');
    expect(message).toContain(`netns:${net.name('router')} is to route and does not (net.ipv4.ip_forward is 0)`);
    expect(remedy).toContain('sysctl -w net.ipv4.ip_forward=1');
  });

  it('a way that is missing', async () => {
    using net = new NamedNetworks('client', 'server');
    net.run('server', 'ip link add end0 type veth peer name cable0');
    net.run('server', 'ip link set cable0 up');
    net.run('server', 'ip link set end0 up');
    net.run('server', 'ip address add 198.18.6.2/24 dev end0');
    const { message, remedy } = await foundByBoth(net, 'ERR_PATH_UNREACHABLE');
    expect(message).toMatch(/netns:\S+ has no route to 198\.18\.6\.2$/);
    expect(remedy).toContain('ip route add 198.18.6.2 via GATEWAY');
  });

  it('a VXLAN device that was not told where the other end is', async () => {
    using net = new NamedNetworks('client', 'hosta', 'hostb', 'server');
    net.cable('hosta', 'under0', 'hostb', 'under0');
    const sides = [
      { end: 'client', host: 'hosta' },
      { end: 'server', host: 'hostb' },
    ];
    for (const [index, { end, host }] of sides.entries()) {
      net.run(host, `ip address add 198.18.40.${index + 1}/24 dev under0`);
      net.run(host, 'ip link add br0 up type bridge stp_state 0');
      net.run(
        host,
        `ip link add vxlan1 up master br0 type vxlan id 256 dstport 4789 nolearning local 198.18.40.${index + 1}`,
      );
      net.cable(host, `port-${end}`, end, 'end0');
      net.run(host, `ip link set port-${end} mtu 1450 master br0`);
      net.run(end, 'ip link set end0 mtu 1450');
      net.run(end, `ip address add 198.18.60.${index + 1}/24 dev end0`);
    }
    const { message, remedy } = await foundByBoth(net, 'ERR_PATH_UNREACHABLE');
    expect(message).toMatch(
      /vxlan1 in netns:vnptest-hosta-\S+ has no forwarding entry for 00:00:00:00:00:00, where broadcast goes/,
    );
    expect(remedy).toMatch(
      /^bridge fdb append 00:00:00:00:00:00 dev vxlan1 dst 198\.18\.40\.2, in netns:vnptest-hosta/,
    );
    // With the entries it works, and nothing is found.
    net.run('hosta', 'bridge fdb append 00:00:00:00:00:00 dev vxlan1 dst 198.18.40.2');
    net.run('hostb', 'bridge fdb append 00:00:00:00:00:00 dev vxlan1 dst 198.18.40.1');
    const { status, stdout } = await vnetperf.run('doctor', net.place('client'), net.place('server'));
    expect(stdout).toMatch(/packets of 1450 bytes cross whole/);
    expect(status).toBe(0);
  });

  it('a queue that decides the rate', async () => {
    using net = bridged();
    net.run('switch', 'tc qdisc add dev port-server root tbf rate 100mbit burst 30kb latency 5ms');
    const { stdout } = await vnetperf.run('doctor', net.place('client'), net.place('server'));
    expect(stdout).toMatch(/^note +the queueing discipline tbf at port-server in the namespace \S+ limits the rate/m);
  });

  it('a test of which nothing arrives says why, although the path looks sound', async () => {
    using net = bridged();
    net.run('server', 'nft add table inet guard');
    net.run('server', 'nft add chain inet guard input { type filter hook input priority 0 ; }');
    net.run('server', 'nft add rule inet guard input udp dport 5201 meta length > 400 counter drop');
    const words = ['between', net.place('client'), net.place('server'), '-p', '5201', '-u', '-b', '10M', '-t', '1'];
    const { status, stdout } = await vnetperf.run(...words);
    expect(stdout).toMatch(/^error +nothing of the test arrived, although between .* still carries connections/m);
    expect(stdout).toMatch(/has a packet filter that drops: chain input, udp dport 5201 .*drop/);
    expect(status).toBe(1);
    const json = await vnetperf.run(...words, '-J');
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout).vnetperf.topology.findings).toContainEqual(
      expect.objectContaining({ severity: 'error', code: 'ERR_NOTHING_ARRIVED' }),
    );
  });
});
