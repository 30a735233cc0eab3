import type { PathRemarks } from './description.js';
import type { Finding } from './diagnosis/finding.js';
import type { Endpoint } from './endpoint.js';
import type { VerifiedPath } from './verify.js';

/** Somewhere to run traffic: a network of our own, or two places that were found. */
export interface Network {
  /** The KIND, or `between`. */
  readonly kind: string;
  readonly client: Endpoint;
  readonly server: Endpoint;
  /** All pairs of ends, `client` and `server` first. */
  readonly pairs: readonly EndpointPair[];
  /** Where a client connects. */
  readonly target: Target;
  readonly path: VerifiedPath;
  /** What was looked at before the measurement; no error among them. */
  readonly findings: readonly Finding[];
  /** Facts about how packets are carried, for example which datapath of a switch; none for what was found. */
  readonly remarks?: readonly string[] | undefined;
  /** Processes that carry the packets: switches, proxies. */
  readonly carriers: readonly Carrier[];
  /** One line for the head of a report. */
  description(remarks?: PathRemarks): string;
  /** After a test of which nothing arrived: why. */
  explainSilence(): Promise<Finding[]>;
}

export interface EndpointPair {
  client: Endpoint;
  server: Endpoint;
}

interface Target {
  /** Of the first pair; undefined: not over IPv4. */
  ipv4: string | undefined;
  ipv6: string | undefined;
  /** Where to connect. undefined: where the server listens. */
  port: number | undefined;
  /** Where the server must listen. undefined: wherever it likes. */
  serverPort: number | undefined;
  /** The only address it is to listen on, in a place that others use too. Default: all. */
  serverHost?: string | undefined;
}

export interface Carrier {
  /** `ovs-vswitchd`, `docker-proxy`. */
  name: string;
  pid: number;
}

/** What building took. Start-up of engines and switches is theirs, and stands apart. */
export interface BuildTimes {
  buildMs: number;
  startUpMs: number;
  verifyMs: number;
}
