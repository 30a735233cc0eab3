import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { locateCommand } from '../../lib/platform/run-command.js';
import { planTopology, topologyKind } from '../../lib/topology/kinds.js';
import { Lab } from '../../lib/topology/lab.js';
import { inside, type Plan, type Step } from '../../lib/topology/plan.js';
import { topology } from '../../lib/topology/topology.js';
import { verifyPath } from '../../lib/topology/verify.js';

const BUILT = new URL('../../build-modules/topology/topology.js', import.meta.url).href;

describe('a machine that lacks something', () => {
  const path = process.env.PATH;
  let directory: string | undefined;
  afterEach(async () => {
    process.env.PATH = path;
    if (directory !== undefined) await rm(directory, { recursive: true });
    directory = undefined;
  });
  async function onlyHas(...commands: string[]) {
    const places = commands.map((command) => [command, locateCommand(command)!] as const);
    directory = await mkdtemp(join(tmpdir(), 'vnetperf-path-'));
    for (const [command, place] of places) await symlink(place, join(directory, command));
    process.env.PATH = directory;
  }

  it('has no ip', async () => {
    await onlyHas('nsenter');
    await expect(topology('veth')).rejects.toMatchObject({
      code: 'ERR_COMMAND_MISSING',
      message: 'veth needs ip, which is not on this machine',
      remedy: 'Install it with: apt-get install iproute2',
    });
  });

  it('has no nsenter', async () => {
    await onlyHas('ip');
    await expect(topology('bridge')).rejects.toMatchObject({
      message: 'bridge needs nsenter, which is not on this machine',
      remedy: 'Install it with: apt-get install util-linux',
    });
  });

  it('has no BIRD', async () => {
    await onlyHas('ip', 'nsenter', 'sysctl', 'tc');
    await expect(topology('calico')).rejects.toMatchObject({
      code: 'ERR_COMMAND_MISSING',
      message: 'calico needs bird, which is not on this machine',
      remedy: 'Install it with: apt-get install bird2',
    });
  });

  it('has no ethtool: the network stands and its offloads are unknown', async () => {
    await onlyHas('ip', 'nsenter');
    await using lab = await topology('veth');
    expect(lab.path.hops.map((hop) => hop.offloads)).toEqual([undefined, undefined]);
    expect(lab.description()).toMatch(/MTU 1500, path MTU 1500$/);
  });

  it('gives no permission', async () => {
    const program = `import { topology } from ${JSON.stringify(BUILT)};
      await topology('veth').catch(({ code, message, remedy }) => console.log(JSON.stringify({ code, message, remedy })));`;
    const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
    const { stdout } = await promisify(execFile)('setpriv', [
      ...nobody,
      process.execPath,
      '--input-type=module',
      '--eval',
      program,
    ]);
    expect(JSON.parse(stdout)).toEqual({
      code: 'ERR_NO_PERMISSION',
      message: 'veth needs network namespaces, and this process may not make any',
      remedy: expect.stringContaining('Run it as root'),
    });
  });
});

describe('a command that fails', () => {
  it('is named with its namespace and the words of the kernel', async () => {
    const plan = await planTopology('veth');
    const steps = [...plan.steps.slice(0, 2), inside('client', 'ip address add 198.18.0.2/24 dev other0')];
    await expect(Lab.build({ ...plan, steps }, topologyKind('veth'))).rejects.toMatchObject({
      code: 'ERR_TOPOLOGY_BUILD',
      message:
        'veth cannot be built: "ip address add 198.18.0.2/24 dev other0" in its namespace client says: ' +
        'Cannot find device "other0"',
    });
  });

  it('for want of a kernel module says how to load it', async () => {
    const plan = await planTopology('bridge');
    const steps = [inside('switch', 'ip link add br0 type nosuchdevicetype')];
    await expect(Lab.build({ ...plan, steps }, topologyKind('bridge'))).rejects.toMatchObject({
      remedy: 'Load what the kernel lacks with: modprobe -a veth bridge',
    });
  });
});

describe('a network that would measure as zero is an error that says why', () => {
  async function broken(kind: string, change: (plan: Plan) => Partial<Plan>) {
    const plan = await planTopology(kind);
    const lab = await Lab.build({ ...plan, ...change(plan) }, topologyKind(kind));
    try {
      return await verifyPath(plan, lab);
    } finally {
      await lab.close();
    }
  }
  const and = (namespace: string, line: string) => (plan: Plan) => ({
    steps: [...plan.steps, inside(namespace, line)],
  });

  it.each([
    [
      'a switch that is down',
      'switch',
      'ip link set br0 down',
      'ERR_PATH_DOWN',
      'br0 in the namespace switch is set down',
    ],
    [
      'a port without its switch',
      'switch',
      'ip link set port-server0 nomaster',
      'ERR_PATH_DOWN',
      'port-server0 in the namespace switch is not a port of br0',
    ],
    [
      'an end that is down',
      'server',
      'ip link set server0 down',
      'ERR_PATH_DOWN',
      'server0 in the namespace server is set down',
    ],
    [
      'a hop with a smaller MTU',
      'switch',
      'ip link set port-client0 mtu 1400',
      'ERR_PATH_MTU',
      'an MTU of 1400 bytes at',
    ],
    ['a hop that is gone', 'switch', 'ip link delete port-client0', 'ERR_PATH_DOWN', 'has no interface client0'],
    [
      'a route that leads nowhere',
      'server',
      'ip route add blackhole 198.18.0.2/32',
      'ERR_PATH_UNREACHABLE',
      'client to server over IPv4',
    ],
    [
      'a neighbour that is somebody else',
      'client',
      'ip neighbour replace fd00:198:18::3 lladdr 02:00:00:00:00:01 dev client0 nud permanent',
      'ERR_PATH_UNREACHABLE',
      'client to server over IPv6 does not get through: nothing arrived within',
    ],
    [
      'a route with a smaller MTU',
      'server',
      'ip route change 198.18.0.0/24 dev server0 src 198.18.0.3 mtu lock 1000',
      'ERR_PATH_MTU',
      'server to client over IPv4',
    ],
  ])('%s', async (_, namespace, line, code, message) => {
    await expect(broken('bridge', and(namespace, line))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
      remedy: expect.any(String),
    });
  });

  it('a switch whose ports are still listening', async () => {
    const change = (plan: Plan) => ({
      steps: plan.steps.map((step): Step => {
        if (step.type !== undefined) return step;
        const { command } = step;
        return command.includes('stp_state') ? { ...step, command: [command[0], ...command.slice(1, -1), '1'] } : step;
      }),
    });
    await expect(broken('bridge', change)).rejects.toMatchObject({
      code: 'ERR_PATH_DOWN',
      message:
        'bridge carries nothing: port-client0 in the namespace switch is up but is listening instead of forwarding',
    });
  });

  it('and the same network unbroken is none', async () => {
    expect(await broken('bridge', () => ({}))).toMatchObject({ pathMtuBytes: 1500 });
  });
});
