import type { OffloadSetting, TopologyOptions } from './options.js';
import type { EngineAddress, NamespaceSource } from './places/place.js';

/**
 * A network as the list of commands an operator would type to build it, each with its undo. It is plain data: a lab
 * executes it, a shell script prints it, and neither knows anything that is not written here.
 */
export interface Plan {
  kind: string;
  /** What the network is, in a few words of English. */
  summary: string;
  /** Namespaces to make before the first step, each with nothing in it but its own loopback. */
  namespaces: readonly string[];
  steps: readonly Step[];
  client: PlannedEnd;
  server: PlannedEnd;
  /** Further pairs of ends on the same network (--endpoints); empty = `client` and `server` alone. */
  morePairs: readonly PlannedPair[];
  /** How the client reaches the server, where that is not simply the server's own address. */
  target?: PlannedTarget | undefined;
  /** false: the server cannot begin a conversation with the client (NAT, a published port). */
  serverReachesClient: boolean;
  /** Every interface a packet of the (first) client passes, in that order. */
  path: readonly PlannedHop[];
  /** Words between the two ends in one line: switches, routers, or the device both ends share. */
  via: readonly string[];
  /** Of every hop; a hop may say otherwise. */
  mtuBytes: number;
  /** Processes that carry the traffic, whose CPU time stands beside the ends'. */
  carriers: readonly PlannedCarrier[];
  /** Facts that the report names, for example `userspace datapath (the kernel has no openvswitch module)`. */
  remarks: readonly string[];
  /** Asked for at every end, and to be found there when the network stands. */
  endOffloads?: readonly OffloadSetting[] | undefined;
  /** Who else uses the ends' interfaces, so that their settings must stay: `the host`. undefined = nobody. */
  endsBelongTo?: string | undefined;
  /** Container engines that steps make objects in; what they make there carries the lab's label. */
  engines?: readonly EngineAddress[] | undefined;
  /** Across two hosts: what lies between them. */
  link?: PlannedLink | undefined;
  /** Databases of switches that are not this plan's own and that steps make records in, marked in external_ids. */
  ovsDatabases?: readonly string[] | undefined;
}

/** The cable between two hosts, and what a packet of an end looks like on it. */
export interface PlannedLink {
  /** undefined: as fast as this machine moves packets. */
  rateBitsPerSecond?: number | undefined;
  /** Of the hosts' interfaces on it. */
  mtuBytes: number;
  /** By which it delays each packet, in each direction. Absent: 0. */
  delayMs?: number | undefined;
  /** Of the packets that it loses, in each direction. Absent: 0. */
  lossPercent?: number | undefined;
  /** In which the hosts reach each other. */
  underlayFamily: 4 | 6;
  /** The interfaces at its two ends: the client's host and the server's. */
  ends: readonly [LinkEnd, LinkEnd];
  /** Headers that the overlay puts around every IP packet of the ends, the outermost first; empty: it goes as it is. */
  headers: readonly TunnelHeader[];
  /** Cores on which each host receives, where they are its own and nothing else is steered to others. */
  hostCores?: TopologyOptions['hostCores'];
}

/** One end of the cable between two hosts. */
export interface LinkEnd {
  /** In the plan of the network. */
  namespace: string;
  /** Its name there. */
  interface: string;
}

/** One header around a packet. */
export interface TunnelHeader {
  /** For a sentence: `outer IPv4`, `VXLAN`. */
  name: string;
  /** How long it is. */
  bytes: number;
}

/**
 * One thing to do and what takes it back. `namespace` is where it runs; null is the namespace the caller is in. What
 * is made there outlives us unless undone, so there an undo is a command; what lies in a namespace of ours goes with it.
 */
export type Step = CommandStep | DaemonStep | AdoptStep | UndoStep;

export type CommandStep =
  | (CommandDetails & { namespace: string; undo: Command | DiesWithNamespace })
  | (CommandDetails & { namespace: null; undo: Command });

interface CommandDetails {
  type?: undefined;
  command: Command;
  /** Bytes for its standard input. */
  input?: Uint8Array | undefined;
  /** Text for it instead. */
  inputText?: TextInput | undefined;
  /** A file of the plan's directory that gets what it writes to standard output, once it has succeeded. */
  output?: string | undefined;
  /** After this the command is killed. Default 5 s. */
  timeoutMs?: number | undefined;
  /** What it waits for, where that can take seconds; continues "waiting for": `host2 to join the swarm of host1`. */
  waitsFor?: string | undefined;
  environment?: Environment | undefined;
  /** What it means that this command fails, where its own words would not tell a user. They stand behind it. */
  meaning?: { code: string; message: string; remedy: string } | undefined;
  plugin?: PluginCall | undefined;
  /** true: where it fails the network is measured all the same, with a warning. Default false. */
  mayFail?: boolean | undefined;
  /** One of the plan's remarks from when it has succeeded. */
  remark?: string | undefined;
}

/** Text in parts: as it stands, or what an earlier step has written; that part is empty where there is no such file. */
export type TextInput = readonly (string | { readonly file: string; readonly before: string })[];

/** The command is a CNI plugin, which says in JSON on standard output what it made or what went wrong. */
export interface PluginCall {
  verb: 'ADD' | 'CHECK' | 'DEL';
  type: string;
  container: string;
  timeLimitSeconds: number;
  /** What it was called for: the configuration's file. */
  configuration: string;
}

/** A process that runs as long as the network stands, in the foreground, and dies with its lab. */
export interface DaemonStep {
  type: 'daemon';
  /** Its name in lists, in the log's file name and in figures: `ovs-vswitchd`. */
  name: string;
  /** What a person is told is being waited for: `dockerd on host1`. Default: its name. */
  title?: string | undefined;
  namespace: string | null;
  command: Command;
  environment?: Environment | undefined;
  /** Run again and again in the same namespace until it ends with status 0: the daemon serves. */
  ready: Command;
  /** Until then. Default {@link START_LIMIT_MS}. */
  readyTimeoutMs?: number | undefined;
}

/** What a network must have by then it will not have: every daemon's time to start. */
export const START_LIMIT_MS = 30_000;

/** From here on a namespace that somebody else made, a container engine say, is known to the plan by this name. */
export interface AdoptStep {
  type: 'adopt';
  as: string;
  from: NamespaceSource | FileOfLab;
}

/** A file bound to a namespace, or a link to one, that an earlier step has made in the lab's directory. */
interface FileOfLab {
  type: 'file';
  path: { readonly file: string };
}

/** From here on there is this to undo, whatever becomes of the steps that follow. */
export interface UndoStep {
  type: 'undo';
  namespace: string;
  command: Command;
  inputText?: TextInput | undefined;
  environment?: Environment | undefined;
  timeoutMs?: number | undefined;
  plugin?: PluginCall | undefined;
}

export const diesWithNamespace = 'dies with its namespace';
type DiesWithNamespace = typeof diesWithNamespace;

export type Command = readonly [string, ...Argument[]];

export type Environment = Readonly<Record<string, Argument>>;

/**
 * A word; one of the plan's namespaces wherever a command expects a namespace's name or path; or a path in the
 * directory that the lab makes for a plan with such words and removes with everything in it ('' = the directory).
 */
export type Argument = string | { readonly namespace: string } | { readonly file: string; readonly before?: string };

/** Addresses that a plan leaves to others are known when the network stands: see TopologyKind.learn. */
export interface PlannedEnd {
  namespace: string;
  interface: string;
  /** undefined: not known yet, or the network carries no IPv4. */
  ipv4: string | undefined;
  /** undefined: the network carries no IPv6. */
  ipv6: string | undefined;
}

export interface PlannedEndpoint extends PlannedEnd {
  ipv4: string;
}

export interface PlannedPair {
  client: PlannedEndpoint;
  server: PlannedEndpoint;
}

/** The port is the server's and the client's alike: iperf3's protocol has one. */
export interface PlannedTarget {
  ipv4: string;
  ipv6?: string | undefined;
  /** Where the client connects. Default: the port the server listens on. */
  port?: number | undefined;
  /** Where the server must listen. Default: the caller's choice. */
  serverPort?: number | undefined;
}

export interface PlannedHop {
  namespace: string;
  /** A name, or the other end of a veth pair, which somebody else has named. */
  interface: string | PeerOf;
  /** The bridge or switch this interface must be a port of. */
  master?: string | undefined;
  mtuBytes?: number | undefined;
  /** Around every packet of the ends here. Default: the link's headers between its ends, none elsewhere. */
  headers?: readonly TunnelHeader[] | undefined;
}

interface PeerOf {
  readonly peerOf: { readonly namespace: string; readonly interface: string };
}

/** Which processes they are is known when the network stands. */
export type PlannedCarrier =
  /** A daemon of this plan. */
  | { type: 'daemon'; name: string }
  /** The engine's proxy process for a published port; in that namespace, where others may have one for the same. */
  | { type: 'docker-proxy'; port: number; namespace?: string | undefined }
  /** The switch whose database this is, where it runs on this machine. */
  | { type: 'ovs-vswitchd'; database: string };

export function isFileOfLab(source: AdoptStep['from']): source is FileOfLab {
  return source.type === 'file' && typeof source.path !== 'string';
}

/** A step inside a namespace of ours, written as a line: words are split at spaces. */
export function inside(namespace: string, line: string, ...more: Argument[]): CommandStep & { namespace: string } {
  const [name, ...words] = line.split(' ');
  return { namespace, command: [name!, ...words, ...more], undo: diesWithNamespace };
}
