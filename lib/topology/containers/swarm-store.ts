import type { Host } from '../hosts/host-pair.js';
import { diesWithNamespace } from '../plan.js';
import { CLIENT_ENVIRONMENT } from './engine-start.js';
import type { OverlayStore } from './overlay-store.js';

const JOIN_TIMEOUT_MS = 30_000;
const MANAGER_PORT = 2377;
/** For the network that a swarm has for itself: apart from those of engines, hosts and ends. */
const ADDRESS_POOL = '198.18.128.0/20';

/** The engines' own: one manager, one worker. */
export function swarmStore([manager, worker]: readonly [Host, Host]): OverlayStore {
  // Its token is known when it has been made; the worker's engine takes it from the manager's.
  const join = [
    'set -e',
    'token=$(docker --host "$1" swarm join-token --quiet worker)',
    'docker --host "$2" swarm join --advertise-addr "$3" --token "$token" "$4"',
  ].join('\n');
  return {
    steps: [],
    daemonWords: () => [],
    joinSteps: ([first, second]) => [
      {
        ...first.step('swarm', 'init', '--advertise-addr', manager.address, '--default-addr-pool', ADDRESS_POOL),
        waitsFor: 'the swarm',
      },
      {
        namespace: second.host,
        command: [
          ...(['sh', '-c', join, 'sh', first.socket, second.socket] as const),
          ...[worker.address, `${manager.address}:${MANAGER_PORT}`],
        ],
        environment: CLIENT_ENVIRONMENT,
        undo: diesWithNamespace,
        timeoutMs: JOIN_TIMEOUT_MS,
        waitsFor: `${second.host} to join the swarm`,
      },
    ],
    networkWords: ['--attachable'],
  };
}
