import { privateEngine } from '../containers/private-engine.js';
import { bridgedContainer, DEFAULT_BRIDGE } from '../docker-hosts/bridged-container.js';
import { type DockerPathKind, NAME } from '../docker-hosts/docker-path.js';
import { publishedServer } from '../docker-hosts/published-server.js';
import { hostPair } from '../hosts/host-pair.js';
import type { DockerPath } from '../options.js';
import type { PlannedEndpoint } from '../plan.js';
import { dockerOverlay } from './docker-overlay.js';
import { hosts } from './hosts.js';

const CLIENT = 'client';
const SERVER = 'server';
/** Of the bridge on the client's host. */
const CLIENT_SUBNET = 10;

const overlay: DockerPathKind = {
  words: 'two containers on the overlay',
  carriesIpv6: false,
  publishes: false,
  plan: (options, identity) => dockerOverlay.plan(options, identity),
};

const bothBridged: DockerPathKind = {
  words: 'two containers, bridge and NAT on both hosts',
  carriesIpv6: false,
  publishes: true,
  plan(options, identity) {
    const { mtuBytes } = options;
    const pair = hostPair(options);
    const [one, other] = pair.hosts;
    const client = bridgedContainer({
      ...{ kind: NAME, identity, host: one.namespace, name: CLIENT, subnet: CLIENT_SUBNET, mtuBytes },
    });
    const server = publishedServer(other, options, identity);
    return {
      namespaces: pair.namespaces,
      steps: [...pair.steps, ...client.steps, ...server.steps],
      client: client.end,
      server: server.end,
      morePairs: [],
      target: server.target,
      path: [...client.hops, ...pair.path, ...server.hops.toReversed()],
      via: [DEFAULT_BRIDGE, 'MASQUERADE', 'link', server.via, DEFAULT_BRIDGE],
      mtuBytes,
      serverReachesClient: false,
      carriers: server.carriers,
      remarks: [...pair.remarks, server.remark],
      link: pair.link([]),
    };
  },
};

const hostToHost: DockerPathKind = {
  words: 'host to host',
  carriesIpv6: true,
  publishes: false,
  plan: (options, identity) => hosts.plan(options, identity),
};

const hostToBridged: DockerPathKind = {
  words: 'a host to a bridged container on the other host',
  carriesIpv6: false,
  publishes: true,
  plan(options, identity) {
    // One of the ends is a card.
    const pair = hostPair({ ...options, linkMtuBytes: options.mtuBytes });
    const [one, other] = pair.hosts;
    const server = publishedServer(other, options, identity);
    return {
      namespaces: pair.namespaces,
      steps: [...pair.steps, ...server.steps],
      client: one.card,
      server: server.end,
      morePairs: [],
      target: server.target,
      path: [...pair.path, ...server.hops.toReversed()],
      via: ['link', server.via, DEFAULT_BRIDGE],
      mtuBytes: options.mtuBytes,
      serverReachesClient: false,
      carriers: server.carriers,
      remarks: [...pair.remarks, server.remark],
      link: pair.link([]),
    };
  },
};

const hostToOwn: DockerPathKind = {
  words: 'a host to its own container, which no packet leaves the host for',
  carriesIpv6: false,
  publishes: false,
  plan(options, identity) {
    const { mtuBytes } = options;
    const pair = hostPair(options);
    const { namespace } = pair.hosts[0];
    const server = bridgedContainer({
      ...{ kind: NAME, identity, host: namespace, name: SERVER, subnet: CLIENT_SUBNET, mtuBytes },
    });
    const client: PlannedEndpoint = { namespace, interface: DEFAULT_BRIDGE, ipv4: server.gateway, ipv6: undefined };
    return {
      namespaces: pair.namespaces,
      steps: [...pair.steps, ...server.steps],
      client,
      server: server.end,
      morePairs: [],
      path: server.hops.toReversed(),
      via: [DEFAULT_BRIDGE],
      mtuBytes,
      serverReachesClient: true,
      carriers: [],
      remarks: [],
    };
  },
};

const hostToHostMode: DockerPathKind = {
  words: 'a host to a container in host mode on the other host',
  carriesIpv6: true,
  publishes: false,
  plan(options, identity) {
    const { mtuBytes } = options;
    const pair = hostPair({ ...options, linkMtuBytes: mtuBytes });
    const [one, other] = pair.hosts;
    const engine = privateEngine({ kind: NAME, identity, host: other.namespace });
    const server = { ...other.card, namespace: SERVER };
    return {
      namespaces: pair.namespaces,
      steps: [...pair.steps, ...engine.steps, ...engine.containerSteps(SERVER, ['--network', 'host'])],
      client: one.card,
      server,
      morePairs: [],
      path: [pair.path[0], { ...pair.path[1], namespace: SERVER }],
      via: ['link'],
      mtuBytes,
      serverReachesClient: true,
      carriers: [],
      remarks: pair.remarks,
      link: pair.link([]),
    };
  },
};

export const dockerPaths: Readonly<Record<DockerPath, DockerPathKind>> = {
  A: overlay,
  B: bothBridged,
  C: hostToHost,
  D: hostToBridged,
  E: hostToOwn,
  F: hostToHostMode,
};
