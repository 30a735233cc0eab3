import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planTopology } from '../../lib/topology/kinds.js';
import { shellScript } from '../../lib/topology/shell-script.js';
import { topology } from '../../lib/topology/topology.js';
import { inside } from '../support/interface-counters.js';
import { commands } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { leftBehind, machineState } from '../support/machine-state.js';
import { MeasuredHosts, type MeasuredTest } from '../support/measured-hosts.js';
import { expectDatagramsToPass } from '../support/rates-across-hosts.js';

const root = process.getuid?.() === 0;
/** What a link's rate is held to. */
const TOLERANCE = 0.015;
const about = (expected: number) => (figure: number) => Math.abs(figure / expected - 1) <= TOLERANCE;
/** Connections of the control protocol, neighbours that ask for each other. */
const OTHER_PACKETS = 100;

function hostsWith(options: Parameters<typeof MeasuredHosts.build>[1]) {
  let hosts: MeasuredHosts;
  beforeAll(async () => {
    hosts = await MeasuredHosts.build('hosts', options);
  });
  afterAll(() => hosts?.[Symbol.asyncDispose]());
  return () => hosts;
}

/** With the same numbers of users and groups as outside. */
async function inUserNamespace(argv: readonly string[]) {
  const begin = 'read -r _ && exec "$@"';
  const child = spawn('unshare', ['--user', 'sh', '-c', begin, 'sh', ...argv], { timeout: 30_000 });
  const [output, errors] = [text(child.stdout), text(child.stderr)];
  const userNamespace = (pid: number | 'self') => readlinkSync(`/proc/${pid}/ns/user`);
  await expect.poll(() => userNamespace(child.pid!)).not.toBe(userNamespace('self'));
  for (const map of ['uid_map', 'gid_map']) writeFileSync(`/proc/${child.pid}/${map}`, '0 0 4294967295\n');
  child.stdin.end('\n');
  const [status] = await once(child, 'exit');
  return { status, stdout: await output, stderr: await errors };
}

function expectGoodput(test: MeasuredTest, expected: number): void {
  expect(test.received.bits_per_second / expected).toBeGreaterThan(1 - TOLERANCE);
  expect(test.received.bits_per_second / expected).toBeLessThan(1 + TOLERANCE);
}

const TCP = '-t 2 -C cubic';

describe.runIf(root).each([
  ['100 Mbit/s', 100e6, 1500, [TCP, `${TCP} -R`]],
  ['1 Gbit/s', 1e9, 1500, [TCP, `${TCP} -R`, `${TCP} -6`, `${TCP} -P 4`]],
  ['1 Gbit/s with an MTU of 9000', 1e9, 9000, [TCP, `${TCP} -6`]],
  ['2 Gbit/s, where segments are not counted one by one', 2e9, 1500, [TCP, `${TCP} -P 4`]],
])('a link of %s', (_, linkRateBitsPerSecond, mtuBytes, tests) => {
  const hosts = hostsWith({ linkRateBitsPerSecond, mtuBytes });

  it.each(tests)('carries by TCP %s what the arithmetic leaves', async (words) => {
    const expected = hosts().expected({ family: words.endsWith('-6') ? 6 : 4 });
    const test = await hosts().bestOf(words, ({ received }) => about(expected)(received.bits_per_second));
    expectGoodput(test, expected);
  });
});

describe.runIf(root)('on a link of 1 Gbit/s', () => {
  const hosts = hostsWith({ linkRateBitsPerSecond: 1e9 });

  it.each([4, 6] as const)('95 percent of what it can carry passes by UDP over IPv%i', async (family) => {
    const udpBytes = family === 4 ? 1472 : 1452;
    const rate = Math.floor(0.95 * hosts().expected({ family, udpBytes }));
    await expectDatagramsToPass(rate, () => hosts().datagrams(`-b ${rate} -${family}`, udpBytes));
  });

  it.each(['', ' -P 4', ' -P 16'])('nothing is lost on the way out of a host: TCP%s', async (streams) => {
    const test = await hosts().bestOf(`-t 1 -C cubic${streams}`, ({ sent }) => sent.retransmits === 0);
    expect(test.line[0].drops).toBe(0);
    expect(test.sent.retransmits).toBe(0);
  });

  it('the kernel counts every segment at the card, and with 24 bytes each they fill the line', async () => {
    const test = await hosts().bestOf('-t 2 -C cubic', ({ used }) => about(1)(used[0]));
    const [line] = test.line;
    expect(line.bytes / line.packets).toBeLessThanOrEqual(1514);
    expect(line.packets).toBeGreaterThanOrEqual(Math.ceil(test.received.bytes / 1448));
    expect(test.used[0]).toBeGreaterThan(1 - TOLERANCE);
    expect(test.used[0]).toBeLessThan(1 + TOLERANCE);
  });

  it('each direction has the whole rate', async () => {
    const full = ({ used }: MeasuredTest) => used.every(about(1));
    const test = await hosts().bestOf('-t 2 -C cubic --bidir', full);
    expect(test.used.map((share) => Math.abs(share - 1) <= TOLERANCE)).toEqual([true, true]);
    // Beside its data each carries the other's acknowledgements.
    const expected = hosts().expected();
    for (const { bits_per_second } of [test.received, test.receivedBack!]) {
      expect(bits_per_second).toBeLessThan(1.005 * expected);
      expect(bits_per_second).toBeGreaterThan(0.9 * expected);
    }
  });

  it.each(['', ' --gso'])('datagrams that fill a packet are counted one by one:%s', async (switches) => {
    const { line, sent, received } = await hosts().bestOf(
      `-t 1 -u -b 500M -l 1472${switches}`,
      (test) => test.received.lost_packets === 0,
    );
    expect(received.packets! - received.lost_packets!).toBe(sent.packets);
    expect(line[0].packets - sent.packets!).toBeGreaterThanOrEqual(0);
    expect(line[0].packets - sent.packets!).toBeLessThan(OTHER_PACKETS);
  });

  it('a datagram larger than the MTU passes in fragments', async () => {
    const { line, sent, received } = await hosts().bestOf(
      '-t 1 -u -b 400M -l 8000',
      (test) => test.received.lost_packets === 0,
    );
    expect(received.lost_packets).toBe(0);
    // 8008 bytes behind the IP header, 1480 to a packet.
    expect(line[0].packets - 6 * sent.packets!).toBeGreaterThanOrEqual(0);
    expect(line[0].packets - 6 * sent.packets!).toBeLessThan(OTHER_PACKETS);
  });
});

describe.runIf(root)('on a link of 10 Mbit/s', () => {
  const hosts = hostsWith({ linkRateBitsPerSecond: 10e6 });

  it.each([16, 64, 200, 1000, 8000])(
    'datagrams of %d bytes take what their frames take of a line',
    async (udpBytes) => {
      const expected = hosts().expected({ udpBytes });
      const test = await hosts().bestOf(`-t 2 -u -b 0 -l ${udpBytes}`, ({ received }) =>
        about(expected)(received.bits_per_second),
      );
      expectGoodput(test, expected);
      expect(test.line[0].drops).toBe(0);
    },
  );
});

describe.runIf(root)('what each host receives', () => {
  it.each([
    [{ client: [0], server: [1] }, 1],
    [{ client: [1], server: [0] }, 0],
  ])('comes up on the cores it was given: %j', async (hostCores, core) => {
    await using hosts = await MeasuredHosts.build('vxlan', { linkRateBitsPerSecond: 1e9, hostCores });
    const { receiver } = await hosts.test('-t 1 -u -b 100M');
    expect(receiver?.receiveCore).toBe(core);
    const back = await hosts.test('-t 1 -u -b 100M -R');
    expect(back.receiver?.receiveCore).toBe(1 - core);
  });

  it('is left where it comes up in a user namespace, which has all users of the machine and none of its rights', async () => {
    const words = [...commands.vnetperf, 'run', 'hosts', '--link-rate', '250mbit', '-t', '1', '-J', '--pin', '0:1'];
    const { status, stdout, stderr } = await inUserNamespace(words);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { findings, link } = JSON.parse(stdout).vnetperf.topology;
    const refused = findings.filter(({ code }: { code: string }) => code === 'ERR_RPS');
    expect(refused.map(({ message }: { message: string }) => message)).toEqual(
      ['host1', 'host2'].map((host) =>
        expect.stringMatching(
          `^hosts: eth0 in the namespace ${host} cannot be told the cores that receive its packets: `,
        ),
      ),
    );
    // Nobody knows which core did which host's work.
    expect(Object.keys(link)).toContain('machine');
    expect(Object.keys(link)).not.toContain('hosts');
    expect(await inUserNamespace([...commands.vnetperf, 'run', 'hosts', '--rps', '0', '-t', '1'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('hosts cannot be built: eth0 in the namespace host1 cannot be told the cores'),
    });
  });

  it('is steered without a trace in the mounts of this machine', async () => {
    const before = readFileSync('/proc/self/mounts', 'utf8');
    await using hosts = await MeasuredHosts.build('hosts', { hostCores: { client: [0], server: [1] } });
    expect(readFileSync('/proc/self/mounts', 'utf8')).toBe(before);
    expect(hosts.plan.kind).toBe('hosts');
  });
});

describe.runIf(root)('the script of a network with a link', () => {
  it('sets what the lab sets', async () => {
    const before = machineState();
    const options = { linkRateBitsPerSecond: 250e6, hostCores: { client: [0], server: [1] } };
    const show = ['tc', 'qdisc', 'show', 'dev', 'eth0'] as const;
    const byLab = async () => {
      await using hosts = await MeasuredHosts.build('vxlan', options);
      return (await hosts.lab.run('host2', show)).stdout;
    };
    const prefix = `vnp-test-${randomUUID().slice(0, 8)}`;
    const [build, remove] = shellScript(await planTopology('vxlan', options), prefix).split('# Remove:\n');
    const sh = (input: string) => execFileSync('sh', { input, encoding: 'utf8', stdio: 'pipe', timeout: 30_000 });
    try {
      sh(build!);
      const byHand = execFileSync('nsenter', [`--net=/run/netns/${prefix}-host2`, ...show], { encoding: 'utf8' });
      expect(byHand).toContain('rate 250Mbit');
      expect(byHand).toBe(await byLab());
    } finally {
      sh(remove!);
    }
    expect(leftBehind(before)).toEqual([]);
  });
});

describe.runIf(root)('delay and loss', () => {
  let hasNetem: boolean;
  beforeAll(() => {
    using namespace = new LoopbackNamespace();
    try {
      namespace.run('tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms');
      hasNetem = true;
    } catch {
      hasNetem = false;
    }
  });

  it.each([
    [{ linkDelayMs: 20 }, '--link-delay needs'],
    [{ linkLossPercent: 0.5, linkRateBitsPerSecond: 1e9 }, '--link-loss needs'],
    [{ linkDelayMs: 20, linkLossPercent: 0.5 }, '--link-delay and --link-loss need'],
  ])('%j: the kernel has netem, or is said to have none', async (options, words) => {
    const before = machineState();
    const building = topology('hosts', options);
    if (hasNetem) {
      await using lab = await building;
      expect(await inside(lab.client, 'tc', 'qdisc', 'show', 'dev', 'eth0')).toContain('netem');
      if ('linkDelayMs' in options) expect(lab.path.reach!.connectMs).toBeGreaterThan(options.linkDelayMs!);
      return;
    }
    await expect(building).rejects.toMatchObject({
      code: 'ERR_KERNEL_MODULE',
      message: expect.stringContaining(`${words} the kernel module sch_netem, which this kernel does not have loaded`),
      remedy: expect.stringContaining('modprobe sch_netem'),
    });
    expect(leftBehind(before)).toEqual([]);
  });
});
