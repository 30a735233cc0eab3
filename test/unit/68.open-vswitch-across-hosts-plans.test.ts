import { describe, expect, it } from 'vitest';
import { planTopology } from '../../lib/topology/kinds.js';
import { kernelHasDatapath } from '../../lib/topology/openvswitch/kernel-datapath.js';
import type { TopologyOptions } from '../../lib/topology/options.js';
import { planLines } from '../support/plan-lines.js';

const there = await kernelHasDatapath();
const mtuOf = async (kind: string, options: TopologyOptions) => (await planTopology(kind, options)).mtuBytes;

describe('a switch on each of two hosts', () => {
  it('has its files in a directory of its host, and daemons named after it', async () => {
    const { steps, carriers } = await planTopology('ovs-vxlan');
    const daemons = steps.filter((step) => step.type === 'daemon');
    expect(daemons.map(({ name, namespace }) => `${namespace}: ${name}`)).toEqual(
      ['host1', 'host2'].flatMap((host) =>
        ['ovsdb-server', 'ovs-vswitchd'].map((name) => `${host}: ${name} on ${host}`),
      ),
    );
    for (const { namespace, environment } of daemons) expect(environment?.OVS_RUNDIR).toEqual({ file: namespace });
    expect(carriers).toEqual(['host1', 'host2'].map((host) => ({ type: 'daemon', name: `ovs-vswitchd on ${host}` })));
  });

  it('leads to the other host, in either family', async () => {
    const tunnels = async (options: TopologyOptions) =>
      planLines(await planTopology('ovs-vxlan', options)).flatMap((line) => /remote_ip=(\S+)/.exec(line)?.[1] ?? []);
    expect(await tunnels({})).toEqual(['198.18.40.2', '198.18.40.1']);
    expect(await tunnels({ underlayFamily: 6 })).toEqual(['"fd00:198:18:28::2"', '"fd00:198:18:28::1"']);
  });

  it.runIf(!there)('in userspace has the address of the host, and room for bursts', async () => {
    const plan = await planTopology('ovs-vxlan');
    const lines = planLines(plan);
    expect(lines).toContain('host1: ip address flush dev eth0 scope global');
    expect(lines).toContain('host1: ip address add 198.18.40.1/24 dev br-phy');
    expect(lines.filter((line) => line.includes('create qos type=linux-noop'))).toHaveLength(2);
    expect(lines.filter((line) => line.endsWith('.pid} 1514000'))).toHaveLength(2);
    const remarks = plan.steps.flatMap((step) => (step.type === undefined ? (step.remark ?? []) : []));
    expect(new Set(remarks)).toEqual(new Set(['its packet sockets hold 1000 packets']));
    expect(plan.link?.ends.map(({ interface: name }) => name)).toEqual(['eth0', 'eth0']);
  });
});

describe('the MTU of the ends', () => {
  it.each<[string, TopologyOptions, number]>([
    ['ovs-vxlan', {}, 1450],
    ['ovs-vxlan', { underlayFamily: 6 }, 1430],
    ['ovs-vxlan', { linkMtuBytes: 9000 }, 8950],
    ['weave', {}, 1376],
    ['weave', { linkMtuBytes: 9000 }, 1376],
    ['weave', { linkMtuBytes: 1400 }, 1350],
    ['weave', { weavePath: 'sleeve' }, 1376],
    ['weave', { weavePath: 'sleeve', linkMtuBytes: 1400 }, 1338],
    ['weave', { weavePath: 'sleeve', linkMtuBytes: 1400, underlayFamily: 6 }, 1318],
  ])('of %s with %j is %d', async (kind, options, mtuBytes) => {
    expect(await mtuOf(kind, options)).toBe(mtuBytes);
  });
});

describe('weave', () => {
  it('by its fast datapath has a tunnel on a port of its own', async () => {
    const lines = planLines(await planTopology('weave'));
    expect(lines.filter((line) => line.includes('type=vxlan') && line.includes('options:dst_port=6784'))).toHaveLength(
      2,
    );
    expect(lines).toContain('host1: ip link set vethwe-bridge master weave up');
  });

  it('by sleeve has a process on each host and no switch', async () => {
    const plan = await planTopology('weave', { weavePath: 'sleeve' });
    const daemons = plan.steps.filter((step) => step.type === 'daemon');
    expect(daemons.map(({ name }) => name)).toEqual(['sleeve on host1', 'sleeve on host2']);
    expect(planLines(plan).join('\n')).not.toContain('vsctl');
    expect(planLines(plan).find((line) => line.includes('weave-sleeve'))).toMatch(
      /dist\/processes\/weave-sleeve\.js vethwe-pcap 198\.18\.40\.1 198\.18\.40\.2 6783 /,
    );
    expect(plan.link?.headers.map(({ bytes }) => bytes)).toEqual([20, 8, 20, 14]);
  });
});
