import {
  congestionOf,
  type DirectionEnd,
  directionsOf,
  roundToMicroseconds,
  type StreamHalves,
  sumHalves,
} from '../traffic/direction-ends.js';
import type { CpuPercent, EndRecord, StreamTotals } from '../traffic/events.js';
import { formatFixed } from './number-format.js';
import { printable } from './printable.js';
import {
  idColumn,
  lossColumns,
  plainColumns,
  type RowStyle,
  roleTag,
  rowBegin,
  SEPARATOR,
  streamRetransmitColumns,
  summaryHeader,
  sumRetransmitColumns,
  unknownLossColumns,
} from './text-rows.js';
import { formatUnits } from './units.js';

type Half = 'sender' | 'receiver';

/** Everything that stands in a text report between the last interval and `iperf Done.`, one string a line. */
export function summaryLines(end: EndRecord, style: RowStyle, verbose: boolean): string[] {
  const directions = directionsOf(end);
  const withRetransmits = directions.some(({ streams }) => streams.some((s) => (s.sender?.retransmits ?? -1) >= 0));
  return [
    SEPARATOR,
    ...(verbose ? ['Test Complete. Summary Results:'] : []),
    summaryHeader(style, withRetransmits),
    ...directions.flatMap((direction) => [
      ...direction.streams.flatMap((stream) => streamLines(stream, style, verbose)),
      ...(style.settings.parallel > 1 ? sumLines(direction, style, verbose) : []),
      ...(verbose ? [...cpuLines(direction, end), ...congestionLines(direction, end)] : []),
    ]),
  ];
}

function streamLines(halves: StreamHalves, style: RowStyle, verbose: boolean): string[] {
  const id = idColumn(halves.stream.socket);
  return [
    ...halfLine(id, halves, 'sender', style, verbose),
    ...fileLine(halves),
    ...outOfOrderLine(halves, style),
    ...halfLine(id, halves, 'receiver', style, verbose),
  ];
}

function halfLine(id: string, halves: StreamHalves, half: Half, style: RowStyle, verbose: boolean): string[] {
  const totals = halves[half];
  // That a server knows half of the figures is the rule; a client that does has lost its server.
  if (totals === undefined) return verbose || style.role === 'client' ? [notAvailable(id, half)] : [];
  const end = roundToMicroseconds(totals.endSeconds);
  const row = { start: 0, end, seconds: end, bytes: totals.bytes };
  return [rowBegin(id, halves.stream.sender, row, style) + summaryColumns(halves, totals, half, style)];
}

function summaryColumns(halves: StreamHalves, totals: StreamTotals, half: Half, style: RowStyle): string {
  if (style.settings.protocol === 'udp') {
    // A sender knows of no loss; iperf3 prints zeros there.
    if (half === 'sender') return lossColumns({ jitterMs: 0, lost: 0, datagrams: totals.datagrams, note: half });
    return halves.lossUnknown ? unknownLossColumns({ ...totals, note: half }) : lossColumns({ ...totals, note: half });
  }
  if (half === 'receiver' || totals.retransmits < 0) return plainColumns(half);
  return streamRetransmitColumns(totals.retransmits, half);
}

function sumLines(direction: DirectionEnd, style: RowStyle, verbose: boolean): string[] {
  return (['sender', 'receiver'] as const).flatMap((half) => {
    if (direction.streams.every((stream) => stream[half] === undefined)) {
      const said = style.role === 'client' || (verbose && style.settings.protocol !== 'udp');
      return said ? [notAvailable('SUM', half)] : [];
    }
    const sum = sumHalves(direction, half);
    const end = roundToMicroseconds(sum.endSeconds);
    const begin = rowBegin('SUM', direction.sending, { start: 0, end, seconds: end, bytes: sum.bytes }, style);
    if (style.settings.protocol === 'udp') {
      if (half === 'sender') return [begin + lossColumns({ ...sum, jitterMs: 0, lost: 0, note: half })];
      const unknown = direction.streams.some(({ lossUnknown }) => lossUnknown);
      return [begin + (unknown ? unknownLossColumns : lossColumns)({ ...sum, note: half })];
    }
    const retransmits = half === 'sender' ? sum.retransmits : -1;
    return [begin + (retransmits < 0 ? plainColumns(half) : sumRetransmitColumns(retransmits, half))];
  });
}

function notAvailable(id: string, half: Half): string {
  return `[${id}] (${half} statistics not available)`;
}

/** -F: how much of the file went, or how much of it there is on the receiver. */
function fileLine({ record: { file } }: StreamHalves): string[] {
  if (file === undefined) return [];
  const { transferredBytes, sizeBytes, name } = file;
  const percent = sizeBytes > 0 ? Math.trunc((100 * transferredBytes) / sizeBytes) : 0;
  return [
    `        Sent ${formatUnits(transferredBytes, 'A')} / ${formatUnits(sizeBytes, 'A')} (${percent}%) of ${name}`,
  ];
}

/** One for each stream, although iperf3's template says SUM. */
function outOfOrderLine({ stream, receiver, record }: StreamHalves, style: RowStyle): string[] {
  const count = receiver?.outOfOrder ?? 0;
  if (count === 0 || style.settings.protocol !== 'udp') return [];
  const span = `${formatFixed(0, 1, 4)}-${formatFixed(record.local.endSeconds, 1, 4)}`;
  return [`[SUM]${roleTag(stream.sender, style)} ${span} sec  ${count} datagrams received out-of-order`];
}

/** iperf3 tells of the CPU in directions in which it sends, and then of both directions if there are two. */
function cpuLines(direction: DirectionEnd, { cpu, settings }: EndRecord): string[] {
  if (!direction.sending) return [];
  const remote = cpu.remote ?? { total: 0, user: 0, system: 0 };
  const line = (here: Half, there: Half) =>
    `CPU Utilization: local/${here} ${cpuShare(cpu.local)}, remote/${there} ${cpuShare(remote)}`;
  return settings.direction === 'bidirectional'
    ? [line('sender', 'receiver'), line('receiver', 'sender')]
    : [line('sender', 'receiver')];
}

function cpuShare({ total, user, system }: CpuPercent): string {
  return `${formatFixed(total, 1)}% (${formatFixed(user, 1)}%u/${formatFixed(system, 1)}%s)`;
}

function congestionLines(direction: DirectionEnd, end: EndRecord): string[] {
  if (end.settings.protocol !== 'tcp') return [];
  const { sender, receiver } = congestionOf(direction, end);
  return [
    ...(sender === undefined ? [] : [`snd_tcp_congestion ${printable(sender)}`]),
    ...(receiver === undefined ? [] : [`rcv_tcp_congestion ${printable(receiver)}`]),
  ];
}
