import type { RateFormat } from '../configuration/configuration.js';
import type { TestSettings } from '../configuration/settings.js';
import { lostPercent } from '../traffic/direction-ends.js';
import type { IntervalRecord, StreamInterval } from '../traffic/events.js';
import { byDirection, bytesPerSecond, intervalTimes, sumStreams } from './interval-sum.js';
import { formatFixed, formatGeneral } from './number-format.js';
import { formatUnits } from './units.js';

/** What every row of one test has in common. */
export interface RowStyle {
  role: 'client' | 'server';
  settings: Pick<TestSettings, 'protocol' | 'direction' | 'parallel'>;
  format: RateFormat;
}

export const SEPARATOR = Array.from({ length: 25 }, () => '-').join(' ');

/** The column headers over a test's intervals. A TCP side that sends at all has columns for what its kernel knows. */
export function intervalHeader(style: RowStyle): string {
  const { protocol, direction } = style.settings;
  const sends = direction === 'bidirectional' || (style.role === 'client') === (direction === 'forward');
  if (protocol !== 'udp') return header(style, sends && protocol === 'tcp' ? 'Retr  Cwnd' : '');
  return header(style, sends && direction !== 'bidirectional' ? 'Total Datagrams' : 'Jitter    Lost/Total Datagrams');
}

/** The column headers over the summary. */
export function summaryHeader(style: RowStyle, withRetransmits: boolean): string {
  if (style.settings.protocol === 'udp') return header(style, 'Jitter    Lost/Total Datagrams');
  return header(style, withRetransmits ? 'Retr' : '');
}

function header({ settings }: RowStyle, columns: string): string {
  const role = settings.direction === 'bidirectional' ? '[Role]' : '';
  return `[ ID]${role} Interval           Transfer     Bitrate${columns === '' ? '' : `         ${columns}`}`;
}

/** The rows of one interval, with a sum for each direction where there are several streams. */
export function intervalRows(record: IntervalRecord, style: RowStyle): string[] {
  const note = record.omitted ? '(omitted)' : '';
  return byDirection(record).flatMap((streams) => {
    const rows = streams.map((stream) => streamRow(stream, note, style));
    return style.settings.parallel > 1 ? [...rows, sumRow(streams, note, style)] : rows;
  });
}

function streamRow(interval: StreamInterval, note: string, style: RowStyle): string {
  const { stream, bytes, tcp } = interval;
  const { start, end, seconds } = intervalTimes(interval);
  const begin = rowBegin(idColumn(stream.socket), stream.sender, { start, end, bytes, seconds }, style);
  if (style.settings.protocol === 'udp') {
    return stream.sender
      ? begin + datagramColumn(interval.datagrams, note, style)
      : begin + lossColumns({ ...interval, note });
  }
  if (!stream.sender || tcp === undefined) return begin + plainColumns(note);
  const window = `${formatUnits(tcp.congestionWindowBytes, 'A')}s`;
  return `${begin}  ${`${interval.retransmits}`.padStart(3)}   ${window}       ${note}`;
}

/** As in iperf3, the sum stands over the first stream's time. */
function sumRow(streams: StreamInterval[], note: string, style: RowStyle): string {
  const sum = sumStreams(streams);
  const times = intervalTimes(streams[0] ?? { startSeconds: 0, endSeconds: 0 });
  const begin = rowBegin('SUM', sum.sender, { ...times, bytes: sum.bytes }, style);
  if (style.settings.protocol === 'udp') {
    return sum.sender ? begin + datagramColumn(sum.datagrams, note, style) : begin + lossColumns({ ...sum, note });
  }
  return begin + (sum.retransmits === undefined ? plainColumns(note) : sumRetransmitColumns(sum.retransmits, note));
}

/** `[  5][TX-C]   0.00-1.00   sec  6.00 MBytes  50.3 Mbits/sec`; the rest of the row differs by its kind. */
export function rowBegin(
  id: string,
  sender: boolean,
  row: { start: number; end: number; bytes: number; seconds: number },
  style: RowStyle,
): string {
  const span = `${formatFixed(row.start, 2, 6)}-${formatFixed(row.end, 2).padEnd(6)}`;
  const transfer = `${formatUnits(row.bytes, 'A')}s`;
  const rate = `${formatUnits(bytesPerSecond(row.bytes, row.seconds), style.format)}s/sec`;
  return `[${id}]${roleTag(sender, style)} ${span} sec  ${transfer}  ${rate}`;
}

export function idColumn(socket: number): string {
  return `${socket}`.padStart(3);
}

export function roleTag(sender: boolean, { role, settings }: RowStyle): string {
  if (settings.direction !== 'bidirectional') return '';
  return `[${sender ? 'TX' : 'RX'}-${role === 'client' ? 'C' : 'S'}]`;
}

export function plainColumns(note: string): string {
  return `${' '.repeat(18)}${note}`;
}

/** The blank before the note is one less over a single stream in iperf3 3.21; see {@link streamRetransmitColumns}. */
export function sumRetransmitColumns(retransmits: number, note: string): string {
  return `  ${`${retransmits}`.padStart(3)}${' '.repeat(13)}${note}`;
}

export function streamRetransmitColumns(retransmits: number, note: string): string {
  return `  ${`${retransmits}`.padStart(3)}${' '.repeat(12)}${note}`;
}

/** In a bidirectional test the count stands under the receivers' `Lost/Total`. */
function datagramColumn(datagrams: number, note: string, { settings }: RowStyle): string {
  return ` ${settings.direction === 'bidirectional' ? ' '.repeat(10) : ''} ${datagrams}  ${note}`;
}

export function lossColumns(figures: { jitterMs: number; lost: number; datagrams: number; note: string }): string {
  const { jitterMs, lost, datagrams, note } = figures;
  const percent = formatGeneral(lostPercent(lost, datagrams), 2);
  return `  ${formatFixed(jitterMs, 3, 5)} ms  ${lost}/${datagrams} (${percent}%)  ${note}`;
}

/** Where the receiver did not say how much of its loss was in the omit period. */
export function unknownLossColumns(figures: { jitterMs: number; datagrams: number; note: string }): string {
  return `  ${formatFixed(figures.jitterMs, 3, 5)} ms  Unknown/${figures.datagrams}  ${figures.note}`;
}
