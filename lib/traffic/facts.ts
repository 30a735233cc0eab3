import type {
  CoreSeconds,
  RunSnapshot,
  RunSpecification,
  SocketFacts,
  StreamSnapshot,
  TcpSnapshot,
} from '../platform/native.js';
import { packageVersion } from '../platform/package-version.js';
import type { ChosenPaths } from './choose-paths.js';
import type {
  CarrierFacts,
  CorePercent,
  IntervalFacts,
  IntervalRecord,
  StreamFacts,
  StreamIdentity,
  TcpLimits,
  VnetperfFacts,
} from './events.js';

/** Everything about a finished run that iperf3 has no word for. */
export function collectFacts(run: {
  role: 'client' | 'server';
  paths: ChosenPaths;
  specification: RunSpecification;
  end: RunSnapshot;
  streams: StreamIdentity[];
  sockets: (SocketFacts | undefined)[];
  cores: (CoreSeconds | null)[];
  carriers: CarrierFacts[];
  intervals: IntervalRecord[];
}): VnetperfFacts {
  return {
    version: packageVersion(),
    streams: run.streams.map((identity, index) => {
      const asked = run.specification.streams[index] as RunSpecification['streams'][number];
      const counted = run.end.streams[index] as StreamSnapshot;
      const { reason } = identity.sender ? run.paths.send : run.paths.receive;
      return streamFacts(identity, asked, reason, counted, run.sockets[index]);
    }),
    cores: corePercents(run.cores),
    ...(run.carriers.length === 0 ? {} : { carriers: run.carriers }),
    intervals: run.intervals.map((interval) => intervalFacts(run.role, interval)),
    mergedTicks: run.end.mergedTicks,
  };
}

function intervalFacts(role: 'client' | 'server', interval: IntervalRecord): IntervalFacts {
  const { startSeconds, endSeconds, streams, cores, cpuPercent, carriers } = interval;
  return {
    startSeconds,
    endSeconds,
    streamCores: streams.map(({ core }) => core),
    cores: corePercents(cores),
    ends: { [role]: cpuPercent },
    softirq: softirqPercent(cores),
    ...(carriers.length === 0 ? {} : { carriers }),
  };
}

/** Summed over the cores, 100 = one core; undefined where they were watched for too short a time. */
export function softirqPercent(cores: (CoreSeconds | null)[]): number | undefined {
  const percents = corePercents(cores);
  return percents.length === 0 ? undefined : percents.reduce((sum, { softirq }) => sum + softirq, 0);
}

function streamFacts(
  identity: StreamIdentity,
  asked: RunSpecification['streams'][number],
  pathReason: string | undefined,
  counted: StreamSnapshot,
  socket: SocketFacts | undefined,
): StreamFacts {
  const path = identity.sender ? asked.sendPath : asked.receivePath;
  return {
    id: identity.id,
    socket: identity.socket,
    role: identity.sender ? 'sender' : 'receiver',
    pin: { asked: asked.cores, got: counted.allowedCores ?? [] },
    bytesByCore: counted.bytesByCore ?? [],
    migrations: counted.migrations,
    path,
    ...(pathReason === undefined ? {} : { pathReason }),
    calls: counted.calls,
    ...(asked.protocol === 'udp' ? { packets: counted.packets } : {}),
    ...(counted.segmentationRefused ? { segmentationRefused: true } : {}),
    ...(path === 'zerocopy' || path === 'mmap'
      ? { zeroCopy: { zeroCopiedBytes: counted.zeroCopiedBytes, copiedBytes: counted.copiedBytes } }
      : {}),
    firstByteSeconds: counted.firstByteSeconds,
    ...(counted.gaps === undefined ? {} : { gaps: counted.gaps }),
    congestion: socket?.congestion,
    paced: socket?.paced ?? false,
    socketBufferDrops: counted.socketDrops,
    duplicates: counted.duplicates,
    cpu: { userSeconds: counted.userSeconds, systemSeconds: counted.systemSeconds },
    ...(counted.receiveCore === undefined ? {} : { receiveCore: counted.receiveCore }),
    ...(identity.sender && counted.tcp !== undefined ? { tcpLimits: tcpLimits(counted.tcp) } : {}),
    mssBytes: socket?.mssBytes ?? 0,
  };
}

function tcpLimits({ busySeconds, receiveWindowLimitedSeconds, sendBufferLimitedSeconds }: TcpSnapshot): TcpLimits {
  return { busySeconds, receiveWindowLimitedSeconds, sendBufferLimitedSeconds };
}

/** /proc/stat counts in ticks of 10 ms: of fewer than five of them a share says more about the ticks than the core. */
const SHORTEST_SHARED_SECONDS = 0.05;

/** Shares of each core's time. Cores that were offline, or watched for too short a time, are left out. */
export function corePercents(cores: (CoreSeconds | null)[]): CorePercent[] {
  return cores.flatMap((seconds, core) => {
    if (seconds === null) return [];
    const { user, system, irq, softirq, steal, idle } = seconds;
    const total = user + system + irq + softirq + steal + idle;
    if (total < SHORTEST_SHARED_SECONDS) return [];
    const percent = (part: number) => (100 * part) / total;
    return [
      {
        core,
        user: percent(user),
        system: percent(system),
        irq: percent(irq),
        softirq: percent(softirq),
        steal: percent(steal),
        idle: percent(idle),
      },
    ];
  });
}
