import { containerImage } from '../containers/container-image.js';
import { containerSteps } from '../containers/container-steps.js';
import { reachEngine } from '../containers/engine.js';
import { freeEnginePort } from '../containers/free-engine-port.js';
import { LOOPBACK_MTU, loopbackEnd } from '../containers/shared-loopback.js';
import type { TopologyKind } from '../kind.js';

const SUMMARY = "two containers in the host's own network, joined by its loopback device";

/** `--network host`: no namespace, no bridge and no filter between a container and the host. */
export const dockerHost: TopologyKind = {
  name: 'docker-host',
  summary: SUMMARY,
  needs: { commands: ['ip', 'nsenter'], modules: [] },
  // The host's device stays as it is.
  mtu: { ...LOOPBACK_MTU, minimumBytes: LOOPBACK_MTU.defaultBytes },
  takes: ['image', 'engine', 'engineHost', 'port'],
  ipv6ByDefault: false,
  rootless: false,
  async plan(options, identity, signal) {
    const engine = await reachEngine('docker-host', options, signal);
    const [image, serverPort] = await Promise.all([
      containerImage(engine, options.image, identity),
      freeEnginePort(engine, options.port),
    ]);
    const client = loopbackEnd('client', options.ipv6);
    const server = loopbackEnd('server', options.ipv6);
    const containers = [client, server].map(({ namespace }) => ({ end: namespace, options: ['--network', 'host'] }));
    return {
      kind: 'docker-host',
      summary: SUMMARY,
      namespaces: [],
      steps: [...image.steps, ...containerSteps(engine, identity, image, containers)],
      client,
      server,
      morePairs: [],
      target: { ipv4: server.ipv4, ipv6: server.ipv6, port: serverPort, serverPort },
      path: [{ namespace: client.namespace, interface: 'lo' }],
      via: ['lo'],
      mtuBytes: options.mtuBytes,
      serverReachesClient: true,
      carriers: [],
      remarks: [],
      endsBelongTo: 'the host',
      engines: [engine.address],
    };
  },
};
