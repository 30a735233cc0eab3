import type { DirectionMeasurement, StreamMeasurement } from '../../compare/measurement.js';
import { isOutlier } from '../reported-cell.js';
import { type CsvColumn, ofMeasured } from './csv-column.js';
import { LINK_COLUMNS } from './csv-link-columns.js';
import { migrationsOf, retransmitsOf } from './run-figures.js';

/** Every column, in its order; those of the factors come between. */
export const RUN_COLUMNS: readonly CsvColumn[] = [
  {
    name: 'file',
    meaning: 'the file it was read from',
    value: ({ section, run }) => section.sourceOf?.get(run) ?? section.sources.join(' '),
  },
  { name: 'cell', meaning: "the cell's name", value: ({ cell }) => cell.cell.name },
  { name: 'role', meaning: 'baseline, twin (the baseline again) or cell', value: ({ cell }) => cell.cell.role },
];

export const FIGURE_COLUMNS: readonly CsvColumn[] = [
  { name: 'block', meaning: 'from 1; 0 and below are warm-up', value: ({ run }) => run.block + 1 },
  { name: 'position', meaning: 'place in its block, from 1', value: ({ run }) => run.position + 1 },
  { name: 'started_at', meaning: 'ISO 8601', value: ({ run }) => run.startedAt },
  { name: 'outcome', meaning: 'measured or failed', value: ({ run }) => run.outcome },
  {
    name: 'outlier',
    meaning: "1 where outside Tukey's fences, else 0",
    value: ofMeasured((run, { cell }) => (run.block >= 0 && isOutlier(cell, run) ? 1 : 0)),
  },
  {
    name: 'duration_s',
    meaning: 'measured time, the omit period left out',
    value: ofMeasured(({ measurement }) => measurement.durationSeconds),
  },
  {
    name: 'throughput_bits_per_s',
    meaning: 'goodput at the receiving ends',
    value: ofMeasured(({ measurement }) => measurement.bitsPerSecond),
  },
  { name: 'sent_bytes', meaning: 'of all streams', value: total(({ sentBytes }) => sentBytes) },
  { name: 'received_bytes', meaning: 'of all streams', value: total(({ receivedBytes }) => receivedBytes) },
  { name: 'retransmits', meaning: 'TCP segments', value: ofMeasured(retransmitsOf) },
  { name: 'datagrams', meaning: 'UDP', value: total(({ datagrams }) => datagrams) },
  { name: 'lost_datagrams', meaning: 'UDP', value: total(({ lost }) => lost) },
  { name: 'out_of_order', meaning: 'UDP datagrams', value: total(({ outOfOrder }) => outOfOrder) },
  {
    name: 'jitter_ms',
    meaning: 'UDP, RFC 3550; of two directions the larger',
    value: ofMeasured(({ measurement }) => {
      const known = measurement.directions.flatMap(({ jitterMs }) => jitterMs ?? []);
      return known.length === 0 ? undefined : Math.max(...known);
    }),
  },
  { name: 'migrations', meaning: 'of all threads that moved bytes', value: ofMeasured(migrationsOf) },
  { name: 'client_cores', meaning: 'cores on which the client moved bytes, most first', value: cores('client') },
  { name: 'server_cores', meaning: 'the same of the server', value: cores('server') },
  ...(['user', 'system', 'softirq', 'irq', 'steal', 'idle'] as const).map((kind) => ({
    name: `cpu_${kind}_percent`,
    meaning: 'of one core, summed over all cores',
    value: ofMeasured(({ measurement }) =>
      measurement.cores.length === 0 ? undefined : measurement.cores.reduce((sum, share) => sum + share[kind], 0),
    ),
  })),
  ...(['idle', 'loaded'] as const).flatMap((when) =>
    [50, 99].map((percentile) => ({
      name: `rtt_${when}_p${percentile}_us`,
      meaning: `UDP round trip, ${percentile} %, ${when === 'idle' ? 'before the load' : 'under load'}`,
      value: ofMeasured(({ measurement }) => {
        const percentiles = measurement.latency?.[when]?.percentiles;
        return percentiles?.find((known) => known.percentile === percentile)?.microseconds;
      }),
    })),
  ),
  { name: 'packets_sent', meaning: 'UDP, on the path, the omit period included', value: total((d) => d.packetsSent) },
  {
    name: 'packets_received',
    meaning: "UDP, as the receivers' kernel handed them up, the omit period included",
    value: total((d) => d.packetsReceived),
  },
  {
    name: 'fairness',
    meaning: "Jain's index of what several streams received; of two directions the smaller",
    value: ofMeasured(({ measurement }) => {
      const known = measurement.directions.flatMap(({ fairness }) => fairness ?? []);
      return known.length === 0 ? undefined : Math.min(...known);
    }),
  },
  ...LINK_COLUMNS,
  ...(['client', 'server'] as const).flatMap((end): CsvColumn[] => [
    { name: `${end}_path`, meaning: `how the ${end} moved its bytes`, value: paths(end) },
    {
      name: `${end}_calls_per_gb`,
      meaning: 'system calls, of 10^9 bytes',
      value: ofMeasured(({ measurement }) => measurement.costs?.[end]?.systemCallsPerGigabyte),
    },
    {
      name: `${end}_bytes_per_call`,
      meaning: 'mean',
      value: ofMeasured(({ measurement }) => measurement.costs?.[end]?.bytesPerCall),
    },
    {
      name: `${end}_cpu_s_per_gb`,
      meaning: 'of its stream threads; of another program, of its process',
      value: ofMeasured(({ measurement }) => measurement.costs?.[end]?.cpuSecondsPerGigabyte),
    },
    {
      name: `${end}_user_percent`,
      meaning: 'of that time in user space',
      value: ofMeasured(({ measurement }) => measurement.costs?.[end]?.userPercent),
    },
  ]),
  {
    name: 'limited_by',
    meaning: 'in words, the strongest first',
    value: ofMeasured(({ measurement }) => measurement.limits.map(({ text }) => text).join('; ')),
  },
  {
    name: 'failure',
    meaning: 'why it failed',
    value: ({ run }) => (run.outcome === 'failed' ? run.failure.message : undefined),
  },
];

/** Names of factors come from files too; the prefix keeps them apart from the columns above. */
export function factorColumn(factor: string): CsvColumn {
  return {
    name: `factor_${factor}`,
    meaning: 'level of the factor',
    value: ({ cell }) => cell.cell.levels[factor],
  };
}

function total(value: (direction: DirectionMeasurement) => number | undefined): CsvColumn['value'] {
  return ofMeasured(({ measurement }) => {
    const known = measurement.directions.flatMap((direction) => value(direction) ?? []);
    return known.length === 0 ? undefined : known.reduce((sum, one) => sum + one, 0);
  });
}

function paths(end: StreamMeasurement['end']): CsvColumn['value'] {
  return ofMeasured(({ measurement }) =>
    [...new Set(measurement.streams.filter((one) => one.end === end).flatMap(({ path }) => path ?? []))].join(' '),
  );
}

function cores(end: StreamMeasurement['end']): CsvColumn['value'] {
  return ofMeasured(({ measurement }) => {
    const bytes = new Map<number, number>();
    for (const stream of measurement.streams.filter((one) => one.end === end)) {
      for (const share of stream.bytesByCore) bytes.set(share.core, (bytes.get(share.core) ?? 0) + share.bytes);
    }
    return [...bytes]
      .filter(([, moved]) => moved > 0)
      .sort(([, a], [, b]) => b - a)
      .map(([core]) => core)
      .join(' ');
  });
}
