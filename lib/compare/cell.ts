import type { ClientConfiguration } from '../configuration/configuration.js';
import type { PinnedCores } from '../configuration/cores.js';
import type { TopologyOptions } from '../topology/options.js';
import type { Measurement } from './measurement.js';
import type { Cell } from './result.js';

/** A cell with what it takes to run it. */
export interface ExecutableCell extends Cell {
  /** What is to be run. */
  request: CellRequest;
}

/** One test on one network. */
export interface CellRequest {
  /** Name of the network: `veth`, `bridge`. */
  topologyKind: string;
  /** How the network is to be built. */
  topologyOptions: TopologyOptions;
  /** Without a host: the network has the address. */
  configuration: ClientConfiguration;
  /** Cores of the two ends. */
  pin: PinnedCores;
  /** Measure round trips too. */
  latency: boolean;
  /** A program with iperf3's command line that runs both ends instead: `['iperf3']`, with the client options to give it. */
  peer?: { command: string[]; clientOptions: string[] } | undefined;
}

/**
 * Builds the cell's network, runs the test, removes the network. Rejects with a VnetperfError where the cell fails, and
 * with ERR_INTERRUPTED where the signal came first. Nothing is left behind either way.
 */
export type ExecuteCell = (cell: ExecutableCell, signal: AbortSignal) => Promise<Measurement>;
