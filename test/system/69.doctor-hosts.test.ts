import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kinds, planTopology, topologyKind } from '../../lib/topology/kinds.js';
import { Lab } from '../../lib/topology/lab.js';
import { inside, type Plan, type Step } from '../../lib/topology/plan.js';
import { verifyPath } from '../../lib/topology/verify.js';
import { doctor, ofSeverity } from '../support/doctor-findings.js';
import { LabCommands } from '../support/lab-command.js';

const root = process.getuid?.() === 0;
const ACROSS_HOSTS = [...kinds.values()]
  .filter(({ takes }) => takes.includes('linkMtuBytes') && !takes.includes('cniConf'))
  .map(({ name }) => name);
const KERNEL_LACKS = /^ERR_KERNEL_(MODULE|LACKS)$/;

describe.runIf(root)('doctor of a KIND across two hosts', () => {
  let vnetperf: LabCommands;
  beforeEach(() => {
    vnetperf = new LabCommands();
  });
  afterEach(() => vnetperf.dispose());

  it.each(ACROSS_HOSTS)(
    '%s: nothing is wrong, and the head names both hosts and the link',
    async (kind) => {
      const { head, findings, path } = await doctor(vnetperf, kind);
      const errors = ofSeverity(findings, 'error');
      if (errors.some(({ code }) => KERNEL_LACKS.test(code))) {
        expect(errors).toMatchObject([
          { message: expect.stringMatching(`^${kind} .*kernel`), remedy: expect.any(String) },
        ]);
        return;
      }
      expect(errors).toEqual([]);
      expect(findings.filter(({ code }) => /MTU|QUEUE/.test(code))).toEqual([]);
      expect(head).toMatch(new RegExp(`^${kind}: client \\S+ -> .*host1 -> link -> host2 -> .*server \\S+ {3}MTU`));
      expect(path?.hops.filter((hop) => /^host[12]$/.test(hop.namespace)).length).toBeGreaterThan(1);
      const ways = (await planTopology(kind)).serverReachesClient ? 'both ways' : 'from the client';
      expect(findings.at(-1)).toMatchObject({
        severity: 'ok',
        message: expect.stringMatching(
          new RegExp(`^reachable ${ways}, connected in .*; packets of \\d+ bytes cross whole`),
        ),
      });
    },
    60_000,
  );

  it('a rate that was asked for of the link is no finding', async () => {
    const { head, findings } = await doctor(vnetperf, 'vxlan', '--link-rate', '1gbit');
    expect(head).toContain('link 1 Gbit/s');
    expect(findings.filter(({ code }) => code === 'QUEUE')).toEqual([]);
  });
});

describe.runIf(root)('an MTU larger than the overlay carries', () => {
  let vnetperf: LabCommands;
  beforeEach(() => {
    vnetperf = new LabCommands();
  });
  afterEach(() => vnetperf.dispose());

  it.each(ACROSS_HOSTS)(
    '%s --mtu 1500',
    async (kind) => {
      const { link } = await planTopology(kind);
      const headers = link!.headers.reduce((sum, { bytes }) => sum + bytes, 0);
      const { findings } = await doctor(vnetperf, kind, '--mtu', '1500');
      const errors = ofSeverity(findings, 'error');
      if (errors.some(({ code }) => KERNEL_LACKS.test(code))) return;
      if (headers === 0) {
        expect(errors).toEqual([]);
        return;
      }
      expect(errors.map(({ code }) => code)).toEqual(['ERR_PATH_MTU']);
      const [{ message, remedy }] = errors as [(typeof errors)[0]];
      expect(message).toMatch(
        new RegExp(
          `they part where .* puts ${headers} bytes around each packet \\(outer IPv4 20, .*\\) ` +
            `and the link's MTU at eth0 in host1 is 1500: the ends may have ${1500 - headers}`,
        ),
      );
      expect(remedy).toBe(
        `Give the ends what fits: --mtu ${1500 - headers}; or give the link room for their packets: ` +
          `--link-mtu ${1500 + headers}.`,
      );
    },
    60_000,
  );

  it('and either remedy is one', async () => {
    for (const words of [
      ['--mtu', '1450'],
      ['--mtu', '1500', '--link-mtu', '1550'],
    ]) {
      const { findings, path } = await doctor(vnetperf, 'vxlan', ...words);
      expect(ofSeverity(findings, 'error')).toEqual([]);
      expect(path?.pathMtuBytes).toBe(Number(words[1]));
    }
  });

  it('over an IPv6 underlay takes 70 bytes', async () => {
    const { findings } = await doctor(vnetperf, 'vxlan', '--underlay', '6', '--mtu', '1450');
    const [error] = ofSeverity(findings, 'error');
    expect(error).toMatchObject({ code: 'ERR_PATH_MTU', remedy: expect.stringContaining('--mtu 1430;') });
    expect(error?.message).toContain(
      'puts 70 bytes around each packet (outer IPv6 40, UDP 8, VXLAN 8, inner Ethernet 14)',
    );
  });

  it.each(['vxlan', 'ovs-vxlan'])('ends run %s before any traffic', async (kind) => {
    const run = await vnetperf.run('run', kind, '--mtu', '1500', '-t', '1');
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(/the ends may have 1450: .*\n {2}Give the ends what fits: --mtu 1450; or /);
    expect(vnetperf.left()).toEqual([]);
  });
});

describe.runIf(root)('what a host does not know is an error that names it', () => {
  async function broken(kind: string, change: (steps: readonly Step[]) => readonly Step[]) {
    const plan = await planTopology(kind, { ipv6: false });
    const altered: Plan = { ...plan, steps: change(plan.steps) };
    const lab = await Lab.build(altered, topologyKind(kind));
    try {
      return await verifyPath(plan, lab);
    } finally {
      await lab.close();
    }
  }

  const typed = (step: Step) =>
    (step.type === 'adopt' ? [] : step.command).map((word) => (typeof word === 'string' ? word : '')).join(' ');
  const isAt = (step: Step, namespace: string, pattern: RegExp) =>
    step.type === undefined && step.namespace === namespace && pattern.test(typed(step));

  /** Leaves one step out, and fails where there is none. */
  const without = (namespace: string, pattern: RegExp) => (steps: readonly Step[]) => {
    const kept = steps.filter((step) => !isAt(step, namespace, pattern));
    expect(kept.length).toBe(steps.length - 1);
    return kept;
  };
  const and = (namespace: string, line: string) => (steps: readonly Step[]) => [...steps, inside(namespace, line)];

  it.each<[string, string, (steps: readonly Step[]) => readonly Step[], RegExp, RegExp]>([
    [
      'the forwarding entry of the other tunnel',
      'flannel-vxlan',
      without('host1', /^bridge fdb append/),
      /client to server over IPv4 does not get through: .*: flannel\.1 in host1 has no forwarding entry for 02:00:c6:12:02:00/,
      /^bridge fdb append 02:00:c6:12:02:00 dev flannel\.1 dst 198\.18\.40\.2, in host1\.$/,
    ],
    [
      'the forwarding entry for the answers',
      'flannel-vxlan',
      without('host2', /^bridge fdb append/),
      /flannel\.1 in host2 has no forwarding entry for 02:00:c6:12:01:00/,
      /^bridge fdb append 02:00:c6:12:01:00 dev flannel\.1 dst 198\.18\.40\.1, in host2\.$/,
    ],
    [
      'the static neighbour entry',
      'flannel-vxlan',
      without('host1', /^ip neighbour add 198/),
      /flannel\.1 in host1 has no neighbour entry for 198\.18\.2\.0, and nobody answers for it there/,
      /^ip neighbour replace 198\.18\.2\.0 lladdr 02:00:c6:12:02:00 dev flannel\.1 nud permanent, in host1\.$/,
    ],
    [
      "the route to the other host's pods",
      'flannel-vxlan',
      without('host1', /^ip route add 198/),
      /host1 has no route to 198\.18\.2\.0\/24 by flannel\.1 \(Network is unreachable\)/,
      /^Give it one: ip route add 198\.18\.2\.0\/24 via 198\.18\.2\.0 dev flannel\.1 onlink, in host1\.$/,
    ],
    [
      "the plain route to the other host's pods",
      'flannel-host-gw',
      without('host2', /^ip route add 198/),
      /host2 has no route to 198\.18\.1\.0\/24 by eth0 \(Network is unreachable\)/,
      /^Give it one: ip route add 198\.18\.1\.0\/24 via 198\.18\.40\.1 dev eth0 onlink, in host2\.$/,
    ],
    [
      'where to send what it has not learned',
      'vxlan',
      (steps) =>
        ['host1', 'host2'].reduce(
          (more, host) => and(host, 'bridge fdb del 00:00:00:00:00:00 dev vxlan0')(more),
          steps,
        ),
      /vxlan0 in host1 has no forwarding entry for 00:00:00:00:00:00, where broadcast goes, by which ends find each other/,
      /^bridge fdb append 00:00:00:00:00:00 dev vxlan0 dst 198\.18\.40\.2, in host1\.$/,
    ],
    [
      'that it is to forward',
      'flannel-host-gw',
      and('host2', 'sysctl -qw net.ipv4.ip_forward=0'),
      /host2 is to route and does not \(net\.ipv4\.ip_forward is 0\)/,
      /^sysctl -w net\.ipv4\.ip_forward=1 in host2\.$/,
    ],
    [
      'that its link is up',
      'vxlan',
      and('host2', 'ip link set eth0 down'),
      /^vxlan carries nothing: eth0 in the namespace host2 is set down$/,
      /--dry-run/,
    ],
    [
      'what MTU its link has',
      'vxlan',
      and('host2', 'ip link set eth0 mtu 1400'),
      /^vxlan has an MTU of 1400 bytes at eth0 in the namespace host2, and 1500 was asked for; packets of more than 13\d\d bytes do not arrive$/,
      /give every hop the same MTU: --mtu 1350\.$/,
    ],
  ])('%s (%s)', async (_, kind, change, message, remedy) => {
    await expect(broken(kind, change)).rejects.toMatchObject({
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    });
  });

  it('a route that BIRD has made, when BIRD is gone (calico)', async () => {
    const plan = await planTopology('calico', { ipv6: false });
    const lab = await Lab.build(plan, topologyKind('calico'));
    try {
      await verifyPath(plan, lab);
      for (const { pid } of lab.daemons) process.kill(pid!, 'SIGKILL');
      const routes = JSON.parse((await lab.run('host1', ['ip', '-json', 'route', 'show'])).stdout) as {
        dst: string;
        gateway?: string;
      }[];
      const learned = routes.filter(({ gateway }) => gateway === '198.18.40.2');
      expect(learned.length).toBeGreaterThan(0);
      for (const { dst } of learned) await lab.run('host1', ['ip', 'route', 'del', dst]);
      await expect(verifyPath(plan, lab)).rejects.toMatchObject({
        code: 'ERR_PATH_UNREACHABLE',
        message: expect.stringMatching(/host1 has no route to 198\.18\.\S+ by eth0 \(.*\)/),
        remedy: expect.stringMatching(
          /^Give it one: ip route add 198\.18\.\S+ via 198\.18\.40\.2 dev eth0 onlink, in host1/,
        ),
      });
    } finally {
      await lab.close();
    }
  });

  it('a port that another tunnel of the kernel does not share, and not of one that is merely down', async () => {
    const at = (steps: readonly Step[]) => steps.findIndex((step) => isAt(step, 'host1', /^ip link set vxlan0 .*up/));
    const others = [
      'ip link add aside type vxlan id 7 dstport 4789 dev eth0',
      // Group policy is an option of the socket: without it a device needs one of its own.
      'ip link add other type vxlan id 8 dstport 4789 dev eth0 gbp',
      'ip link set other up',
    ].map((line) => inside('host1', line));
    const change = (steps: readonly Step[]) => [...steps.slice(0, at(steps)), ...others, ...steps.slice(at(steps))];
    await expect(broken('vxlan', change)).rejects.toMatchObject({
      code: 'ERR_PORT_IN_USE',
      message:
        'vxlan cannot be built: vxlan0 in its namespace host1 cannot come up: ' +
        'its UDP port 4789 is in use by another tunnel of the kernel (no process holds it)',
    });
  });

  it('a port that a process has taken from the tunnel, by its number and its process', async () => {
    const program = "require('dgram').createSocket('udp4').bind(4789)";
    const holding: Step = {
      type: 'daemon',
      name: 'holder',
      title: 'holder',
      namespace: 'host1',
      command: [process.execPath, '--eval', program],
      ready: ['sh', '-c', 'ss -Hlun sport = :4789 | grep -q .'],
    };
    const at = (steps: readonly Step[]) => steps.findIndex((step) => isAt(step, 'host1', /^ip link set vxlan0 .*up/));
    const change = (steps: readonly Step[]) => [...steps.slice(0, at(steps)), holding, ...steps.slice(at(steps))];
    await expect(broken('vxlan', change)).rejects.toMatchObject({
      code: 'ERR_PORT_IN_USE',
      message: expect.stringMatching(
        /^vxlan cannot be built: vxlan0 in its namespace host1 cannot come up: its UDP port 4789 is in use by node \(pid \d+\)$/,
      ),
      remedy: expect.stringContaining('give the tunnel another port (dstport) on both hosts'),
    });
  });
});
