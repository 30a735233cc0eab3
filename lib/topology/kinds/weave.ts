import { endpointSteps } from '../endpoint-steps.js';
import { headerBytes, vxlanHeaders } from '../hosts/encapsulation.js';
import { hostPair, mtuAcrossHosts } from '../hosts/host-pair.js';
import { hostSides } from '../hosts/host-sides.js';
import type { TopologyKind } from '../kind.js';
import { LINK_OPTIONS } from '../options.js';
import { plannedPairs } from '../planned-endpoints.js';
import { fastDatapath } from '../weave/fast-datapath.js';
import { sleeve, sleeveHeaders } from '../weave/sleeve.js';
import { type WeaveHost, weaveHostHops, weaveHostSteps } from '../weave/weave-host.js';

const SUMMARY = 'endpoints on two hosts, joined as Weave Net does it: fast datapath, or sleeve';
/** Weave's own (WEAVE_MTU): what is left of 1460, the smallest link of a large cloud, by an encrypted tunnel. */
const WEAVE_MTU_BYTES = 1376;

const ROOM_FOR = {
  fastdp: mtuAcrossHosts((family) => headerBytes(vxlanHeaders(family))),
  sleeve: mtuAcrossHosts((family) => headerBytes(sleeveHeaders(family))),
};

export const weave: TopologyKind = {
  name: 'weave',
  summary: SUMMARY,
  needs: { commands: ['ip', 'nsenter', 'ethtool', 'tc'], modules: ['veth', 'bridge'] },
  mtu(options) {
    const room = ROOM_FOR[options.weavePath ?? 'fastdp'](options);
    return { ...room, defaultBytes: Math.min(WEAVE_MTU_BYTES, room.defaultBytes) };
  },
  takes: [...LINK_OPTIONS, 'endpoints', 'weavePath'],
  rootless: false,
  async plan(options) {
    const { mtuBytes, ipv6, endpoints, underlayFamily = 4, weavePath } = options;
    const path = weavePath === 'sleeve' ? sleeve(underlayFamily) : await fastDatapath('weave', underlayFamily);
    const pair = hostPair(options);
    const pairs = plannedPairs(endpoints, ipv6);
    const [{ client, server }, ...morePairs] = pairs;
    const [one, other] = pair.hosts;
    const link = pair.link(path.headers);
    const linkMtuBytes = link.mtuBytes;
    const sides: WeaveHost[] = hostSides(pair, pairs).map((side) => ({ ...side, linkMtuBytes }));
    return {
      kind: 'weave',
      summary: SUMMARY,
      namespaces: [...pair.namespaces, ...sides.flatMap(({ ends }) => ends.map((end) => end.namespace))],
      steps: [
        ...pair.steps,
        ...sides.flatMap((side) => weaveHostSteps(side, path, mtuBytes)),
        ...sides.flatMap(({ ends }) => ends.flatMap((end) => [...endpointSteps(end), ...path.endSteps(end)])),
      ],
      client,
      server,
      morePairs,
      path: [
        ...weaveHostHops(one, client, path, mtuBytes),
        ...pair.path,
        ...weaveHostHops(other, server, path, mtuBytes).toReversed(),
      ],
      via: ['weave', ...path.via, 'link', ...path.via.toReversed(), 'weave'],
      mtuBytes,
      serverReachesClient: true,
      carriers: sides.map((side) => path.carrier(side)),
      remarks: [...pair.remarks, ...path.remarks],
      link,
    };
  },
};
