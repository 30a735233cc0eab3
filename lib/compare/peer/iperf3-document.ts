import { TestError, type VnetperfError } from '../../errors.js';
import type { DirectionMeasurement, Measurement, StreamMeasurement } from '../measurement.js';
import { costOfEnd } from '../measuring/end-costs.js';
import { fairnessOf } from '../measuring/fairness.js';
import { DocumentFields, documentError } from './document-fields.js';
import { reportedIntervals } from './iperf3-intervals.js';
import { MOST_STREAMS, type ReportedStream, reportedStreams, streamMeasurements } from './iperf3-streams.js';

/** iperf3's clock counts microseconds. */
const SHORTEST_SECONDS = 1e-6;

/**
 * What iperf3 -J printed, as a measurement: the report of a client, or of a server that received; 3.1 and later.
 * Cores, carriers, path and limits are not in it, and bytes are those of the measured time. Throws VnetperfError
 * ERR_IPERF3_DOCUMENT, or ERR_IPERF3_FAILED where it is the report of a test that failed.
 * @param document Parsed JSON, from anywhere.
 */
export function measurementOfIperf3(document: unknown): Measurement {
  const root = new DocumentFields(document);
  const failure = root.text('error');
  if (failure !== undefined) throw testFailed(failure);
  const start = root.neededObject('start');
  const end = root.neededObject('end');
  const test = start.neededObject('test_start');
  const role = start.object('accepted_connection') === undefined ? 'client' : 'server';
  const sends = (role === 'client') !== (test.boolean('reverse') ?? false);
  const report: Report = { end, test, role, streams: reportedStreams(end, role, sends) };

  const directions = (['client', 'server'] as const).flatMap((from) => directionOf(report, from));
  const durationSeconds = Math.max(...directions.map(({ seconds }) => seconds));
  const streams = directions.flatMap((direction) => direction.streams.flatMap(streamMeasurements));
  const costs = costsOf(report, directions, durationSeconds);
  return {
    durationSeconds,
    bitsPerSecond: directions.reduce((rate, { measurement }) => rate + measurement.bitsPerSecond, 0),
    directions: directions.map(({ measurement }) => measurement),
    streams: streams.map((stream) => ({
      ...stream,
      ...congestionOf(report, stream.end),
      ...cpuOf(report, stream.end, durationSeconds + (test.number('omit') ?? 0)),
    })),
    cores: [],
    carriers: [],
    ...(costs === undefined ? {} : { costs }),
    intervals: reportedIntervals(root, report.streams),
    limits: [],
    warnings: [...directions.flatMap(({ warnings }) => warnings), ...omittedLosses(report, start.text('version'))],
  };
}

/** Of what one call sent, with UDP of a datagram; a client that was not told chooses it. undefined: not in the report. */
export function reportedBlockBytes(document: unknown): number | undefined {
  return new DocumentFields(document).object('start')?.object('test_start')?.number('blksize');
}

interface Report {
  end: DocumentFields;
  test: DocumentFields;
  /** Of the side that wrote it. */
  role: 'client' | 'server';
  streams: ReportedStream[];
}

interface ReportedDirection {
  measurement: DirectionMeasurement;
  /** The receiver's measured time. */
  seconds: number;
  streams: ReportedStream[];
  warnings: string[];
}

function directionOf(report: Report, from: 'client' | 'server'): ReportedDirection[] {
  const streams = report.streams.filter((stream) => stream.from === from);
  if (streams.length === 0) return [];
  if (report.role === 'server' && from === 'server') {
    throw documentError('a server that sends does not know what arrives', "Give the client's report of the same test.");
  }
  const udp = streams[0]!.udp !== undefined;
  const arrived = udp ? arrivedDatagrams(report, streams, from) : arrivedBytes(streams);
  const { bytes, seconds } = arrived;
  if (seconds < SHORTEST_SECONDS) throw documentError('it lasted no time');
  const sent = streams.flatMap((stream) => stream.sent?.bytes ?? []);
  const retransmits = streams.flatMap((stream) => stream.retransmits ?? []);
  const halves = streams.flatMap(({ received }) => received?.bytes ?? []);
  const fairness = halves.length < streams.length ? undefined : fairnessOf(halves);
  const measurement: DirectionMeasurement = {
    from,
    ...(sent.length < streams.length ? {} : { sentBytes: sum(sent) }),
    receivedBytes: bytes,
    bitsPerSecond: (bytes * 8) / seconds,
    ...(retransmits.length === 0 ? {} : { retransmits: sum(retransmits) }),
    ...(udp ? lossOf(streams, arrived.datagrams) : {}),
    ...(fairness === undefined ? {} : { fairness }),
  };
  // Of one stream the sum is the stream's; of several, iperf3 does not say what each received.
  const received = udp && streams.length === 1 ? [{ ...streams[0]!, received: { bytes, seconds } }] : streams;
  return [{ measurement, seconds, streams: received, warnings: arrived.warnings }];
}

interface Arrived {
  bytes: number;
  seconds: number;
  datagrams?: number | undefined;
  warnings: string[];
}

function arrivedBytes(streams: readonly ReportedStream[]): Arrived {
  const halves = streams.flatMap(({ received }) => received ?? []);
  return {
    bytes: sum(halves.map(({ bytes }) => bytes)),
    seconds: Math.max(0, ...halves.map(({ seconds }) => seconds)),
    warnings: [],
  };
}

/** A datagram stream's own bytes and time are its sender's. */
function arrivedDatagrams({ end, test }: Report, streams: readonly ReportedStream[], from: string): Arrived {
  const received = end.object(receiverSum(end, from));
  if (received !== undefined) {
    return {
      bytes: received.neededNumber('bytes'),
      seconds: received.number('end') ?? received.neededNumber('seconds'),
      datagrams: received.number('packets'),
      warnings: [],
    };
  }
  const size = test.neededNumber('blksize');
  const datagrams = sum(streams.map(({ udp }) => Math.max(0, udp!.datagrams - udp!.lost)));
  return {
    bytes: datagrams * size,
    seconds: Math.max(0, ...streams.map(({ sent }) => sent?.seconds ?? 0)),
    warnings: ['received bytes are taken from the datagrams that were not lost: this iperf3 does not report them'],
  };
}

/** Before 3.11 the two directions of --bidir had the same name, and the second one took the first one's place. */
function receiverSum(end: DocumentFields, from: string): string {
  const directions = new Set(
    end.list('streams', MOST_STREAMS).map((stream) => stream.object('udp')?.boolean('sender')),
  );
  const reverse = 'sum_received_bidir_reverse';
  if (directions.size < 2) return 'sum_received';
  return from === 'server' || end.object(reverse) === undefined ? reverse : 'sum_received';
}

function lossOf(streams: readonly ReportedStream[], arrived: number | undefined): Partial<DirectionMeasurement> {
  const counts = streams.flatMap(({ udp }) => udp ?? []);
  const lost = sum(counts.map((count) => count.lost));
  const datagrams = arrived ?? sum(counts.map((count) => count.datagrams));
  const outOfOrder = counts.flatMap((count) => count.outOfOrder ?? []);
  const jitters = counts.flatMap(({ jitterMs }) => jitterMs ?? []);
  return {
    datagrams,
    lost,
    lostPercent: datagrams > 0 ? (100 * lost) / datagrams : 0,
    ...(outOfOrder.length === 0 ? {} : { outOfOrder: sum(outOfOrder) }),
    ...(jitters.length === 0 ? {} : { jitterMs: sum(jitters) / jitters.length }),
  };
}

/** Named from the side that wrote the report: where it sends at all, it is the sender. */
function congestionOf({ end, role, streams }: Report, of: 'client' | 'server'): Pick<StreamMeasurement, 'congestion'> {
  const sends = streams.some(({ from }) => from === role);
  const congestion = end.text(sends === (of === role) ? 'sender_tcp_congestion' : 'receiver_tcp_congestion');
  return congestion === undefined ? {} : { congestion };
}

/**
 * CPU is told of a process: of a stream only where that is the one it has.
 * @param seconds Of the whole test, the omit period included: that is what the percentages are of.
 */
function cpuOf(report: Report, of: 'client' | 'server', seconds: number): Pick<StreamMeasurement, 'cpu'> {
  const cpu = report.streams.length > 1 ? undefined : processSeconds(report, of, seconds);
  return cpu === undefined ? {} : { cpu };
}

function processSeconds({ end, role }: Report, of: 'client' | 'server', seconds: number): StreamMeasurement['cpu'] {
  const name = of === role ? 'host' : 'remote';
  const percent = end.object('cpu_utilization_percent');
  const user = percent?.number(`${name}_user`);
  const system = percent?.number(`${name}_system`);
  if (user === undefined || system === undefined) return undefined;
  return { userSeconds: (user * seconds) / 100, systemSeconds: (system * seconds) / 100 };
}

/** Of each end's process. With an omit period bytes and time are not of the same time, and nothing is known. */
function costsOf(report: Report, directions: readonly ReportedDirection[], seconds: number): Measurement['costs'] {
  if (report.test.number('omit')) return undefined;
  const costs = (['client', 'server'] as const).flatMap((end) => {
    const moved = directions.map(({ measurement: { from, sentBytes, receivedBytes } }) =>
      from === end ? (sentBytes ?? receivedBytes) : receivedBytes,
    );
    const cpu = processSeconds(report, end, seconds);
    // A side that was told nothing of the other writes zeros.
    if (cpu === undefined || cpu.userSeconds + cpu.systemSeconds === 0) return [];
    const cost = costOfEnd({ bytes: sum(moved), user: cpu.userSeconds, system: cpu.systemSeconds });
    return cost === undefined ? [] : [[end, cost] as const];
  });
  return costs.length === 0 ? undefined : Object.fromEntries(costs);
}

/** 3.14 is the first that tells its peer how much of its counts belongs to the omit period. */
function omittedLosses({ test, role, streams }: Report, version: string | undefined): string[] {
  const [, major, minor] = /^iperf (\d+)\.(\d+)/.exec(version ?? '') ?? [];
  const old = Number(major) === 3 && Number(minor) < 14;
  const remote = role === 'client' && streams.some(({ from, udp }) => from === 'client' && udp !== undefined);
  if (!old || !remote || !test.number('omit')) return [];
  return ['lost datagrams may include those of the omit period: this iperf3 does not tell them apart'];
}

function testFailed(said: string): VnetperfError {
  return new TestError(`the iperf3 test failed: ${said.replace(/^error - /, '')}`, {
    code: 'ERR_IPERF3_FAILED',
    remedy: 'There is no figure in this report: repeat the test.',
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
