import type { PathRemarks } from './description.js';
import type { Finding } from './diagnosis/finding.js';
import type { Endpoint } from './endpoint.js';
import type { LinkCounters } from './hosts/link-counters.js';
import type { PlannedLink } from './plan.js';
import type { VerifiedPath } from './verify.js';

/** Somewhere to run traffic: a network of our own, or two places that were found. */
export interface Network {
  /** The KIND, or `between`. */
  readonly kind: string;
  /** The first client's end. */
  readonly client: Endpoint;
  /** The first server's end. */
  readonly server: Endpoint;
  /** All pairs of ends, `client` and `server` first. */
  readonly pairs: readonly EndpointPair[];
  /** Where a client connects. */
  readonly target: NetworkTarget;
  /** The way from client to server, as it was verified. */
  readonly path: VerifiedPath;
  /** What was looked at before the measurement; no error among them. */
  readonly findings: readonly Finding[];
  /** Facts about how packets are carried, for example which datapath of a switch; none for what was found. */
  readonly remarks?: readonly string[] | undefined;
  /** Processes that carry the packets: switches, proxies. */
  readonly carriers: readonly Carrier[];
  /** Across two hosts of one machine. */
  readonly link?: PlannedLink | undefined;
  /** What the cards at its two ends have sent so far, the client's host first. */
  readonly linkCounters?: (() => Promise<[LinkCounters, LinkCounters]>) | undefined;
  /** One line for the head of a report. */
  description(remarks?: PathRemarks): string;
  /** After a test of which nothing arrived: why. */
  explainSilence(): Promise<Finding[]>;
}

/** A client and the server that it talks to. */
export interface EndpointPair {
  /** The client's end. */
  client: Endpoint;
  /** The server's end. */
  server: Endpoint;
}

/** Where a client connects. */
export interface NetworkTarget {
  /** Of the first pair; undefined: not over IPv4. */
  ipv4: string | undefined;
  /** Of the first pair; undefined: not over IPv6. */
  ipv6: string | undefined;
  /** Where to connect. undefined: where the server listens. */
  port: number | undefined;
  /** Where the server must listen. undefined: wherever it likes. */
  serverPort: number | undefined;
  /** The only address it is to listen on, in a place that others use too. Default: all. */
  serverHost?: string | undefined;
}

/** A process that carries packets between the ends. */
export interface Carrier {
  /** `ovs-vswitchd`, `docker-proxy`. */
  name: string;
  /** Its process id. */
  pid: number;
  /** Across two hosts: whose end's host it runs on. */
  host?: 'client' | 'server' | undefined;
}

/** What building took. Start-up of engines and switches is theirs, and stands apart. */
export interface BuildTimes {
  /** Making it, milliseconds. */
  buildMs: number;
  /** Waiting for engines and daemons, milliseconds. */
  startUpMs: number;
  /** Finding out that it carries packets, milliseconds. */
  verifyMs: number;
}
