import { RequestError } from '../../errors.js';
import { commandMissing, locateCommand, runCommand } from '../../platform/run-command.js';
import type { Host } from '../hosts/host-pair.js';
import type { DaemonStep } from '../plan.js';
import type { OverlayStore } from './overlay-store.js';

const NAME = 'etcd';
const CLIENT_PORT = 2379;
const PEER_PORT = 2380;
/** Where an engine says that it is found; in this form of overlay nobody connects there. */
const ENGINE_PORT = 2376;
/** Docker took the key-value stores out with version 23.0. */
const FIRST_ENGINE_WITHOUT = 23;
/** etcd refuses other machines than amd64 unless it is told that this is meant. */
const UNTRIED_MACHINES: Readonly<Record<string, string>> = { arm64: 'arm64' };

/**
 * As engines had it before swarms: what each of them knows stands in an etcd, here on the first host. Throws
 * VnetperfError ERR_COMMAND_MISSING, and ERR_OPTION where the engine is too new.
 */
export async function etcdStore(kind: string, [first]: readonly [Host, Host]): Promise<OverlayStore> {
  const what = `${kind} --store etcd`;
  if (locateCommand('etcd') === undefined) throw commandMissing('etcd', what);
  await checkEngine(what);
  const url = `${first.address}:${CLIENT_PORT}`;
  return {
    steps: [etcdDaemon(first, url)],
    daemonWords: ({ address }) => [
      '--cluster-store',
      `etcd://${url}`,
      '--cluster-advertise',
      `${address}:${ENGINE_PORT}`,
    ],
    joinSteps: () => [],
    networkWords: [],
  };
}

function etcdDaemon({ namespace, address }: Host, url: string): DaemonStep {
  const peer = `http://${address}:${PEER_PORT}`;
  const machine = UNTRIED_MACHINES[process.arch];
  return {
    type: 'daemon',
    name: NAME,
    title: `etcd on ${namespace}`,
    namespace,
    command: [
      ...(['etcd', '--name', 'vnetperf', '--data-dir', { file: 'etcd' }] as const),
      // The engine's client speaks the second version of the interface alone.
      '--enable-v2=true',
      ...['--listen-client-urls', `http://${url}`, '--advertise-client-urls', `http://${url}`],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `vnetperf=${peer}`],
    ],
    environment: machine === undefined ? {} : { ETCD_UNSUPPORTED_ARCH: machine },
    // It listens before it answers, and an engine that gets no answer asks again after 20 s.
    ready: ['grep', '--quiet', 'ready to serve client requests', { file: `${NAME}.log` }],
  };
}

async function checkEngine(what: string): Promise<void> {
  const { stdout } = await runCommand(['dockerd', '--version']);
  const version = /version (\d+)\.[\w.]+/.exec(stdout);
  if (version === null || Number(version[1]) < FIRST_ENGINE_WITHOUT) return;
  throw new RequestError(
    `${what} needs an engine before 23.0, which took key-value stores out, and this is ${version[0]}`,
    {
      code: 'ERR_OPTION',
      remedy: 'Leave --store out: a swarm does the same.',
    },
  );
}
