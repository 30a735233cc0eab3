import { existsSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { planTopology, topologyKind } from '../../lib/topology/kinds.js';
import { Lab } from '../../lib/topology/lab.js';
import type { TopologyOptions } from '../../lib/topology/options.js';
import { type DaemonStep, inside, type Plan, type Step } from '../../lib/topology/plan.js';
import { topology } from '../../lib/topology/topology.js';
import { LabCommands } from '../support/lab-command.js';
import { leftBehind, machineState } from '../support/machine-state.js';
import { expectDatagramsToPass, expectGoodput, receivedRate } from '../support/rates-across-hosts.js';

const root = process.getuid?.() === 0;
/** Of what an IP packet of 1500 bytes takes of the line: TCP's payload with time stamps in it. */
const OF_1538 = { ipv4: 1448, ipv6: 1428 };

const routesOfBird = (lab: Lab, host: string, words: string) =>
  lab.run(null, ['birdc', '-r', '-s', { file: `${host}.ctl` }, ...words.split(' ')]).then(({ stdout }) => stdout);

/** `PREFIX GATEWAY INTERFACE`, or `PREFIX blackhole`. */
function birdRoutes(text: string): string[] {
  const routes: string[] = [];
  for (const line of text.split('\n')) {
    const [, prefix, type] = /^(\S+\/\d+)\s+(unicast|blackhole) \[/.exec(line) ?? [];
    const [, gateway, device] = /^\tvia (\S+) on (\S+)/.exec(line) ?? [];
    if (prefix !== undefined) routes.push(type === 'blackhole' ? `${prefix} blackhole` : prefix);
    else if (gateway !== undefined) routes.push(`${routes.pop()} ${gateway} ${device}`);
  }
  return routes.sort();
}

interface KernelRoute {
  type?: string;
  dst: string;
  gateway?: string;
  via?: { host: string };
  dev: string;
  flags: string[];
}

async function kernelRoutes(lab: Lab, host: string): Promise<string[]> {
  const answers = await Promise.all(
    ['-4', '-6'].map((family) => lab.run(host, ['ip', family, '-json', 'route', 'show', 'proto', 'bird'])),
  );
  return answers
    .flatMap(({ stdout }) => JSON.parse(stdout) as KernelRoute[])
    .map(({ type, dst, gateway, via, dev }) =>
      type === 'blackhole' ? `${dst} blackhole` : `${dst} ${gateway ?? via?.host} ${dev}`,
    )
    .sort();
}

async function built(kind: string, options: TopologyOptions, change: (plan: Plan) => Plan = (plan) => plan) {
  const plan = change(await planTopology(kind, options));
  const lab = await Lab.build(plan, topologyKind(kind));
  return { lab, [Symbol.asyncDispose]: () => lab.close() };
}

describe.runIf(root).each(['flannel-host-gw', 'calico'])('%s', (kind) => {
  const link = [kind, '--link-rate', '1gbit'];
  let vnetperf: LabCommands;
  beforeEach(() => {
    vnetperf = new LabCommands();
  });
  afterEach(() => vnetperf.dispose());

  it.each([
    [[], OF_1538.ipv4],
    [['-R', '--ipv6'], OF_1538.ipv6],
  ])('TCP %j over 1 Gbit/s is what is left of a full frame', async (words, payload) => {
    await expectGoodput((1e9 * payload) / 1538, () => receivedRate(vnetperf, ...link, '-C', 'cubic', ...words));
  });

  it.each([[[]], [['-R', '--ipv6']]])('UDP %j at 95 percent of that loses less than a thousandth', async (words) => {
    await expectDatagramsToPass(894e6, () => receivedRate(vnetperf, ...link, '-u', '-b', '894M', ...words));
  });

  it('carries both families where the hosts reach each other by IPv6 alone, as it does by IPv4', async () => {
    await using lab = await topology(kind, { underlayFamily: 6, linkMtuBytes: 1400 });
    expect(lab.path.pathMtuBytes).toBe(1400);
    expect(lab.link?.underlayFamily).toBe(6);
  });

  it('says of ends with a larger MTU than the link where it parts, and leaves nothing', async () => {
    const before = machineState();
    await expect(topology(kind, { mtuBytes: 1600 })).rejects.toMatchObject({
      code: 'ERR_PATH_MTU',
      message: expect.stringMatching(/has a path MTU of 1500 bytes.*eth0 in the namespace host1/),
    });
    expect(leftBehind(before)).toEqual([]);
  });
});

describe.runIf(root)("calico's BIRD", () => {
  it.each([4, 6] as const)(
    'over IPv%i has told the kernel of each host what it knows, and nothing else',
    async (family) => {
      await using standing = await built('calico', { underlayFamily: family, endpoints: 3, ipv6: true });
      const { lab } = standing;
      const gateway = family === 6 ? 'fd00:198:18:28::2' : '198.18.40.2';
      expect(await kernelRoutes(lab, 'host1')).toEqual(
        [
          '198.18.1.0/26 blackhole',
          `198.18.1.64/26 ${gateway} eth0`,
          'fd00:198:18:1::/122 blackhole',
          'fd00:198:18:1::40/122 fd00:198:18:28::2 eth0',
        ].sort(),
      );
      for (const host of ['host1', 'host2']) {
        const told = await Promise.all(
          ['ipv4', 'ipv6'].map((channel) => routesOfBird(lab, host, `show route export kernel_${channel}`)),
        );
        expect(birdRoutes(told.join('\n'))).toEqual(await kernelRoutes(lab, host));
        const sessions = await routesOfBird(lab, host, 'show protocols');
        expect(sessions.match(/ BGP .* Established/g)).toHaveLength(family === 6 ? 1 : 2);
        // The endpoints' own routes are learned from the kernel, and stay on their host.
        expect(await routesOfBird(lab, host, 'show route protocol kernel_ipv4')).toMatch(/198\.18\.1\.\d+\/32/);
      }
      expect(await routesOfBird(lab, 'host2', 'show route protocol mesh_ipv6')).not.toContain('/32');
    },
  );

  it('takes its routes along when it ends, also at the other host', async () => {
    await using standing = await built('calico', {});
    const { lab } = standing;
    const route = () => lab.run('host1', ['ip', 'route', 'show', '198.18.1.64/26']).then(({ stdout }) => stdout);
    expect(await route()).toContain('proto bird');
    process.kill(lab.daemons.find(({ name }) => name === 'bird-host2')!.pid!, 'SIGTERM');
    await expect.poll(route, { timeout: 5_000 }).toBe('');
  });

  it('has all its files in the directory of the lab, which goes with it', async () => {
    const hadOwn = existsSync('/run/bird');
    const vnetperf = new LabCommands();
    try {
      expect(await vnetperf.run('topology', 'up', 'calico')).toMatchObject({ status: 0, stderr: '' });
      const files = vnetperf.stateFiles().map((file) => file.replace(/^labs\/[0-9a-f]{8}\//, ''));
      for (const host of ['host1', 'host2']) {
        expect(files).toEqual(expect.arrayContaining([`${host}.conf`, `${host}.ctl`, `bird-${host}.log`]));
      }
      expect(existsSync('/run/bird')).toBe(hadOwn);
      expect(await vnetperf.run('topology', 'down', 'calico')).toMatchObject({ status: 0, stderr: '' });
      expect(vnetperf.left()).toEqual([]);
    } finally {
      await vnetperf.dispose();
    }
  });

  describe('that cannot do its work', () => {
    /** The plan with other words in a BIRD's file, and less patience. */
    const altered = (host: string, change: (text: string) => string) => (plan: Plan) => ({
      ...plan,
      steps: plan.steps.map((step): Step => {
        if (step.type === 'daemon') return { ...step, readyTimeoutMs: 3_000 } satisfies DaemonStep;
        if (step.type !== undefined || !(step.input instanceof Uint8Array) || step.namespace !== host) return step;
        return { ...step, input: Buffer.from(change(Buffer.from(step.input).toString())) };
      }),
    });

    it.each([
      [
        'does not understand its file',
        'host1',
        (text: string) => text.replace('passive;', 'passiv;'),
        /host1.conf:\d+:\d+ syntax error/,
      ],
      [
        'is of another autonomous system',
        'host2',
        (text: string) => text.replace(/local (\S+) as 64512/g, 'local $1 as 64513'),
        /Bad peer AS/,
      ],
    ] as const)('%s: its own last words within the bound', async (_, host, change, words) => {
      const before = machineState();
      const start = performance.now();
      await expect(built('calico', {}, altered(host, change))).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_/),
        message: expect.stringMatching(words),
      });
      expect(performance.now() - start).toBeLessThan(10_000);
      expect(leftBehind(before)).toEqual([]);
    });
  });
});

describe.runIf(root)('calico-ipip', () => {
  let kernelHasIpip: boolean;
  beforeAll(async () => {
    await using standing = await built('veth', {});
    const make = standing.lab.run('client', ['ip', 'link', 'add', 'ipip0', 'type', 'ipip', 'local', '198.18.0.2']);
    kernelHasIpip = await make.then(() => true).catch(() => false);
  });

  it('runs where the kernel has IPIP, and is told to be missing where it has not', async () => {
    const before = machineState();
    const vnetperf = new LabCommands();
    try {
      const { status, stdout, stderr } = await vnetperf.run('run', 'calico-ipip', '-t', '1');
      if (kernelHasIpip) expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
      else {
        expect({ status, stdout, lines: stderr.trimEnd().split('\n') }).toEqual({
          status: 1,
          stdout: '',
          lines: [
            'vnetperf: calico-ipip needs the kernel module ipip, which this kernel does not have loaded',
            '  Load it with: modprobe ipip; where there is none, the kernel was built without it.',
          ],
        });
      }
      expect(vnetperf.left()).toEqual([]);
    } finally {
      await vnetperf.dispose();
    }
    expect(leftBehind(before)).toEqual([]);
  });

  it("has BIRD put the other host's block on the tunnel device, whatever that device is", async () => {
    // A device that every kernel has, under the tunnel's name: what is looked at is the route.
    const onBridges = (plan: Plan): Plan => ({
      ...plan,
      steps: plan.steps.map((step) =>
        step.type === undefined && step.namespace !== null && step.command.includes('ipip')
          ? inside(step.namespace, 'ip link add ipip0 index 150 mtu 1480 type bridge')
          : step,
      ),
    });
    await using standing = await built('calico-ipip', {}, onBridges);
    const { lab } = standing;
    for (const [host, block, other] of [
      ['host1', '198.18.1.64/26', '198.18.40.2'],
      ['host2', '198.18.1.0/26', '198.18.40.1'],
    ] as const) {
      const { stdout } = await lab.run(host, ['ip', '-json', 'route', 'show', block]);
      const [route, ...more] = JSON.parse(stdout) as KernelRoute[];
      expect(more).toEqual([]);
      expect(route).toMatchObject({
        dst: block,
        gateway: other,
        dev: 'ipip0',
        flags: expect.arrayContaining(['onlink']),
      });
      // The way to the host itself is not the tunnel's.
      const direct = await lab.run(host, ['ip', '-json', 'route', 'get', other]);
      expect(JSON.parse(direct.stdout)).toMatchObject([{ dev: 'eth0' }]);
    }
  });
});
