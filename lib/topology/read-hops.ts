import { TopologyError } from '../errors.js';
import { type CommandOutput, locateCommand } from '../platform/run-command.js';
import type { Lab } from './lab.js';
import { type Offloads, parseOffloads } from './offloads.js';
import type { PlannedHop } from './plan.js';
import { portTakenFrom, type TakenPort } from './tunnel-ports.js';

/** One interface on the path as the kernel says it is. */
export interface Hop {
  /** Where it is. */
  namespace: string;
  /** Its name there. */
  interface: string;
  /** rtnetlink's word: veth, bridge ...; `loopback` and `ether` where it has none. */
  kind: string;
  /** Of the interface. */
  mtuBytes: number;
  /** The queueing discipline: `noqueue`, `fq` ... */
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
  /** Of a tunnel that is down: why it cannot come up. */
  portTaken?: TakenPort | undefined;
}

/** A network whose namespaces are open, for commands to run in. */
export type Entered = Pick<Lab, 'run'>;

/** The state of every hop, in their order. Throws VnetperfError ERR_PATH_DOWN when an interface is not there. */
export async function readHops(entered: Entered, path: readonly PlannedHop[]): Promise<HopState[]> {
  const links = new Map(
    await Promise.all(
      namespacesOf(path).map(async (namespace) => {
        const output = await entered.run(namespace, ['ip', '-json', '-details', 'link', 'show']);
        return [namespace, parseLinks(output)] as const;
      }),
    ),
  );
  const states = path.map(({ namespace, interface: device }) => {
    const link = findLink(links, namespace, device);
    if (link === undefined) {
      throw new TopologyError(`the namespace ${namespace} has no interface ${wordsFor(device)}`, {
        code: 'ERR_PATH_DOWN',
        remedy:
          'Something removed it meanwhile, as an engine or a switch does that is restarted: build the network again.',
      });
    }
    return hopState(namespace, link);
  });
  return await Promise.all(states.map((hop) => withTakenPort(entered, hop)));
}

async function withTakenPort(entered: Entered, hop: HopState): Promise<HopState> {
  if (hop.kind !== 'vxlan' || hop.administrativelyUp) return hop;
  return { ...hop, portTaken: await portTakenFrom(hop.interface, entered, hop.namespace) };
}

function namespacesOf(path: readonly PlannedHop[]): string[] {
  const peers = path.flatMap(({ interface: device }) => (typeof device === 'string' ? [] : [device.peerOf.namespace]));
  return [...new Set([...path.map((hop) => hop.namespace), ...peers])];
}

function findLink(
  links: ReadonlyMap<string, readonly Link[]>,
  namespace: string,
  device: PlannedHop['interface'],
): Link | undefined {
  const here = links.get(namespace) ?? [];
  if (typeof device === 'string') return here.find(({ ifname }) => ifname === device);
  const other = findLink(links, device.peerOf.namespace, device.peerOf.interface);
  if (other === undefined) return undefined;
  // Indexes repeat from namespace to namespace; the ends of a pair name each other.
  return here.find(
    ({ ifindex, link_index, link }) =>
      ifindex === other.link_index && (link_index === other.ifindex || link === other.ifname),
  );
}

/** What each interface of each namespace leaves to its device; empty where ethtool is not installed. */
export async function readOffloadsOf(
  entered: Entered,
  namespaces: readonly string[],
): Promise<Map<string, Map<string, Offloads>>> {
  if (locateCommand('ethtool') === undefined) return new Map();
  return new Map(
    await Promise.all(
      namespaces.map(async (namespace) => {
        // '*' is every interface at once. An ethtool from before 5.8 does not know it, and its flags stay unknown.
        const output = await entered.run(namespace, ['ethtool', '--show-features', '*']).catch(() => undefined);
        return [namespace, parseOffloads(output?.stdout ?? '')] as const;
      }),
    ),
  );
}

/** The same in the order of a path whose interfaces have names. */
export async function readOffloads(entered: Entered, path: readonly PlannedHop[]): Promise<(Offloads | undefined)[]> {
  const offloads = await readOffloadsOf(entered, namespacesOf(path));
  return path.map((hop) => offloads.get(hop.namespace)?.get(wordsFor(hop.interface)));
}

function wordsFor(device: PlannedHop['interface']): string {
  return typeof device === 'string' ? device : `at the other end of ${device.peerOf.interface}`;
}

/** The few fields read of `ip -json -details link show`. */
interface Link {
  ifindex: number;
  /** Of the other end, where that is in another namespace; `link` is its name where it is in the same. */
  link_index?: number;
  link?: string | null;
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
  throw new TopologyError('ip -json link show did not answer with a list of links', {
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
