import { describe, expect, it } from 'vitest';
import { engineError, engineOf } from '../../lib/topology/containers/engine-errors.js';

const docker = { program: 'docker', host: 'unix:///run/docker.sock' } as const;
const FAILED = 'Error response from daemon: driver failed programming external connectivity on endpoint x (1f2): ';

/** As engines of 20.10 and 28 said them. */
const REFUSALS = [
  [
    `${FAILED} (iptables failed: iptables --wait -t nat -A DOCKER -p tcp -d 0/0 --dport 5201 -j DNAT --to-destination 172.17.0.2:5201 ! -i docker0: iptables: No chain/target/match by that name.\n (exit status 1))`,
    'ERR_DOCKER_CHAIN',
    "the engine's chain DOCKER (table nat) of iptables is gone",
    /^Restart the engine/,
  ],
  [
    "Error response from daemon: Failed to program FILTER chain: iptables failed: iptables --wait -I FORWARD -o br-1 -j DOCKER-ISOLATION-STAGE-1: iptables v1.8.9 (nf_tables): Chain 'DOCKER-ISOLATION-STAGE-1' does not exist\n (exit status 2)",
    'ERR_DOCKER_CHAIN',
    "the engine's chain DOCKER-ISOLATION-STAGE-1 (table filter) of iptables is gone",
    /^Restart the engine/,
  ],
  [
    'Error response from daemon: network sandbox join failed: subnet sandbox join failed for "10.0.0.0/24": error creating vxlan interface: file exists',
    'ERR_NETWORK_STALE',
    'which is stale since the engine was restarted',
    /Remove the network/,
  ],
  [
    'Error response from daemon: moving interface ov-001000-4097 to host ns failed, invalid argument, after config error',
    'ERR_NETWORK_STALE',
    'stale',
    /restart the host/,
  ],
  ['Error response from daemon: context deadline exceeded', 'ERR_NETWORK_STALE', 'stale', /Remove the network/],
  [
    `${FAILED}Bind for 0.0.0.0:5201 failed: port is already allocated`,
    'ERR_PORT_IN_USE',
    'the port 0.0.0.0:5201 is taken',
    /-p/,
  ],
  [
    `${FAILED}Error starting userland proxy: listen tcp4 127.0.0.1:5201: bind: address already in use`,
    'ERR_PORT_IN_USE',
    'the port 127.0.0.1:5201 is taken',
    /-p/,
  ],
  [
    'Error response from daemon: Pool overlaps with other one on this address space',
    'ERR_SUBNET_IN_USE',
    'another network of the engine has taken the subnet meanwhile',
    /--subnet/,
  ],
  [
    'permission denied while trying to connect to the Docker daemon socket at unix:///run/docker.sock: connect: permission denied',
    'ERR_NO_PERMISSION',
    'this user may not talk to the engine at unix:///run/docker.sock',
    /root/,
  ],
  [
    'Cannot connect to the Docker daemon at unix:///run/docker.sock. Is the docker daemon running?',
    'ERR_ENGINE_UNREACHABLE',
    'no engine answers at unix:///run/docker.sock',
    /systemctl start docker/,
  ],
  [
    'Error response from daemon: failed to create task: exec: "sh": executable file not found in $PATH: unknown',
    'ERR_IMAGE',
    'the image holds no program that the engine could start',
    /--image/,
  ],
] as const;

describe('what an engine refuses', () => {
  it.each(REFUSALS)('%s', (said, code, what, remedy) => {
    const error = engineError('docker-bridge', docker, said, undefined);
    expect(error).toMatchObject({ code, remedy: expect.stringMatching(remedy) });
    expect(error?.message.startsWith('docker-bridge: ')).toBe(true);
    expect(error?.message).toContain(what);
    expect(error?.message).not.toContain('\n');
  });

  it('and nobody knows is left to its own words', () => {
    expect(
      engineError('docker-bridge', docker, 'Error response from daemon: out of cheese', undefined),
    ).toBeUndefined();
  });
});

describe('the engine that a command is for', () => {
  it.each([
    [['docker', '-H', 'unix:///x.sock', 'network', 'ls'], { program: 'docker', host: 'unix:///x.sock' }],
    [['docker', 'network', 'ls'], { program: 'docker', host: undefined }],
    [['podman', '--url', 'unix:///x.sock', 'ps'], { program: 'podman', host: 'unix:///x.sock' }],
    [['docker', '--host', { file: 'host1.sock', before: 'unix://' }, 'run'], undefined],
    [['ip', 'link'], undefined],
  ])('of the machine: %j', (words, engine) => {
    expect(engineOf(words)).toEqual(engine);
  });
});
