import type { IntervalMeasurement, StreamIntervalMeasurement } from '../measurement.js';
import type { DocumentFields } from './document-fields.js';
import { MOST_STREAMS, type ReportedStream } from './iperf3-streams.js';

/** A day and ten minutes of the shortest intervals. */
const MOST_INTERVALS = 870_000;

/** The intervals of an iperf3 report. Throws VnetperfError ERR_IPERF3_DOCUMENT. */
export function reportedIntervals(document: DocumentFields, streams: readonly ReportedStream[]): IntervalMeasurement[] {
  const ids = new Map(streams.map(({ socket, id }) => [socket, id]));
  return document.list('intervals', MOST_INTERVALS).flatMap((interval) => {
    const rows = interval.list('streams', MOST_STREAMS);
    const [first] = rows;
    if (first === undefined) return [];
    const sum = (name: string, of = rows) => total(of.map((row) => row.number(name)));
    const receiving = rows.filter((row) => row.boolean('sender') !== true);
    const jitters = receiving.flatMap((row) => row.number('jitter_ms') ?? []);
    return [
      {
        startSeconds: first.neededNumber('start'),
        endSeconds: first.neededNumber('end'),
        omitted: first.boolean('omitted') ?? false,
        bitsPerSecond: rows.reduce((rate, row) => rate + row.neededNumber('bits_per_second'), 0),
        ...defined({
          retransmits: sum('retransmits'),
          // Of what a sender counts nothing is known to be lost.
          datagrams: sum('packets', receiving.length > 0 ? receiving : rows),
          lost: sum('lost_packets', receiving),
          jitterMs: jitters.length === 0 ? undefined : total(jitters)! / jitters.length,
        }),
        streams: rows.flatMap((row) => streamInterval(row, ids)),
        cores: [],
        ends: {},
      },
    ];
  });
}

function streamInterval(
  row: DocumentFields,
  ids: ReadonlyMap<number | undefined, number>,
): StreamIntervalMeasurement[] {
  const id = ids.get(row.number('socket'));
  if (id === undefined) return [];
  return [
    {
      id,
      bytes: row.neededNumber('bytes'),
      ...defined({ congestionWindowBytes: row.number('snd_cwnd'), rttMicroseconds: row.number('rtt') }),
    },
  ];
}

/** undefined: none of them is known. */
function total(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0);
}

/** A field that is not known is absent, in memory as in the file. */
function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
