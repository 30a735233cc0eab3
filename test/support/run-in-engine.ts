import type { DockerEngine } from './docker-engine.js';
import { run } from './iperf-process.js';
import { LoopbackNamespace } from './loopback-namespace.js';

const DEADLINE_MS = 40_000;

/** The parts of a report that tests of networks look at. */
export interface NetworkReport {
  end: { sum_received?: Sum; sum?: Sum };
  vnetperf: {
    topology: { kind: string; path: { pathMtuBytes: number; hops: { namespace: string; interface: string }[] } };
    carriers?: { name: string; pid: number; cpuPercent: number }[];
  };
}

interface Sum {
  bytes: number;
  lost_packets?: number;
  packets?: number;
}

/**
 * `vnetperf run` on a test's own engine, from a network namespace that is not the engine's: that the command finds
 * its way there is part of what is tested.
 */
export async function runInEngine(engine: DockerEngine, ...words: string[]) {
  using elsewhere = new LoopbackNamespace();
  return await run('vnetperf', elsewhere.fd, ['run', ...words, '--docker-host', engine.host], {
    deadlineMs: DEADLINE_MS,
  });
}

/** One second of it, as a document. Throws Error with what was printed where it fails. */
export async function reportInEngine(engine: DockerEngine, ...words: string[]): Promise<NetworkReport> {
  const { status, stdout, stderr } = await runInEngine(engine, ...words, '-t', '1', '-J');
  if (status !== 0) throw new Error(`${words.join(' ')} ended with status ${status}: ${stderr}${stdout}`);
  return JSON.parse(stdout) as NetworkReport;
}

/** What arrived: TCP's documents have two sums, UDP's of older versions one. */
export function received({ end }: NetworkReport): Sum {
  return end.sum_received ?? end.sum ?? { bytes: 0 };
}
