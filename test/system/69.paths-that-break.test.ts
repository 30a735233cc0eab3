import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadNative } from '../../lib/platform/load-native.js';
import { examinePath } from '../../lib/topology/diagnosis/examine-path.js';
import { pathFindings } from '../../lib/topology/diagnosis/path-findings.js';
import { explainSilence } from '../../lib/topology/diagnosis/silence.js';
import { newLabIdentity } from '../../lib/topology/lab-identity.js';
import type { Command } from '../../lib/topology/plan.js';
import { buildVerified } from '../../lib/topology/topology.js';
import { DockerEngine } from '../support/docker-engine.js';
import { LabCommands } from '../support/lab-command.js';
import { routedOverlay } from '../support/two-hosts.js';

const root = process.getuid?.() === 0;

describe.runIf(root)('a path across two hosts that breaks after it was verified', () => {
  /** Verified, broken by these commands, and asked why. */
  async function broken(kind: string, commands: readonly (readonly [string, string])[]) {
    const { plan, lab } = await buildVerified(kind, { ipv6: false }, newLabIdentity());
    try {
      for (const [namespace, line] of commands) await lab.run(namespace, line.split(' ') as unknown as Command);
      return await explainSilence(plan, lab, loadNative());
    } finally {
      await lab.close();
    }
  }

  it.each<[string, [string, string][], RegExp]>([
    ['hosts', [['host2', 'ip link set eth0 down']], /^hosts carries nothing: eth0 in the namespace host2 is set down$/],
    [
      'vxlan',
      [['host1', 'ip link set vxlan0 down']],
      /^vxlan carries nothing: vxlan0 in the namespace host1 is set down$/,
    ],
    [
      'flannel-vxlan',
      [['host1', 'bridge fdb del 02:00:c6:12:02:00 dev flannel.1 dst 198.18.40.2']],
      /^flannel-vxlan carries nothing: .*: flannel\.1 in host1 has no forwarding entry for 02:00:c6:12:02:00/,
    ],
    [
      'flannel-host-gw',
      [['host1', 'ip route del 198.18.2.0/24']],
      /^flannel-host-gw carries nothing: .*: host1 has no route to 198\.18\.2\.0\/24 by eth0/,
    ],
    [
      'calico',
      [['host1', 'ip route add unreachable 198.18.1.66/32']],
      /^calico carries nothing: .*: host1 has no route to 198\.18\.1\.66 by eth0 \(/,
    ],
    [
      'ovs-vxlan',
      [['host2', 'ip link set eth0 down']],
      /^ovs-vxlan carries nothing: eth0 in the namespace host2 is set down$/,
    ],
  ])('%s: the cause is named', async (kind, commands, message) => {
    const [error, ...more] = await broken(kind, commands);
    expect(more).toEqual([]);
    expect(error).toMatchObject({
      severity: 'error',
      message: expect.stringMatching(message),
      remedy: expect.any(String),
    });
  });

  it.runIf(DockerEngine.expected)(
    "docker-overlay: down in the engine's own namespace",
    async () => {
      const [error] = await broken('docker-overlay', [['overlay-host2', 'ip link set vxlan0 down']]);
      expect(error?.message).toBe('docker-overlay carries nothing: vxlan0 in the namespace overlay-host2 is set down');
    },
    60_000,
  );
});

describe.runIf(root)('a port of the server that somebody took after the network was planned', () => {
  it.each(['tcp', 'udp'] as const)('is told of as such (%s)', async (protocol) => {
    const { plan, lab } = await buildVerified('loopback', { ipv6: false }, newLabIdentity());
    const { namespace, ipv4 } = plan.server;
    const holder = loadNative().openSocket({
      protocol,
      family: 4,
      namespace: lab.namespace(namespace).fd,
      bind: { port: 0 },
      ...(protocol === 'tcp' ? { listen: { backlog: 1 } } : {}),
    });
    try {
      const { port } = holder.localAddress();
      const target = { ipv4: ipv4!, ipv6: undefined, port, serverPort: port };
      expect(pathFindings(await examinePath({ ...plan, target }, lab, loadNative()))).toEqual([
        {
          severity: 'error',
          code: 'ERR_PORT_IN_USE',
          message: `loopback: the server's port ${port} is taken in ${namespace}`,
          remedy: `Choose another with -p; who has it is told by: ss -lntup sport = :${port}, in ${namespace}.`,
        },
      ]);
    } finally {
      holder.close();
      await lab.close();
    }
  });
});

describe.runIf(root)('a test whose path breaks while it runs', () => {
  let vnetperf: LabCommands;
  beforeEach(() => {
    vnetperf = new LabCommands();
  });
  afterEach(() => vnetperf.dispose());

  it('ends with an error, and with what has happened to the path', async () => {
    using net = routedOverlay();
    const running = vnetperf.start('between', net.place('client'), net.place('server'), '-t', '3', '-J');
    // Under way when the ends are joined: then the host forgets where the other one is.
    await expect.poll(() => connections(net.run('client', 'ss -Htn state established')), { timeout: 20_000 }).toBe(2);
    net.run('host1', 'bridge fdb del 02:00:00:00:00:02 dev flannel.1 dst 198.18.40.2');
    const { status, stdout } = await running.finished();
    expect(status).toBe(1);
    const document = JSON.parse(stdout);
    expect(document.error).toMatch(/silent for 20 s/);
    expect(document.vnetperf.topology.findings).toContainEqual(
      expect.objectContaining({
        severity: 'error',
        code: 'ERR_PATH_UNREACHABLE',
        message: expect.stringMatching(/flannel\.1 in \S+host1\S+ has no forwarding entry for 02:00:00:00:00:02/),
      }),
    );
  }, 60_000);
});

function connections(listed: string): number {
  return listed.split('\n').filter((line) => line !== '').length;
}
