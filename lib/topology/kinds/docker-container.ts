import { containerImage } from '../containers/container-image.js';
import { containerName, containerSteps } from '../containers/container-steps.js';
import { reachEngine } from '../containers/engine.js';
import { engineNetwork } from '../containers/engine-network.js';
import { LOOPBACK_MTU, loopbackEnd, loopbackMtuSteps, loopbackOptions } from '../containers/shared-loopback.js';
import type { TopologyKind } from '../kind.js';
import { ETHERNET_MTU } from '../mtu.js';

const SUMMARY = 'two containers in one network namespace, joined by its loopback device';

/** `--network container:CLIENT`: the second container joins the first one's network, as the containers of a pod do. */
export const dockerContainer: TopologyKind = {
  name: 'docker-container',
  summary: SUMMARY,
  needs: { commands: ['ip', 'nsenter'], modules: [] },
  mtu: LOOPBACK_MTU,
  takes: ['image', 'engine', 'engineHost', 'subnet'],
  ipv6ByDefault: false,
  rootless: false,
  async plan(options, identity, signal) {
    const { image: wanted, ipv6, mtuBytes } = options;
    const engine = await reachEngine('docker-container', options, signal);
    const [image, network] = await Promise.all([
      containerImage(engine, wanted, identity),
      // The network is there because such containers have one; nothing that is measured crosses it.
      engineNetwork(engine, { ...options, mtuBytes: ETHERNET_MTU.defaultBytes, ipv6: false }, identity),
    ]);
    const client = loopbackEnd('client', ipv6);
    const server = loopbackEnd('server', ipv6);
    const containers = [
      { end: client.namespace, options: [...network.end(client.namespace, 0).options, ...loopbackOptions(ipv6)] },
      {
        end: server.namespace,
        options: ['--network', `container:${containerName(client.namespace, identity)}`],
      },
    ];
    return {
      kind: 'docker-container',
      summary: SUMMARY,
      namespaces: [],
      steps: [
        ...image.steps,
        ...network.steps,
        ...containerSteps(engine, identity, image, containers),
        ...loopbackMtuSteps(client.namespace, mtuBytes),
      ],
      client,
      server,
      morePairs: [],
      path: [{ namespace: client.namespace, interface: 'lo' }],
      via: ['lo'],
      mtuBytes,
      serverReachesClient: true,
      carriers: [],
      remarks: [],
      engines: [engine.address],
    };
  },
};
