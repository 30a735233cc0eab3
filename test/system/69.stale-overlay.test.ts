import { describe, expect, it } from 'vitest';
import { planTopology, topologyKind } from '../../lib/topology/kinds.js';
import { Lab } from '../../lib/topology/lab.js';
import { newLabIdentity } from '../../lib/topology/lab-identity.js';
import { type Argument, type Command, diesWithNamespace, type Step } from '../../lib/topology/plan.js';
import { DockerEngine } from '../support/docker-engine.js';

const SOCKET: Argument = { file: 'host2.sock', before: 'unix://' };

/**
 * As a service manager does that gives an engine a new mount namespace with each start: the engine is killed, and what
 * its networks were bound to is gone when it comes back, while the devices live on in their namespaces.
 */
const RESTART = [
  'set -e',
  'nsenter --mount --pid --target "$(cat "$1")" sh -c "cd /run/docker/netns',
  'for file in *; do umount --lazy \\$file; rm \\$file; done; kill -9 \\$(cat /run/docker.pid)"',
  'sleep 1',
  'attempt=0',
  'until docker --host "$2" version >/dev/null 2>&1; do',
  '  attempt=$((attempt + 1))',
  '  [ $attempt -le 150 ]',
  '  sleep 0.2',
  'done',
].join('\n');

describe.runIf(process.getuid?.() === 0 && DockerEngine.expected)('an engine restarted under a living overlay', () => {
  const onHost2 = (command: Command): Step => ({
    namespace: 'host2',
    command,
    undo: diesWithNamespace,
    timeoutMs: 45_000,
  });

  it.each([
    ['swarm', /context deadline exceeded/],
    ['etcd', /network sandbox join failed/],
  ] as const)(
    '%s: what the engine then says is told as a stale network',
    async (store, words) => {
      const identity = newLabIdentity();
      const plan = await planTopology('docker-overlay', { store }, identity);
      const steps = [
        ...plan.steps,
        onHost2(['sh', '-c', RESTART, 'sh', { file: 'host2.first-process' }, SOCKET]),
        onHost2(['docker', '--host', SOCKET, 'run', '--detach', '--pull', 'never', '--network', 'net0', 'vnetperf']),
      ];
      const build = Lab.build({ ...plan, steps }, topologyKind('docker-overlay'), undefined, identity);
      await expect(build).rejects.toMatchObject({
        code: 'ERR_NETWORK_STALE',
        message: expect.stringMatching(
          /^docker-overlay: the engine cannot join a container to its network, which is stale since the engine was restarted \(/,
        ),
        remedy: 'Remove the network and make it again; where that fails too, restart the host.',
      });
      await expect(build).rejects.toThrow(words);
    },
    120_000,
  );
});
