import { hostPair, mtuAcrossHosts } from '../hosts/host-pair.js';
import type { TopologyKind } from '../kind.js';
import { LINK_OPTIONS } from '../options.js';

const SUMMARY = 'two hosts joined by a link: what every overlay is held against';

/** Host to host, with no container network between. */
export const hosts: TopologyKind = {
  name: 'hosts',
  summary: SUMMARY,
  needs: { commands: ['ip', 'nsenter', 'tc'], modules: ['veth'] },
  mtu: mtuAcrossHosts(() => 0),
  takes: LINK_OPTIONS,
  rootless: true,
  plan(options) {
    const pair = hostPair({ ...options, linkMtuBytes: options.mtuBytes });
    const [client, server] = pair.hosts.map(({ card }) => card) as [
      (typeof pair.hosts)[0]['card'],
      (typeof pair.hosts)[1]['card'],
    ];
    return {
      kind: 'hosts',
      summary: SUMMARY,
      namespaces: pair.namespaces,
      steps: pair.steps,
      client,
      server,
      morePairs: [],
      path: pair.path,
      via: ['link'],
      mtuBytes: options.mtuBytes,
      serverReachesClient: true,
      carriers: [],
      remarks: pair.remarks,
      link: pair.link([]),
    };
  },
};
