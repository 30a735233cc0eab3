import { addresses, IPV4_PREFIX_LENGTH } from '../addresses.js';
import { CONTAINER_INTERFACE } from '../containers/engine-network.js';
import { privateEngine } from '../containers/private-engine.js';
import type { LabIdentity } from '../lab-identity.js';
import type { Argument, PlannedEndpoint, PlannedHop, Step } from '../plan.js';

/** What an engine calls the bridge that is there without asking. */
export const DEFAULT_BRIDGE = 'docker0';

export interface BridgedContainerWish {
  kind: string;
  identity: LabIdentity;
  /** The host whose engine it runs on. */
  host: string;
  /** The plan's word for its namespace. */
  name: string;
  /** Of the bridge, among the lab's subnets. */
  subnet: number;
  mtuBytes: number;
  /** More words for dockerd. */
  daemonWords?: readonly Argument[] | undefined;
  /** Of `docker run`. */
  options?: readonly string[] | undefined;
}

/** A container as `docker run` makes it where nothing is said of networks. */
export interface BridgedContainer {
  end: PlannedEndpoint;
  /** The bridge's own address, which is the host's on that subnet. */
  gateway: string;
  /** From an engine that is not there to a container that runs. */
  steps: readonly Step[];
  /** From the container to the bridge. */
  hops: readonly PlannedHop[];
}

export function bridgedContainer(wish: BridgedContainerWish): BridgedContainer {
  const { kind, identity, host, name, subnet, mtuBytes, daemonWords = [], options = [] } = wish;
  const gateway = addresses(subnet, 1).ipv4;
  const engine = privateEngine({
    kind,
    identity,
    host,
    bridge: `${gateway}/${IPV4_PREFIX_LENGTH}`,
    daemonWords: ['--mtu', `${mtuBytes}`, ...daemonWords],
  });
  return {
    // The engine gives addresses away one after another, and the first is the bridge's.
    end: { namespace: name, interface: CONTAINER_INTERFACE, ipv4: addresses(subnet, 2).ipv4, ipv6: undefined },
    gateway,
    steps: [...engine.steps, ...engine.containerSteps(name, options)],
    hops: [
      { namespace: name, interface: CONTAINER_INTERFACE, mtuBytes },
      {
        namespace: host,
        interface: { peerOf: { namespace: name, interface: CONTAINER_INTERFACE } },
        master: DEFAULT_BRIDGE,
        mtuBytes,
      },
      { namespace: host, interface: DEFAULT_BRIDGE, mtuBytes },
    ],
  };
}
