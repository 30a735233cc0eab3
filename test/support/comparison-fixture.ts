import type { Analysis } from '../../lib/compare/analysis.js';
import type { IntervalMeasurement, LatencyMeasurement, Measurement } from '../../lib/compare/measurement.js';
import type { Cell, ComparisonPlan, ComparisonResult, RunRecord } from '../../lib/compare/result.js';
import { analyse } from '../../lib/compare/verdict/analyse.js';
import type { CorePercent } from '../../lib/traffic/events.js';

/**
 * A comparison as a machine with eight cores might write it: two technologies, unpinned and pinned, and the twin. The
 * figures are made up, the same for every call; without its analysis.
 */
function comparisonRuns(): Omit<ComparisonResult, 'analysis'> {
  const random = sequence(4821);
  const blocks = [-1, ...Array.from({ length: BLOCKS }, (_, block) => block)];
  const runs = blocks.flatMap((block) => KINDS.map((kind, position) => runOf(kind, block, position, random)));
  return {
    format: 'vnetperf-result',
    formatVersion: '1.0',
    version: '0.1.0',
    command: 'compare docker-bridge ovs --vary pin=off,auto --runs 11 -t 5 --latency --seed 4821'.split(' '),
    createdAt: '2026-11-21T08:00:00.000Z',
    state: 'complete',
    plan: planOf(),
    environment: {
      kernel: '6.18.0-1-amd64',
      architecture: 'x64',
      node: 'v20.19.2',
      processor: {
        model: 'Example 9000 8-Core Processor',
        cores: 8,
        allowedCores: [0, 1, 2, 3, 4, 5, 6, 7],
        megahertz: 3400,
      },
      memoryBytes: 33_554_432_000,
      virtualization: 'kvm',
      governors: ['performance'],
      mitigations: { meltdown: 'Not affected', spectre_v2: 'Mitigation: Enhanced / Automatic IBRS' },
      sysctls: { 'net.ipv4.tcp_congestion_control': 'cubic', 'net.core.rmem_max': '212992' },
      versions: { 'docker engine': '20.10.24', 'ovs-vswitchd': '3.1.0', iproute2: '6.1.0' },
      loadAverage: [0.42, 0.31, 0.2],
    },
    runs,
  };
}

/** The same with its analysis, as a file holds it. */
export function comparisonResult(): ComparisonResult & { analysis: Analysis } {
  const result = comparisonRuns();
  return { ...result, analysis: analyse(result.plan, result.runs) };
}

const BLOCKS = 11;
const CORES = 8;
const INTERVALS = 10;
const SECONDS = 5;
/** Of which run one lies far out, and which fails. */
const OUTLIER = { id: 'c3', block: 6, factor: 0.62 };
const FAILURE = { id: 'c5', block: 4 };

interface Kind {
  id: string;
  topology: string;
  pin: 'off' | 'auto';
  role: Cell['role'];
  gbits: number;
  noise: number;
  name: string;
}

const KINDS: Kind[] = [
  {
    id: 'c1',
    topology: 'docker-bridge',
    pin: 'off',
    role: 'baseline',
    gbits: 41.2,
    noise: 0.06,
    name: 'docker-bridge  pin=off',
  },
  {
    id: 'c2',
    topology: 'docker-bridge',
    pin: 'off',
    role: 'twin',
    gbits: 41.4,
    noise: 0.06,
    name: 'docker-bridge  pin=off  (A/A)',
  },
  {
    id: 'c3',
    topology: 'docker-bridge',
    pin: 'auto',
    role: 'cell',
    gbits: 61.8,
    noise: 0.012,
    name: 'docker-bridge  pin=auto',
  },
  { id: 'c4', topology: 'ovs', pin: 'off', role: 'cell', gbits: 33, noise: 0.09, name: 'ovs  pin=off' },
  { id: 'c5', topology: 'ovs', pin: 'auto', role: 'cell', gbits: 36.9, noise: 0.02, name: 'ovs  pin=auto' },
];

function planOf(): ComparisonPlan {
  return {
    seed: 4821,
    cells: KINDS.map(({ id, name, role, topology, pin }) => ({
      id,
      name,
      role,
      levels: { topology, pin, tool: 'vnetperf' },
      command: ['vnetperf', 'run', topology, ...(pin === 'auto' ? ['--pin', '0:1'] : []), '-t', '5', '--latency'],
      remarks: pin === 'auto' ? ['client on core 0, server on core 1: they share an L2 cache and no core'] : [],
    })),
    factors: [
      { name: 'topology', levels: ['docker-bridge', 'ovs'] },
      { name: 'pin', levels: ['off', 'auto'] },
    ],
    contrasts: [
      { cell: 'c3', baseline: 'c1' },
      { cell: 'c4', baseline: 'c1' },
      { cell: 'c5', baseline: 'c1' },
      { cell: 'c5', baseline: 'c4' },
    ],
    warmUpBlocks: 1,
    blocks: BLOCKS,
    secondsPerRun: SECONDS,
  };
}

function runOf(kind: Kind, block: number, position: number, random: () => number): RunRecord {
  const base = {
    cell: kind.id,
    block,
    position,
    startedAt: new Date(Date.UTC(2026, 10, 21, 8, 0, (block + 1) * 30 + position * 6)).toISOString(),
    elapsedSeconds: 5.8,
  };
  const measurement = measurementOf(
    kind,
    kind.id === OUTLIER.id && block === OUTLIER.block ? OUTLIER.factor : 1,
    random,
  );
  if (kind.id !== FAILURE.id || block !== FAILURE.block) return { ...base, outcome: 'measured', measurement };
  return {
    ...base,
    outcome: 'failed',
    failure: {
      code: 'ERR_PATH_DOWN',
      message: 'no packet crossed from client to server within 5 s',
      remedy: 'Try again.',
    },
  };
}

function measurementOf(kind: Kind, factor: number, random: () => number): Measurement {
  const pinned = kind.pin === 'auto';
  const bitsPerSecond = kind.gbits * 1e9 * factor * (1 + kind.noise * (random() + random() - 1));
  const intervals = Array.from({ length: INTERVALS }, (_, index) =>
    intervalOf(kind, { index, bitsPerSecond: bitsPerSecond * (1 + 0.6 * kind.noise * (random() - 0.5)), random }),
  );
  const bytes = Math.round((bitsPerSecond * SECONDS) / 8);
  const retransmits = pinned ? 0 : Math.floor(random() * 40);
  const clientCores = pinned ? [{ core: 0, bytes }] : spread(bytes, random);
  const serverCores = pinned ? [{ core: 1, bytes }] : spread(bytes, random);
  const migrations = pinned ? 0 : Math.floor(500 + random() * 400);
  return {
    durationSeconds: SECONDS,
    bitsPerSecond,
    directions: [{ from: 'client', sentBytes: bytes, receivedBytes: bytes, bitsPerSecond, retransmits }],
    streams: [
      {
        id: 1,
        end: 'client',
        role: 'sender',
        bytes,
        bytesByCore: clientCores,
        migrations,
        path: 'copy',
        congestion: 'cubic',
        pin: { asked: pinned ? [0] : [], got: pinned ? [0] : [0, 1, 2, 3, 4, 5, 6, 7] },
      },
      {
        id: 1,
        end: 'server',
        role: 'receiver',
        bytes,
        bytesByCore: serverCores,
        migrations,
        path: 'copy',
        receiveCore: 0,
      },
    ],
    cores: Array.from({ length: CORES }, (_, core) => meanOf(intervals.map(({ cores }) => cores[core]!))),
    carriers: kind.topology === 'ovs' ? [{ name: 'ovs-vswitchd', pid: 811, cpuPercent: 99.6 }] : [],
    intervals,
    latency: latencyOf(pinned, random),
    path: {
      kind: kind.topology,
      description: `${kind.topology}: client 198.18.0.2 -> ${kind.topology === 'ovs' ? 'vnp-ovs' : 'br0'} -> server 198.18.0.3   MTU 1500, path MTU 1500, TSO on`,
      pathMtuBytes: 1500,
      hops: ['eth0', 'veth4a1', 'br0', 'veth9c2', 'eth0'].map((name, index) => ({
        namespace: index === 0 ? 'client' : index === 4 ? 'server' : 'host',
        interface: name,
        kind: name === 'br0' ? 'bridge' : 'veth',
        mtuBytes: 1500,
        qdisc: name === 'br0' ? 'noqueue' : 'fq_codel',
        offloads: { tso: true, gso: true, gro: true, txChecksum: true },
      })),
      remarks: [],
    },
    limits:
      kind.topology === 'ovs'
        ? [{ kind: 'carrier-thread', text: 'ovs-vswitchd, one thread at 100 %', evidence: { cpuPercent: 99.6 } }]
        : pinned
          ? [
              {
                kind: 'core-saturated',
                text: 'core 0 saturated (66 % system, 32 % softirq)',
                evidence: { core: 0, systemPercent: 66, softirqPercent: 32 },
              },
            ]
          : [],
    warnings: [],
  };
}

function spread(bytes: number, random: () => number): { core: number; bytes: number }[] {
  const shares = Array.from({ length: CORES }, random);
  const total = shares.reduce((sum, share) => sum + share, 0);
  const parts = shares.map((share, core) => ({ core, bytes: Math.floor((bytes * share) / total) }));
  parts[0]!.bytes += bytes - parts.reduce((sum, part) => sum + part.bytes, 0);
  return parts;
}

function intervalOf(
  kind: Kind,
  { index, bitsPerSecond, random }: { index: number; bitsPerSecond: number; random: () => number },
): IntervalMeasurement {
  const length = SECONDS / INTERVALS;
  const pinned = kind.pin === 'auto';
  const client = pinned ? 0 : Math.floor(random() * CORES);
  const server = pinned ? 1 : Math.floor(random() * CORES);
  const cores = Array.from({ length: CORES }, (_, core) => {
    if (core === client) return coreShares(core, 1 + random(), 62 + 3 * random(), 30 + 2 * random());
    if (core === server) return coreShares(core, 2, 66 + 6 * random(), 1 + random());
    if (kind.topology === 'ovs' && core === 4) return coreShares(core, 38, 55, 3);
    return coreShares(core, random(), 2 * random(), random());
  });
  return {
    startSeconds: index * length,
    endSeconds: (index + 1) * length,
    omitted: false,
    bitsPerSecond,
    retransmits: pinned ? 0 : Math.floor(random() * 5),
    streams: [
      {
        id: 1,
        bytes: Math.round((bitsPerSecond * length) / 8),
        core: client,
        migrations: pinned ? 0 : 40,
        rttMicroseconds: 40,
      },
    ],
    cores,
    ends: { client: 98, server: 71 },
    softirq: 33,
  };
}

function coreShares(core: number, user: number, system: number, softirq: number): CorePercent {
  return { core, user, system, irq: 0.2, softirq, steal: 0, idle: 100 - user - system - softirq - 0.2 };
}

function meanOf(shares: CorePercent[]): CorePercent {
  const mean = (field: keyof CorePercent) => shares.reduce((sum, share) => sum + share[field], 0) / shares.length;
  return {
    core: shares[0]!.core,
    user: mean('user'),
    system: mean('system'),
    irq: mean('irq'),
    softirq: mean('softirq'),
    steal: mean('steal'),
    idle: mean('idle'),
  };
}

function latencyOf(pinned: boolean, random: () => number): LatencyMeasurement {
  const distribution = (middle: number) => ({
    samples: 4000,
    lost: 0,
    minMicroseconds: middle * 0.6,
    meanMicroseconds: middle * 1.1,
    maxMicroseconds: middle * 30,
    percentiles: [
      { percentile: 50, microseconds: middle },
      { percentile: 90, microseconds: middle * 1.4 },
      { percentile: 99, microseconds: middle * 3 },
      { percentile: 99.9, microseconds: middle * (9 + 3 * random()) },
    ],
    relativeError: 0.01,
  });
  return {
    protocol: 'udp',
    payloadBytes: 64,
    idle: distribution((pinned ? 12 : 19) + random()),
    loaded: distribution((pinned ? 55 : 140) * (1 + 0.1 * random())),
  };
}

/** Linear congruential generator of Numerical Recipes: good enough to look at. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
