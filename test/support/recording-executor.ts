import type { ExecutableCell, ExecuteCell } from '../../lib/compare/cell.js';
import type { Environment } from '../../lib/compare/environment.js';
import type { Measurement } from '../../lib/compare/measurement.js';
import type { ComparisonOptions, ComparisonSpecification } from '../../lib/compare/runner/run-comparison.js';
import { resolveClient } from '../../lib/configuration/resolve-client.js';

/** c1 the baseline, c2 its twin, then others. */
export function cellsOf(count: number): ExecutableCell[] {
  return Array.from({ length: count }, (_, index) => {
    const length = index < 2 ? 1000 : 1000 + index;
    return {
      id: `c${index + 1}`,
      name: `bridge  length=${length}${index === 1 ? '  (A/A)' : ''}`,
      role: index === 0 ? 'baseline' : index === 1 ? 'twin' : 'cell',
      levels: { topology: 'bridge', tool: 'vnetperf', length: `${length}` },
      command: ['vnetperf', 'run', 'bridge', '-l', `${length}`],
      remarks: [],
      request: {
        topologyKind: 'bridge',
        topologyOptions: {},
        configuration: resolveClient({ host: '198.18.0.2', settings: { lengthBytes: length } }),
        pin: { client: [], server: [] },
        latency: false,
      },
    };
  });
}

export function specificationOf(
  numbers: Partial<ComparisonSpecification> & { count?: number } = {},
): ComparisonSpecification {
  const { count = 3, ...given } = numbers;
  const cells = cellsOf(count);
  return {
    seed: 11,
    cells,
    factors: [{ name: 'length', levels: cells.slice(1).map(({ levels }) => levels.length!) }],
    contrasts: cells.slice(2).map(({ id }) => ({ cell: id, baseline: 'c1' })),
    warmUpBlocks: 1,
    blocks: 4,
    secondsPerRun: 10,
    remarks: [],
    command: ['compare', 'bridge', '--seed', '11'],
    ...given,
  };
}

export const environment: Environment = {
  kernel: '6.18.0',
  architecture: 'x64',
  node: 'v20.19.2',
  processor: { model: 'Example 9000', cores: 2, allowedCores: [0, 1] },
  memoryBytes: 8_000_000_000,
  governors: ['performance', 'performance'],
  mitigations: { meltdown: 'Not affected' },
  sysctls: { 'net.ipv4.tcp_congestion_control': 'cubic' },
  versions: { iproute2: '6.1.0' },
  loadAverage: [0.1, 0.2, 0.3],
};

export interface Call {
  /** Cell.id */
  cell: string;
  /** From 1, over all cells. */
  nth: number;
  nthOfCell: number;
  abort(): void;
}

/** What a call of the executor is to come to; without an answer it measures. */
type Answer = (call: Call) => unknown;

interface Recording {
  /** Cell.id of each, in order. */
  calls: string[];
  options: ComparisonOptions;
  controller: AbortController;
}

/**
 * An executor without traffic, on a clock of its own: every call takes 12 seconds of that clock, and more or less where
 * `seconds` says so. What an answer returns is thrown.
 */
export function recordingExecutor(
  answer: Answer = () => undefined,
  seconds: (cell: string) => number = () => 12,
): Recording {
  const calls: string[] = [];
  const controller = new AbortController();
  let milliseconds = Date.UTC(2026, 10, 21, 8);
  const execute: ExecuteCell = async (cell) => {
    calls.push(cell.id);
    const nth = calls.length;
    milliseconds += seconds(cell.id) * 1000;
    const nthOfCell = calls.filter((id) => id === cell.id).length;
    const failure = answer({ cell: cell.id, nth, nthOfCell, abort: () => controller.abort() });
    if (failure !== undefined) throw failure;
    return measurementOf(cell.id, nth);
  };
  return {
    calls,
    options: { execute, environment, signal: controller.signal, now: () => milliseconds },
    controller,
  };
}

/** Some figures; the third cell is a tenth faster than the others. */
function measurementOf(cell: string, nth: number): Measurement {
  const bitsPerSecond = (cell === 'c3' ? 11e9 : 10e9) * (1 + 0.004 * Math.sin(nth * 2.4));
  const bytes = (bitsPerSecond * 10) / 8;
  const core = (index: number) => ({ core: index, user: 2, system: 60, irq: 0, softirq: 30, steal: 0, idle: 8 });
  const stream = { id: 1, bytes, bytesByCore: [{ core: 0, bytes }], migrations: 0 };
  return {
    durationSeconds: 10,
    bitsPerSecond,
    directions: [{ from: 'client', sentBytes: bytes, receivedBytes: bytes, bitsPerSecond, retransmits: 0 }],
    streams: [
      { ...stream, end: 'client', role: 'sender' },
      { ...stream, end: 'server', role: 'receiver', receiveCore: 1 },
    ],
    cores: [core(0), core(1)],
    carriers: [],
    intervals: [
      {
        startSeconds: 0,
        endSeconds: 10,
        omitted: false,
        bitsPerSecond,
        streams: [{ id: 1, bytes, core: 0, migrations: 0 }],
        cores: [core(0), core(1)],
        ends: { client: 90, server: 80 },
      },
    ],
    limits: [],
    warnings: [],
  };
}
