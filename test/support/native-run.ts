import { loadNative } from '../../lib/platform/load-native.js';
import type {
  NativeRun,
  NativeSocket,
  RunEvent,
  RunSnapshot,
  RunSpecification,
  RunStream,
} from '../../lib/platform/native.js';
import type { TcpPair } from './tcp-pair.js';

const { Run } = loadNative();

export function streamOf(socket: NativeSocket, changes: Partial<RunStream> = {}): RunStream {
  return {
    socket,
    sending: true,
    protocol: 'tcp',
    lengthBytes: 131_072,
    rateBitsPerSecond: 0,
    burst: 1,
    sendPath: 'copy',
    receivePath: 'copy',
    cores: [],
    udpCounters64Bit: false,
    gsoSegments: 0,
    gro: false,
    batch: 0,
    repeatingPayload: false,
    fileDescriptor: -1,
    ...changes,
  };
}

/** Both ends of the pair in one run: a sender and a receiver. */
export function specificationFor(pair: TcpPair, changes: Partial<RunSpecification> = {}): RunSpecification {
  return {
    streams: [streamOf(pair.client), streamOf(pair.server, { sending: false })],
    omitSeconds: 0,
    durationSeconds: 0.3,
    endsOnTime: true,
    limitBytes: 0,
    limitBlocks: 0,
    endsOnLimit: true,
    intervalSeconds: 0.1,
    ...changes,
  };
}

export interface Played {
  events: RunEvent[];
  snapshots: RunSnapshot[];
  end: RunSnapshot;
}

export async function play(
  specification: RunSpecification,
  whenOpen: (run: NativeRun) => void = () => {},
): Promise<Played> {
  const events: RunEvent[] = [];
  const end = await new Promise<RunSnapshot>((resolve) => {
    const run = new Run(specification, (event) => {
      events.push(event);
      if (event.type === 'snapshot' && event.kind === 'end') resolve(event);
    });
    run.open();
    whenOpen(run);
  });
  return { events, snapshots: events.filter((event) => event.type === 'snapshot'), end };
}
