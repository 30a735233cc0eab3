import type { LimitFigures } from '../../lib/compare/limits/judged-test.js';
import type {
  DirectionMeasurement,
  IntervalMeasurement,
  StreamMeasurement,
  TcpSenderMeasurement,
} from '../../lib/compare/measurement.js';
import type { CarrierFacts, CorePercent } from '../../lib/traffic/events.js';

/** An invented test of ten seconds, 1 Gbit/s from the client on core 0 to the server on core 1, that nothing held up. */
export const SECONDS = 10;
export const BYTES = 1_250_000_000;

export function core(number: number, shares: Partial<CorePercent> = {}): CorePercent {
  const used = { user: 0, system: 0, irq: 0, softirq: 0, steal: 0, ...shares };
  return { core: number, ...used, idle: 100 - used.user - used.system - used.irq - used.softirq - used.steal };
}

export function direction(change: Partial<DirectionMeasurement> = {}): DirectionMeasurement {
  return { from: 'client', sentBytes: BYTES, receivedBytes: BYTES, bitsPerSecond: 1e9, retransmits: 0, ...change };
}

/** @param cpuPercent of a core. */
export function stream(
  change: Partial<StreamMeasurement> & { cpuPercent?: number } = {},
  tcp?: Partial<TcpSenderMeasurement>,
): StreamMeasurement {
  const { cpuPercent = 20, ...rest } = change;
  const made: StreamMeasurement = {
    id: 1,
    end: 'client',
    role: 'sender',
    bytes: BYTES,
    bytesByCore: [{ core: 0, bytes: BYTES }],
    migrations: 0,
    congestion: 'cubic',
    paced: false,
    cpu: { userSeconds: 0, systemSeconds: (cpuPercent / 100) * SECONDS },
    mssBytes: 1448,
    socketBufferDrops: 0,
    ...rest,
  };
  return made.role === 'sender' ? { ...made, tcp: tcpSender(tcp) } : made;
}

function tcpSender(change: Partial<TcpSenderMeasurement> = {}): TcpSenderMeasurement {
  return {
    retransmits: 0,
    maxCongestionWindowBytes: 3_000_000,
    meanRttMicroseconds: 40,
    reorderSeen: 0,
    busySeconds: 9,
    receiveWindowLimitedSeconds: 0,
    sendBufferLimitedSeconds: 0,
    ...change,
  };
}

export function receiver(change: Parameters<typeof stream>[0] = {}): StreamMeasurement {
  return stream({ end: 'server', role: 'receiver', bytesByCore: [{ core: 1, bytes: BYTES }], ...change });
}

/** What the sender's kernel said at the end of the whole time. */
export function interval(congestionWindowBytes: number, rttMicroseconds: number, id = 1): IntervalMeasurement {
  return {
    startSeconds: 0,
    endSeconds: SECONDS,
    omitted: false,
    bitsPerSecond: 1e9,
    streams: [{ id, bytes: BYTES, congestionWindowBytes, rttMicroseconds }],
    cores: [],
    ends: {},
  };
}

export function carrier(threadPercent: number, change: Partial<CarrierFacts> = {}): CarrierFacts {
  return {
    name: 'ovs-vswitchd',
    pid: 811,
    cpuPercent: threadPercent,
    busiestThread: { name: 'ovs-vswitchd', cpuPercent: threadPercent },
    ...change,
  };
}

export function measured(change: Partial<LimitFigures> = {}): LimitFigures {
  return {
    durationSeconds: SECONDS,
    directions: [direction()],
    streams: [stream(), receiver()],
    cores: [core(0, { system: 20 }), core(1, { system: 20 })],
    carriers: [],
    intervals: [],
    ...change,
  };
}
