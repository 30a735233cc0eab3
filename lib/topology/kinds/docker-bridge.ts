import { containerImage } from '../containers/container-image.js';
import { containerSteps } from '../containers/container-steps.js';
import { reachEngine } from '../containers/engine.js';
import { CONTAINER_INTERFACE, engineNetwork } from '../containers/engine-network.js';
import type { TopologyKind } from '../kind.js';
import { ETHERNET_MTU } from '../mtu.js';
import type { PlannedEndpoint, PlannedHop } from '../plan.js';

const SUMMARY = 'two containers on a bridge network of their own';
const ENGINE = 'engine';

/** What `docker network create` makes: the engine's own bridge, filters and addresses, and a veth pair a container. */
export const dockerBridge: TopologyKind = {
  name: 'docker-bridge',
  summary: SUMMARY,
  needs: { commands: ['ip', 'nsenter'], modules: [] },
  mtu: ETHERNET_MTU,
  takes: ['endpoints', 'image', 'engine', 'engineHost', 'subnet'],
  ipv6ByDefault: false,
  rootless: false,
  async plan(options, identity, signal) {
    const engine = await reachEngine('docker-bridge', options, signal);
    const [image, network] = await Promise.all([
      containerImage(engine, options.image, identity),
      engineNetwork(engine, options, identity),
    ]);
    const pairs = Array.from({ length: options.endpoints }, (_, pair) => {
      const number = pair === 0 ? '' : `${pair + 1}`;
      return {
        client: network.end(`client${number}`, 2 * pair),
        server: network.end(`server${number}`, 2 * pair + 1),
      };
    });
    const containers = pairs.flatMap(({ client, server }) =>
      [client, server].map(({ endpoint, options: own }) => ({ end: endpoint.namespace, options: own })),
    );
    const [{ client, server }, ...morePairs] = pairs.map((pair) => ({
      client: pair.client.endpoint,
      server: pair.server.endpoint,
    })) as [{ client: PlannedEndpoint; server: PlannedEndpoint }];
    const port = (end: string): PlannedHop => ({
      namespace: ENGINE,
      interface: { peerOf: { namespace: end, interface: CONTAINER_INTERFACE } },
      ...(network.bridge === undefined ? {} : { master: network.bridge }),
    });
    return {
      kind: 'docker-bridge',
      summary: SUMMARY,
      namespaces: [],
      steps: [
        { type: 'adopt', as: ENGINE, from: engine.namespace },
        ...image.steps,
        ...network.steps,
        ...containerSteps(engine, identity, image, containers),
      ],
      client,
      server,
      morePairs,
      path: [
        { namespace: client.namespace, interface: client.interface },
        port(client.namespace),
        ...(network.bridge === undefined ? [] : [{ namespace: ENGINE, interface: network.bridge }]),
        port(server.namespace),
        { namespace: server.namespace, interface: server.interface },
      ],
      via: [network.bridge ?? network.name],
      mtuBytes: options.mtuBytes,
      serverReachesClient: true,
      carriers: [],
      remarks: [],
      engines: [engine.address],
    };
  },
};
