import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { topology } from '../../lib/topology/topology.js';
import { LabCommands } from '../support/lab-command.js';
import { leftBehind, machineState } from '../support/machine-state.js';
import { MeasuredHosts } from '../support/measured-hosts.js';
import { expectDatagramsToPass } from '../support/rates-across-hosts.js';

const root = process.getuid?.() === 0;
const TOLERANCE = 0.015;
const about = (expected: number) => (figure: number) => Math.abs(figure / expected - 1) <= TOLERANCE;
const TCP = '-t 2 -C cubic';

describe.runIf(root).each([
  ['vxlan', 4, 1398],
  ['vxlan', 6, 1378],
  ['flannel-vxlan', 4, 1398],
  ['flannel-vxlan', 6, 1378],
] as const)('%s over IPv%i at 1 Gbit/s', (kind, underlayFamily, payloadBytes) => {
  let hosts: MeasuredHosts;
  beforeAll(async () => {
    hosts = await MeasuredHosts.build(kind, { linkRateBitsPerSecond: 1e9, underlayFamily });
  });
  afterAll(() => hosts?.[Symbol.asyncDispose]());

  it.each(underlayFamily === 4 ? [TCP, `${TCP} -R`, `${TCP} -6`, `${TCP} -P 4`] : [TCP])(
    'TCP %s is what is left of a full frame',
    async (words) => {
      const expected = (1e9 * (words.endsWith('-6') ? payloadBytes - 20 : payloadBytes)) / 1538;
      const test = await hosts.bestOf(words, ({ received }) => about(expected)(received.bits_per_second));
      expect(test.received.bits_per_second / expected).toBeGreaterThan(1 - TOLERANCE);
      expect(test.received.bits_per_second / expected).toBeLessThan(1 + TOLERANCE);
      // The end sent packets of many segments through bridge and tunnel; on the line each is one.
      const line = test.line[words.includes('-R') ? 1 : 0];
      expect(line.bytes / line.packets).toBeLessThanOrEqual(1514);
      expect(line.packets).toBeGreaterThanOrEqual(Math.floor(test.received.bytes / payloadBytes));
    },
  );

  it.each(underlayFamily === 4 ? [' -4', ' -4 -R', ' -6'] : [' -4'])(
    'of UDP%s at 95 percent of that less than a thousandth is lost',
    async (words) => {
      const udpBytes = payloadBytes + 24 - (words.includes('-6') ? 20 : 0);
      const rate = Math.floor((0.95e9 * payloadBytes) / 1538);
      await expectDatagramsToPass(rate, () => hosts.datagrams(`-b ${rate}${words}`, udpBytes));
    },
  );
});

describe.runIf(root).each(['vxlan', 'flannel-vxlan'])('%s', (kind) => {
  it('carries IPv6 and packets of its full MTU, with all its pairs of ends, over either underlay', async () => {
    for (const [underlayFamily, mtuBytes] of [
      [4, 8950],
      [6, 8930],
    ] as const) {
      await using lab = await topology(kind, { underlayFamily, linkMtuBytes: 9000, endpoints: 3 });
      expect(lab.path.pathMtuBytes).toBe(mtuBytes);
      expect(lab.pairs).toHaveLength(3);
      expect(lab.client.ipv6).toMatch(/^fd00:198:18:/);
      expect(lab.link?.underlayFamily).toBe(underlayFamily);
    }
  });

  it.each([
    [4, 1450],
    [6, 1430],
  ] as const)('with ends of 1500 bytes over IPv%i says where these part and what would work', async (family, works) => {
    const before = machineState();
    const building = topology(kind, { mtuBytes: 1500, underlayFamily: family });
    await expect(building).rejects.toMatchObject({ code: 'ERR_PATH_MTU' });
    const { message, remedy } = (await building.catch((error) => error)) as { message: string; remedy: string };
    expect(message).toContain(`${works}`);
    expect(message).toMatch(
      kind === 'vxlan' ? /vxlan0 in host1|eth0 in host1/ : /flannel\.1 in (the namespace )?host1/,
    );
    expect(`${message} ${remedy}`).toContain(`${works}`);
    expect(leftBehind(before)).toEqual([]);
  });

  it('runs several pairs at once and leaves nothing', async () => {
    const vnetperf = new LabCommands();
    try {
      const line = ['run', kind, '--endpoints', '2', '-t', '1', '-C', 'cubic', '--link-rate', '100mbit', '-J'];
      const { status, stdout, stderr } = await vnetperf.run(...line);
      expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
      expect(vnetperf.left()).toEqual([]);
    } finally {
      await vnetperf.dispose();
    }
  });
});

describe.runIf(root)('as it was told, the kernel', () => {
  interface Tunnel {
    linkinfo: { info_data: { id: number; port: number; learning?: boolean; df?: string; link?: string } };
  }
  const tunnelOf = async (hosts: MeasuredHosts, device: string): Promise<Tunnel> => {
    const { stdout } = await hosts.lab.run('host1', ['ip', '-json', '-details', 'link', 'show', 'dev', device]);
    return (JSON.parse(stdout) as [Tunnel])[0];
  };

  it('learns on a bridge’s tunnel, and cuts no outer packet', async () => {
    await using hosts = await MeasuredHosts.build('vxlan', {});
    const { info_data } = (await tunnelOf(hosts, 'vxlan0')).linkinfo;
    expect(info_data).toMatchObject({ id: 100, port: 4789, learning: true, df: 'set' });
  });

  it('learns nothing on flannel’s, and knows the other host from the first packet on', async () => {
    await using hosts = await MeasuredHosts.build('flannel-vxlan', {});
    const { info_data } = (await tunnelOf(hosts, 'flannel.1')).linkinfo;
    expect(info_data).toMatchObject({ id: 1, port: 8472, learning: false, link: 'eth0' });
    const entries = async () => {
      const { stdout } = await hosts.lab.run('host1', ['bridge', '-json', 'fdb', 'show', 'dev', 'flannel.1']);
      return JSON.parse(stdout) as { mac: string; dst: string; state: string }[];
    };
    const before = await entries();
    expect(before).toMatchObject([{ mac: '02:00:c6:12:02:00', dst: '198.18.40.2', state: 'permanent' }]);
    await hosts.test('-t 1 -b 1M');
    expect(await entries()).toEqual(before);
    const { stdout } = await hosts.lab.run('host1', ['ip', '-json', 'neighbour', 'show', 'dev', 'flannel.1']);
    const neighbours = JSON.parse(stdout) as { dst: string; lladdr: string; state: string[] }[];
    expect(neighbours.map(({ dst, lladdr, state }) => `${dst} ${lladdr} ${state}`).sort()).toEqual([
      '198.18.2.0 02:00:c6:12:02:00 PERMANENT',
      'fd00:198:18:2:: 02:00:c6:12:02:00 PERMANENT',
    ]);
  });
});
