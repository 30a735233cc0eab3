/**
 * vnetperf as a library: build a network, run iperf3-compatible traffic across it, get typed figures, compare them.
 *
 * Nothing here prints, exits, or touches signal handlers. Everything that can take long takes an AbortSignal. What is
 * told is told again on the channels `vnetperf:interval` and `vnetperf:end` of node:diagnostics_channel.
 *
 * @packageDocumentation
 */

export { between, type FindOptions, type NetworkBetween } from './api/between.js';
export { type BuiltTopology, buildTopology } from './api/build-topology.js';
export type { EndMessage, IntervalMessage } from './api/channels.js';
export type { ChosenCores } from './api/chosen-cores.js';
export type { ComparedTest, ComparisonRequest } from './api/comparison-plan.js';
export { type Diagnosis, type DiagnosisSubject, diagnose } from './api/diagnose.js';
export { type FormatOptions, formatResult, type ResultFormat } from './api/format-result.js';
export {
  type BroughtUpNetwork,
  bringUp,
  collectGarbage,
  type KeptEndpoint,
  type KeptNetwork,
  type KeptTarget,
  keptNetworks,
  openEndpoint,
  takeDown,
} from './api/kept-networks.js';
export type { EndCommandOptions, NetworkEnd, NetworkWithEnds } from './api/network-end.js';
export { type NetworksHere, networksHere } from './api/networks-here.js';
export type { OutcomeFormat, ResultLimits } from './api/outcome-report.js';
export {
  csvReport,
  htmlReport,
  markdownReport,
  type ReportSection,
  sectionsOf,
  svgReport,
  textReport,
} from './api/reports.js';
export { loadResult, type MeasuredFile, type MeasuredTest, readMeasuredFile, saveResult } from './api/result-files.js';
export {
  type AcrossEvents,
  type AcrossOptions,
  type AcrossRequest,
  type AcrossResult,
  runAcross,
  type TestPreparation,
} from './api/run-across.js';
export { type ComparisonOptions, type RunningComparison, runComparison } from './api/run-comparison.js';
export { runTest, type TestOptions, type TestRequest } from './api/run-test.js';
export type { RunningTest, TestEvents } from './api/running-test.js';
export {
  type OfTest,
  type RunningServer,
  type ServerEvents,
  type ServerOptions,
  type ServerRequest,
  startServer,
} from './api/start-server.js';
export type { TestResult } from './api/test-result.js';
export { topologyScript } from './api/topology-script.js';
export type { EventSource } from './api/typed-events.js';
export type * from './compare/analysis.js';
export type { CellRequest, ExecutableCell } from './compare/cell.js';
export type { Environment } from './compare/environment.js';
export type * from './compare/link-measurement.js';
export type * from './compare/measurement.js';
export type * from './compare/result.js';
export type { ComparisonProgress, RemainingRuns } from './compare/runner/progress.js';
export type { ComparisonSpecification } from './compare/runner/run-comparison.js';
export type {
  ClientConfiguration,
  ClientCredentials,
  CommonConfiguration,
  ControlKeepalive,
  OutputConfiguration,
  RateFormat,
  ServerAuthentication,
  ServerConfiguration,
} from './configuration/configuration.js';
export type { Pin, PinnedCores } from './configuration/cores.js';
export type { ClientRequest } from './configuration/resolve-client.js';
export type { CommonRequest } from './configuration/resolve-common.js';
export {
  type AskedReceivePath,
  type AskedSendPath,
  type Direction,
  defaultSettings,
  type Protocol,
  type TestSettings,
} from './configuration/settings.js';
export {
  InterruptedError,
  RequestError,
  TestError,
  TopologyError,
  VnetperfError,
  type VnetperfErrorDetails,
} from './errors.js';
export { type ComparisonGate, type GatedContrast, gateComparison } from './gate/comparison-gate.js';
export type { GateOutcome } from './gate/outcome.js';
export { gateRates, type RateGate, type ReceivedRate, receivedRates } from './gate/rate-gate.js';
export { checkBlocksForLimits, type LimitedContrast, limitedContrasts, type RatioLimit } from './gate/ratio-limits.js';
export { type Cache, type LogicalCore, type Machine, readMachine } from './platform/cpu-topology.js';
export { readEnvironment } from './platform/environment.js';
export type { CoreSeconds, GapStatistics, SocketAddress, TcpSnapshot } from './platform/native.js';
export type { NetworkInterrupt, ReceiveSteering } from './platform/network-interrupts.js';
export { type EndsToPlace, type Placement, placeEnds } from './platform/place-ends.js';
export { placeOnThisMachine } from './platform/place-on-this-machine.js';
export type { CommandOutput } from './platform/run-command.js';
export type { Check, CheckSuite } from './report/checks/check-suite.js';
export { checksMarkdown } from './report/checks/checks-markdown.js';
export { comparisonChecks } from './report/checks/comparison-checks.js';
export { type CheckedTest, testChecks } from './report/checks/test-checks.js';
export { type Annotation, checkAnnotations, githubAnnotations } from './report/github.js';
export { junitReport } from './report/junit.js';
export { comparisonMetricsReport, metricsReport } from './report/metrics/metrics-report.js';
export type { MeasuredTestMetrics } from './report/metrics/test-metrics.js';
export type { ServerOutput } from './report/reporter.js';
export type { BuildProgress, BuildWatch } from './topology/build-watch.js';
export type { PathRemarks } from './topology/description.js';
export type { Finding } from './topology/diagnosis/finding.js';
export type { Endpoint } from './topology/endpoint.js';
export type { GcPlaces } from './topology/gc/collect.js';
export type { GcReport } from './topology/gc/report.js';
export type { LinkCounters } from './topology/hosts/link-counters.js';
export type { BuildTimes, Carrier, EndpointPair, Network, NetworkTarget } from './topology/network.js';
export type { Offloads } from './topology/offloads.js';
export type { DockerPath, OffloadSetting, TopologyOptions } from './topology/options.js';
export type { BetweenOptions, FoundNetwork } from './topology/places/between.js';
export type { EngineAddress, NamespaceSource } from './topology/places/place.js';
export type { LinkEnd, PlannedLink, TunnelHeader } from './topology/plan.js';
export type { Hop } from './topology/read-hops.js';
export type { Topology } from './topology/topology.js';
export type { VerifiedPath } from './topology/verify.js';
export type * from './traffic/events.js';
export type { IntervalCost } from './traffic/interval-costs.js';
export type { NetworkNamespace } from './traffic/namespace.js';
export type { BothEndsRun } from './traffic/run-both-ends.js';
