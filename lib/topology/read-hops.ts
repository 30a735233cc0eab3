import { VnetperfError } from '../errors.js';
import { type CommandOutput, locateCommand } from '../platform/run-command.js';
import type { Lab } from './lab.js';
import { type Offloads, parseOffloads } from './offloads.js';
import type { PlannedHop } from './plan.js';

/** One interface on the path as the kernel says it is. */
export interface Hop {
  namespace: string;
  interface: string;
  /** rtnetlink's word: veth, bridge ...; `loopback` and `ether` where it has none. */
  kind: string;
  mtuBytes: number;
  qdisc: string;
  /** The bridge it is a port of. */
  master?: string | undefined;
  /** undefined where ethtool is missing. */
  offloads?: Offloads | undefined;
}

/** A hop with what decides whether it carries packets now. */
export interface HopState extends Hop {
  administrativelyUp: boolean;
  /** Has carrier, the kernel has acted on it, and where it is a port it forwards. */
  carries: boolean;
  /** Why a port does not forward, for a sentence: `is listening`. */
  notForwarding?: string | undefined;
}

/** The state of every hop, in their order. Throws VnetperfError ERR_PATH_DOWN when an interface is not there. */
export async function readHops(lab: Pick<Lab, 'run'>, path: readonly PlannedHop[]): Promise<HopState[]> {
  const namespaces = [...new Set(path.map((hop) => hop.namespace))];
  const byNamespace = new Map(
    await Promise.all(
      namespaces.map(async (namespace) => {
        const output = await lab.run(namespace, ['ip', '-json', '-details', 'link', 'show']);
        return [namespace, new Map(parseLinks(output).map((link) => [link.ifname, link]))] as const;
      }),
    ),
  );
  return path.map((hop) => {
    const link = byNamespace.get(hop.namespace)?.get(nameOf(hop.interface));
    if (link === undefined) {
      throw new VnetperfError(`the namespace ${hop.namespace} has no interface ${nameOf(hop.interface)}`, {
        code: 'ERR_PATH_DOWN',
        remedy: 'Something removed it while the network was being built: try again.',
      });
    }
    return hopState(hop.namespace, link);
  });
}

/** What each hop leaves to its device, by namespace and interface; empty where ethtool is not installed. */
export async function readOffloads(
  lab: Pick<Lab, 'run'>,
  path: readonly PlannedHop[],
): Promise<(Offloads | undefined)[]> {
  if (locateCommand('ethtool') === undefined) return path.map(() => undefined);
  const namespaces = [...new Set(path.map((hop) => hop.namespace))];
  const byNamespace = new Map(
    await Promise.all(
      namespaces.map(async (namespace) => {
        // '*' is every interface at once. An ethtool from before 5.8 does not know it, and its flags stay unknown.
        const output = await lab.run(namespace, ['ethtool', '--show-features', '*']).catch(() => undefined);
        return [namespace, parseOffloads(output?.stdout ?? '')] as const;
      }),
    ),
  );
  return path.map((hop) => byNamespace.get(hop.namespace)?.get(nameOf(hop.interface)));
}

/** Until it is looked up, a peer has no name. */
function nameOf(device: PlannedHop['interface']): string {
  return typeof device === 'string' ? device : `the peer of ${device.peerOf.interface}`;
}

/** The few fields read of `ip -json -details link show`. */
interface Link {
  ifname: string;
  flags: string[];
  mtu: number;
  qdisc: string;
  operstate: string;
  link_type: string;
  master?: string;
  linkinfo?: { info_kind?: string; info_slave_data?: { state?: string } };
}

function parseLinks({ stdout }: CommandOutput): Link[] {
  try {
    const links: unknown = JSON.parse(stdout);
    if (Array.isArray(links)) return links.filter(isLink);
  } catch {
    // Said below: what is not JSON and what is not a list are the same to the reader.
  }
  throw new VnetperfError('ip -json link show did not answer with a list of links', {
    code: 'ERR_COMMAND_OUTPUT',
    remedy: 'Use iproute2 4.14 or later.',
  });
}

function isLink(value: unknown): value is Link {
  const { ifname, flags, mtu } = (value ?? {}) as Partial<Link>;
  return typeof ifname === 'string' && Array.isArray(flags) && typeof mtu === 'number';
}

function hopState(namespace: string, link: Link): HopState {
  const portState = link.linkinfo?.info_slave_data?.state ?? 'forwarding';
  const forwards = portState === 'forwarding';
  return {
    namespace,
    interface: link.ifname,
    kind: link.linkinfo?.info_kind ?? link.link_type,
    mtuBytes: link.mtu,
    qdisc: link.qdisc,
    ...(link.master === undefined ? {} : { master: link.master }),
    administrativelyUp: link.flags.includes('UP'),
    // Carrier is not enough: the kernel starts IPv6 and attaches the queue when its link watch has seen the carrier
    // and set operstate. Loopback has no operational state and stays UNKNOWN.
    carries: link.flags.includes('LOWER_UP') && /^(UP|UNKNOWN)$/.test(link.operstate) && forwards,
    ...(forwards ? {} : { notForwarding: `is ${portState} instead of forwarding` }),
  };
}
