import { containerImage } from '../containers/container-image.js';
import { containerSteps } from '../containers/container-steps.js';
import { reachEngine } from '../containers/engine.js';
import { LOOPBACK_MTU, loopbackEnd, loopbackMtuSteps, loopbackOptions } from '../containers/shared-loopback.js';
import type { TopologyKind } from '../kind.js';

const SUMMARY = 'a container without a network: both ends on its loopback device';
const CONTAINER = 'container';

/** What is left when an engine makes no network at all: the floor under every other of its modes. */
export const dockerNone: TopologyKind = {
  name: 'docker-none',
  summary: SUMMARY,
  needs: { commands: ['ip', 'nsenter'], modules: [] },
  mtu: LOOPBACK_MTU,
  takes: ['image', 'engine', 'engineHost'],
  ipv6ByDefault: false,
  rootless: false,
  async plan(options, identity, signal) {
    const engine = await reachEngine('docker-none', options, signal);
    const image = await containerImage(engine, options.image, identity);
    const end = loopbackEnd(CONTAINER, options.ipv6);
    const container = { end: CONTAINER, options: ['--network', 'none', ...loopbackOptions(options.ipv6)] };
    return {
      kind: 'docker-none',
      summary: SUMMARY,
      namespaces: [],
      steps: [
        ...image.steps,
        ...containerSteps(engine, identity, image, [container]),
        ...loopbackMtuSteps(CONTAINER, options.mtuBytes),
      ],
      client: end,
      server: end,
      morePairs: [],
      path: [{ namespace: CONTAINER, interface: 'lo' }],
      via: ['lo'],
      mtuBytes: options.mtuBytes,
      serverReachesClient: true,
      carriers: [],
      remarks: [],
      engines: [engine.address],
    };
  },
};
