import { RequestError } from '../../errors.js';
import { LOOPBACK_ADDRESSES } from '../addresses.js';
import { containerImage } from '../containers/container-image.js';
import { containerSteps } from '../containers/container-steps.js';
import { reachEngine } from '../containers/engine.js';
import { bridgeName, CONTAINER_INTERFACE, engineNetwork } from '../containers/engine-network.js';
import { freeEnginePort } from '../containers/free-engine-port.js';
import { natStep, proxyStep, publishOptions } from '../containers/published-port.js';
import { LOOPBACK_MTU } from '../containers/shared-loopback.js';
import type { TopologyKind } from '../kind.js';
import { ETHERNET_MTU } from '../mtu.js';
import type { PlannedEndpoint } from '../plan.js';

const SUMMARY = 'the host to a container behind a published port: NAT rules, or a proxy';
const ENGINE = 'engine';
const SERVER = 'server';

/**
 * `--publish`. To an address of the host's the packet filter rewrites the packets, and the kernel forwards them. To a
 * loopback address the engine lets none of its rules apply; there a process of its own copies every byte.
 */
export const dockerPublished: TopologyKind = {
  name: 'docker-published',
  summary: SUMMARY,
  needs: { commands: ['ip', 'nsenter', 'iptables', 'ss'], modules: [] },
  mtu: ETHERNET_MTU,
  takes: ['image', 'engineHost', 'subnet', 'userlandProxy', 'port'],
  ipv6ByDefault: false,
  rootless: false,
  async plan(options, identity, signal) {
    if (options.ipv6) {
      throw new RequestError('docker-published carries IPv4 only', {
        code: 'ERR_OPTION',
        remedy: 'Leave --ipv6 and -6 out: not every engine has NAT rules for IPv6.',
      });
    }
    const bridge = bridgeName(identity);
    const proxied = options.userlandProxy === true;
    const engine = await reachEngine('docker-published', options, signal);
    const [image, network, port] = await Promise.all([
      containerImage(engine, options.image, identity),
      engineNetwork(engine, options, identity),
      freeEnginePort(engine, options.port),
    ]);
    const { endpoint: server, options: addresses } = network.end(SERVER, 0);
    const client: PlannedEndpoint = {
      namespace: ENGINE,
      interface: proxied ? 'lo' : bridge,
      ipv4: proxied ? LOOPBACK_ADDRESSES.ipv4 : network.gateway.ipv4,
      ipv6: undefined,
    };
    const container = { end: SERVER, options: [...addresses, ...publishOptions(client.ipv4, port)] };
    return {
      kind: 'docker-published',
      summary: SUMMARY,
      namespaces: [],
      steps: [
        { type: 'adopt', as: ENGINE, from: engine.namespace },
        ...image.steps,
        ...network.steps,
        ...containerSteps(engine, identity, image, [container]),
        proxied ? proxyStep(ENGINE, port) : natStep(ENGINE, port, server.ipv4),
      ],
      client,
      server,
      morePairs: [],
      target: { ipv4: client.ipv4, port, serverPort: port },
      path: [
        ...(proxied ? [{ namespace: ENGINE, interface: 'lo', mtuBytes: LOOPBACK_MTU.defaultBytes }] : []),
        { namespace: ENGINE, interface: bridge },
        {
          namespace: ENGINE,
          interface: { peerOf: { namespace: SERVER, interface: CONTAINER_INTERFACE } },
          master: bridge,
        },
        { namespace: SERVER, interface: CONTAINER_INTERFACE },
      ],
      via: [`${proxied ? 'docker-proxy' : 'NAT'} ${client.ipv4}:${port}`, bridge],
      mtuBytes: options.mtuBytes,
      serverReachesClient: false,
      carriers: proxied ? [{ type: 'docker-proxy', port }] : [],
      remarks: [proxied ? "through the engine's userland proxy" : "through the engine's NAT rules"],
      ...(proxied ? { endsBelongTo: 'the host' } : {}),
      engines: [engine.address],
    };
  },
};
