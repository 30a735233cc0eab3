import type { Measurement } from '../../lib/compare/measurement.js';
import type { Topology } from '../../lib/topology/topology.js';

/** One of the programs of bench/, as its executor takes it. */
export type BenchProgram = object;

interface BenchRequest {
  program: BenchProgram;
  options: Record<string, unknown>;
  udpBytes?: number | undefined;
  congestion?: string | undefined;
  seconds: number;
  omit: number;
  cores: { client: number; server: number };
}

interface Bench {
  buildLimit(name?: string, flags?: string[]): Promise<string>;
  limit(program: string): BenchProgram;
  iperf2(settings: { length: string }): BenchProgram;
  nuttcp(settings: { length: string }): BenchProgram;
  runProgram(network: Topology, request: BenchRequest, signal: AbortSignal): Promise<Measurement>;
}

/** The parts of bench/, which has no types of its own. */
export async function theBench(): Promise<Bench> {
  const parts = ['build-limit', 'execute', 'programs/limit', 'programs/iperf2', 'programs/nuttcp'];
  const modules = await Promise.all(
    parts.map((part) => import(/* @vite-ignore */ new URL(`../../bench/${part}.mjs`, import.meta.url).href)),
  );
  return Object.assign({}, ...modules) as Bench;
}
