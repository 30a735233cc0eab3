/**
 * vnetperf as a library: build a network, run iperf3-compatible traffic across it, get typed figures.
 *
 * Nothing here prints, exits, or touches signal handlers. Everything that can take long takes an AbortSignal.
 */

export type {
  ClientConfiguration,
  OutputConfiguration,
  ServerConfiguration,
} from './configuration/configuration.js';
export { type ClientRequest, resolveClient } from './configuration/resolve-client.js';
export { resolveServer, type ServerRequest } from './configuration/resolve-server.js';
export { type Direction, defaultSettings, type Protocol, type TestSettings } from './configuration/settings.js';
export { VnetperfError, type VnetperfErrorDetails } from './errors.js';
export type { Endpoint } from './topology/endpoint.js';
export type { TopologyOptions } from './topology/options.js';
export { type BetweenOptions, between, type FoundNetwork } from './topology/places/between.js';
export { parsePlace } from './topology/places/parse-place.js';
export type { NamespaceSource } from './topology/places/place.js';
export { type Topology, topology } from './topology/topology.js';
export type { VerifiedPath } from './topology/verify.js';
export { runClient } from './traffic/client.js';
export type * from './traffic/events.js';
export type { NetworkNamespace } from './traffic/namespace.js';
export { Server } from './traffic/server.js';
export { Interruption, type SessionOptions } from './traffic/session.js';
export type { StreamPair } from './traffic/stream-pairs.js';
