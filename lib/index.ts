/**
 * vnetperf as a library: build a network, run iperf3-compatible traffic across it, get typed figures, compare them.
 *
 * Nothing here prints, exits, or touches signal handlers. Everything that can take long takes an AbortSignal.
 */

export type * from './compare/analysis.js';
export type { CellRequest, ExecutableCell, ExecuteCell } from './compare/cell.js';
export type { Environment } from './compare/environment.js';
export type * from './compare/measurement.js';
export { executeCell } from './compare/measuring/execute-cell.js';
export type * from './compare/result.js';
export { type MeasuredFile, type MeasuredTest, readMeasuredFile } from './compare/result-file/measured-file.js';
export { loadResult, saveResult } from './compare/result-file/result-file.js';
export type { ComparisonProgress } from './compare/runner/progress.js';
export {
  type ComparisonOptions,
  type ComparisonSpecification,
  runComparison,
} from './compare/runner/run-comparison.js';
export { analyse } from './compare/verdict/analyse.js';
export type {
  ClientConfiguration,
  OutputConfiguration,
  ServerConfiguration,
} from './configuration/configuration.js';
export { type ClientRequest, resolveClient } from './configuration/resolve-client.js';
export { resolveServer, type ServerRequest } from './configuration/resolve-server.js';
export {
  type AskedReceivePath,
  type AskedSendPath,
  type Direction,
  defaultSettings,
  type Protocol,
  type TestSettings,
} from './configuration/settings.js';
export { VnetperfError, type VnetperfErrorDetails } from './errors.js';
export { type Cache, type LogicalCore, type Machine, readMachine } from './platform/cpu-topology.js';
export { readEnvironment } from './platform/environment.js';
export type { NetworkInterrupt, ReceiveSteering } from './platform/network-interrupts.js';
export { type EndsToPlace, type Placement, placeEnds } from './platform/place-ends.js';
export { placeOnThisMachine } from './platform/place-on-this-machine.js';
export { csvReport } from './report/comparison/csv.js';
export { htmlReport } from './report/comparison/html.js';
export { markdownReport } from './report/comparison/markdown.js';
export type { ReportSection } from './report/comparison/section.js';
export { sectionsOf } from './report/comparison/section-of.js';
export { svgReport } from './report/comparison/svg.js';
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
