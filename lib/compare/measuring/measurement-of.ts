import {
  type DirectionEnd,
  directionsOf,
  lostPercent,
  roundToMicroseconds,
  sumHalves,
} from '../../traffic/direction-ends.js';
import type { EndRecord } from '../../traffic/events.js';
import type { BothEndsRun } from '../../traffic/run-both-ends.js';
import { linkFindings } from '../link/link-findings.js';
import { linkMeasurementOf } from '../link/link-measurement-of.js';
import type { LinkSurroundings } from '../link/link-watch.js';
import type { DirectionMeasurement, MeasuredPath, Measurement, StreamMeasurement } from '../measurement.js';
import { directionPackets } from './direction-packets.js';
import { endCosts } from './end-costs.js';
import { fairnessOf } from './fairness.js';
import { intervalMeasurements } from './interval-measurements.js';
import { otherProcesses } from './other-processes.js';
import { segmentationWarnings } from './segmentation-warnings.js';
import { streamMeasurements } from './stream-measurements.js';

/** What the test ran on, and what was found there that a reader should know. */
export interface TestSurroundings {
  path?: MeasuredPath | undefined;
  link?: LinkSurroundings | undefined;
  warnings: readonly string[];
}

/** A test whose two ends were in this process, as plain figures. What limited it is another question (limits/). */
export function measurementOf(
  run: BothEndsRun,
  { path, link, warnings }: TestSurroundings,
): Omit<Measurement, 'limits'> {
  const { end } = run;
  const streams = streamMeasurements(run);
  const directions = directionsOf(end).map((direction) => directionMeasurement(direction, end, run.serverEnd, streams));
  const durationSeconds = roundToMicroseconds(Math.max(0, ...end.streams.map(({ local }) => local.endSeconds)));
  const costs = endCosts(streams);
  const { cores, carriers = [], latency } = end.facts;
  const figures = { durationSeconds, directions, streams, cores, carriers };
  const linkFigures = link && linkMeasurementOf(link, figures, end.settings);
  return {
    durationSeconds,
    bitsPerSecond: directions.reduce((rate, direction) => rate + direction.bitsPerSecond, 0),
    directions,
    streams,
    cores,
    carriers,
    ...(costs === undefined ? {} : { costs }),
    intervals: intervalMeasurements(run),
    ...(latency === undefined ? {} : { latency }),
    path,
    ...(linkFigures === undefined ? {} : { link: linkFigures }),
    warnings: [
      ...warnings,
      ...pinWarnings(streams),
      ...segmentationWarnings(run),
      ...otherProcesses(figures, end.settings.omitSeconds),
      ...linkFindings(linkFigures, durationSeconds).map(({ message }) => message),
    ],
  };
}

/** The rate is iperf3's receiver line: what arrived, over the receiver's own time. */
function directionMeasurement(
  direction: DirectionEnd,
  { settings }: EndRecord,
  serverEnd: EndRecord | undefined,
  streams: readonly StreamMeasurement[],
): DirectionMeasurement {
  const sent = sumHalves(direction, 'sender');
  const received = sumHalves(direction, 'receiver');
  const seconds = roundToMicroseconds(received.endSeconds);
  const sentKnown = direction.streams.every(({ sender }) => sender !== undefined);
  const from = direction.reverse ? 'server' : 'client';
  const fairness = fairnessOf(direction.streams.flatMap(({ receiver }) => receiver?.bytes ?? []));
  return {
    from,
    ...(sentKnown ? { sentBytes: sent.bytes } : {}),
    receivedBytes: received.bytes,
    bitsPerSecond: seconds > 0 ? (received.bytes * 8) / seconds : 0,
    ...(settings.protocol === 'udp'
      ? {
          datagrams: received.datagrams,
          lost: received.lost,
          lostPercent: lostPercent(received.lost, received.datagrams),
          outOfOrder: outOfOrder(direction, serverEnd),
          jitterMs: received.jitterMs,
          ...directionPackets(from, streams),
        }
      : sent.retransmits < 0
        ? {}
        : { retransmits: sent.retransmits }),
    ...(fairness === undefined ? {} : { fairness }),
  };
}

/** Not among the results that the ends exchange: each receiver's own record has it. */
function outOfOrder({ streams }: DirectionEnd, serverEnd: EndRecord | undefined): number | undefined {
  const counts = streams.map(({ stream, record }) => {
    const receiver = stream.sender ? serverEnd?.streams.find((other) => other.stream.id === stream.id) : record;
    return receiver?.local.outOfOrder;
  });
  return counts.reduce<number | undefined>(
    (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
    0,
  );
}

/** The kernel may allow fewer cores than were asked for (a cpuset), and then pinning says something else. */
function pinWarnings(streams: readonly StreamMeasurement[]): string[] {
  return streams.flatMap(({ id, end, role, pin }) => {
    if (pin === undefined || pin.asked.length === 0) return [];
    if (pin.asked.length === pin.got.length && pin.asked.every((core) => pin.got.includes(core))) return [];
    return [
      `the ${end}'s ${role} of stream ${id} was to run on core ${pin.asked.join(',')}, but ran on ${pin.got.join(',')}`,
    ];
  });
}
