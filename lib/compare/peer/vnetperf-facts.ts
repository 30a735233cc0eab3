import type { CarrierFacts, CorePercent } from '../../traffic/events.js';
import type { IntervalMeasurement, LatencyDistribution, Measurement, StreamMeasurement } from '../measurement.js';
import { directionPackets } from '../measuring/direction-packets.js';
import { endCosts } from '../measuring/end-costs.js';
import type { DocumentFields } from './document-fields.js';
import { MOST_STREAMS } from './iperf3-streams.js';
import { linkOfFacts } from './vnetperf-link.js';
import { pathOfFacts } from './vnetperf-path.js';

const MOST_CORES = 8192;
const MOST_INTERVALS = 1_000_000;
/** Of two programs' roundings of the same moment. */
const SAME_MOMENT_SECONDS = 0.02;

/**
 * What vnetperf's own reports say beyond iperf3's words, added to what iperf3's words say: cores, bytes by core, round
 * trips, the path. Throws VnetperfError ERR_IPERF3_DOCUMENT.
 * @param facts The value of the key `vnetperf`.
 * @param role Of the side that wrote the report.
 */
export function withVnetperfFacts(
  measurement: Measurement,
  facts: DocumentFields,
  role: 'client' | 'server',
): Measurement {
  const other = role === 'client' ? 'server' : 'client';
  const streams = new Map([
    [role, facts.list('streams', MOST_STREAMS)],
    [other, facts.object('peer')?.list('streams', MOST_STREAMS) ?? []],
  ]);
  const latency = facts.object('latency');
  const idle = distribution(latency?.object('idle'));
  const path = pathOfFacts(facts.object('topology'));
  const link = linkOfFacts(facts.object('topology'));
  const told = measurement.streams.map((stream) => withStreamFacts(stream, streams.get(stream.end) ?? []));
  // Of the other streams the bytes are iperf3's, of the measured time, and the CPU is its process's over all of it.
  const costs = endCosts(told.filter((stream, index) => stream !== measurement.streams[index]));
  return {
    ...measurement,
    directions: measurement.directions.map((direction) => ({
      ...direction,
      ...directionPackets(direction.from, told),
    })),
    streams: told,
    ...(costs === undefined ? {} : { costs: { ...measurement.costs, ...costs } }),
    cores: corePercents(facts),
    carriers: facts.list('carriers', MOST_CORES).map(carrier),
    intervals: withIntervalFacts(measurement.intervals, facts.list('intervals', MOST_INTERVALS)),
    ...(latency === undefined || idle === undefined
      ? {}
      : {
          latency: {
            protocol: 'udp',
            payloadBytes: latency.number('payloadBytes') ?? 0,
            idle,
            loaded: distribution(latency.object('loaded')),
          },
        }),
    ...(path === undefined ? {} : { path }),
    ...(link === undefined ? {} : { link }),
  };
}

function withStreamFacts(stream: StreamMeasurement, facts: readonly DocumentFields[]): StreamMeasurement {
  const own = facts.find((one) => one.number('id') === stream.id && one.text('role') === stream.role);
  if (own === undefined) return stream;
  const bytesByCore = own
    .list('bytesByCore', MOST_CORES)
    .map((share) => ({ core: share.neededNumber('core'), bytes: share.neededNumber('bytes') }));
  const pin = own.object('pin');
  const cpu = own.object('cpu');
  const whole = bytesByCore.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    ...stream,
    // Where the cores are known, the bytes are theirs: the omit period included.
    ...(bytesByCore.length === 0 ? {} : { bytes: whole, bytesByCore }),
    migrations: own.number('migrations'),
    ...(pin === undefined
      ? {}
      : { pin: { asked: pin.numbers('asked', MOST_CORES), got: pin.numbers('got', MOST_CORES) } }),
    receiveCore: own.number('receiveCore'),
    path: own.text('path'),
    pathReason: own.text('pathReason'),
    calls: own.number('calls'),
    packets: own.number('packets'),
    zeroCopy: zeroCopy(own.object('zeroCopy')),
    firstByteSeconds: own.number('firstByteSeconds'),
    gaps: gapStatistics(own.object('gaps')),
    ...(cpu === undefined
      ? {}
      : { cpu: { userSeconds: cpu.number('userSeconds') ?? 0, systemSeconds: cpu.number('systemSeconds') ?? 0 } }),
    congestion: own.text('congestion') ?? stream.congestion,
    paced: own.boolean('paced'),
    socketBufferDrops: own.number('socketBufferDrops'),
  };
}

function zeroCopy(fields: DocumentFields | undefined): StreamMeasurement['zeroCopy'] {
  if (fields === undefined) return undefined;
  return { zeroCopiedBytes: fields.number('zeroCopiedBytes') ?? 0, copiedBytes: fields.number('copiedBytes') ?? 0 };
}

function gapStatistics(fields: DocumentFields | undefined): StreamMeasurement['gaps'] {
  if (fields === undefined) return undefined;
  return {
    count: fields.neededNumber('count'),
    minMicroseconds: fields.neededNumber('minMicroseconds'),
    meanMicroseconds: fields.neededNumber('meanMicroseconds'),
    standardDeviationMicroseconds: fields.neededNumber('standardDeviationMicroseconds'),
    medianMicroseconds: fields.neededNumber('medianMicroseconds'),
    p99Microseconds: fields.neededNumber('p99Microseconds'),
    maxMicroseconds: fields.neededNumber('maxMicroseconds'),
  };
}

function withIntervalFacts(
  intervals: readonly IntervalMeasurement[],
  facts: readonly DocumentFields[],
): IntervalMeasurement[] {
  return intervals.map((interval, index) => {
    const near = (one: DocumentFields | undefined) =>
      Math.abs((one?.number('startSeconds') ?? Number.POSITIVE_INFINITY) - interval.startSeconds) < SAME_MOMENT_SECONDS;
    // The same place in the list as a rule; a list that began elsewhere is searched.
    const own = near(facts[index]) ? facts[index] : facts.find(near);
    if (own === undefined) return interval;
    const ends = own.object('ends');
    return {
      ...interval,
      cores: corePercents(own),
      ends: { client: ends?.number('client'), server: ends?.number('server') },
      softirq: own.number('softirq'),
    };
  });
}

function corePercents(fields: DocumentFields): CorePercent[] {
  return fields.list('cores', MOST_CORES).map((core) => ({
    core: core.neededNumber('core'),
    user: core.neededNumber('user'),
    system: core.neededNumber('system'),
    irq: core.number('irq') ?? 0,
    softirq: core.number('softirq') ?? 0,
    steal: core.number('steal') ?? 0,
    idle: core.neededNumber('idle'),
  }));
}

function carrier(fields: DocumentFields): CarrierFacts {
  const host = fields.text('host');
  return {
    name: fields.text('name') ?? '',
    pid: fields.number('pid') ?? 0,
    ...(host === 'client' || host === 'server' ? { host } : {}),
    cpuPercent: fields.number('cpuPercent'),
  };
}

function distribution(fields: DocumentFields | undefined): LatencyDistribution | undefined {
  if (fields === undefined) return undefined;
  return {
    samples: fields.neededNumber('samples'),
    lost: fields.number('lost') ?? 0,
    minMicroseconds: fields.neededNumber('minMicroseconds'),
    meanMicroseconds: fields.neededNumber('meanMicroseconds'),
    maxMicroseconds: fields.neededNumber('maxMicroseconds'),
    percentiles: fields.list('percentiles', 1000).map((one) => ({
      percentile: one.neededNumber('percentile'),
      microseconds: one.neededNumber('microseconds'),
    })),
    relativeError: fields.number('relativeError') ?? 0,
  };
}
