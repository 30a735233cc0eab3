import { nearestWord } from '../configuration/nearest-word.js';
import { RequestError } from '../errors.js';
import type { TopologyKind } from './kind.js';
import { bridge } from './kinds/bridge.js';
import { calico } from './kinds/calico.js';
import { calicoIpip } from './kinds/calico-ipip.js';
import { cni } from './kinds/cni.js';
import { dockerBridge } from './kinds/docker-bridge.js';
import { dockerContainer } from './kinds/docker-container.js';
import { dockerHost } from './kinds/docker-host.js';
import { dockerHosts } from './kinds/docker-hosts.js';
import { dockerNone } from './kinds/docker-none.js';
import { dockerOverlay } from './kinds/docker-overlay.js';
import { dockerPublished } from './kinds/docker-published.js';
import { flannelHostGw } from './kinds/flannel-host-gw.js';
import { flannelVxlan } from './kinds/flannel-vxlan.js';
import { hosts } from './kinds/hosts.js';
import { ipvlan } from './kinds/ipvlan.js';
import { loopback } from './kinds/loopback.js';
import { macvlan } from './kinds/macvlan.js';
import { nat } from './kinds/nat.js';
import { ovs } from './kinds/ovs.js';
import { ovsAfxdp } from './kinds/ovs-afxdp.js';
import { ovsKernel } from './kinds/ovs-kernel.js';
import { ovsNetdev } from './kinds/ovs-netdev.js';
import { ovsTso } from './kinds/ovs-tso.js';
import { ovsVxlan } from './kinds/ovs-vxlan.js';
import { routed } from './kinds/routed.js';
import { veth } from './kinds/veth.js';
import { vxlan } from './kinds/vxlan.js';
import { weave } from './kinds/weave.js';
import { BY_HAND, type LabIdentity } from './lab-identity.js';
import type { MtuRange } from './mtu.js';
import { checkTaken, type ResolvedOptions, resolveOptions, type TopologyOptions } from './options.js';
import type { Plan } from './plan.js';
import { withEndSettings } from './with-end-settings.js';

/** Every network that can be built, by the word a user types. */
export const kinds: ReadonlyMap<string, TopologyKind> = new Map(
  [
    loopback,
    veth,
    bridge,
    macvlan,
    ipvlan,
    routed,
    nat,
    dockerBridge,
    dockerHost,
    dockerContainer,
    dockerNone,
    dockerPublished,
    ovs,
    ovsKernel,
    ovsNetdev,
    ovsTso,
    ovsAfxdp,
    hosts,
    dockerOverlay,
    dockerHosts,
    vxlan,
    flannelVxlan,
    flannelHostGw,
    calico,
    calicoIpip,
    ovsVxlan,
    weave,
    cni,
  ].map((kind) => [kind.name, kind]),
);

/** Throws VnetperfError ERR_UNKNOWN_KIND. */
export function topologyKind(name: string): TopologyKind {
  const kind = kinds.get(name);
  if (kind === undefined) {
    const near = nearestWord(name, [...kinds.keys()]);
    throw new RequestError(`there is no network of the kind "${name}"`, {
      code: 'ERR_UNKNOWN_KIND',
      remedy: `Choose one of: ${[...kinds.keys()].join(', ')}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
    });
  }
  return kind;
}

/**
 * What can be said of options without asking an engine or the kernel. Throws VnetperfError ERR_UNKNOWN_KIND, ERR_MTU,
 * ERR_OPTION.
 */
export function resolveKindOptions(name: string, options: TopologyOptions): ResolvedOptions {
  const kind = topologyKind(name);
  checkTaken(kind, options, (option) =>
    [...kinds.values()].filter(({ takes }) => takes.includes(option)).map((taker) => taker.name),
  );
  const ipv6 = options.ipv6 ?? (kind.ipv6ByDefault === false ? false : undefined);
  return resolveOptions(name, mtuRangeOf(kind, options), { ...options, ipv6 });
}

/** What MTU the ends may have, and have by default. */
export function mtuRangeOf({ mtu }: TopologyKind, options: TopologyOptions = {}): MtuRange {
  return typeof mtu === 'function' ? mtu(options) : mtu;
}

/** The plan of a network, with nothing built. Throws VnetperfError ERR_UNKNOWN_KIND, ERR_MTU, ERR_OPTION ... */
export async function planTopology(
  name: string,
  options: TopologyOptions = {},
  identity: LabIdentity = BY_HAND,
  signal?: AbortSignal,
): Promise<Plan> {
  const resolved = resolveKindOptions(name, options);
  return withEndSettings(await topologyKind(name).plan(resolved, identity, signal), resolved);
}
