import { type CoreRow, coreRows, coresSharedWithOthers } from '../traffic/core-shares.js';
import type { EndRecord, StreamFacts } from '../traffic/events.js';
import { byteCoreLines } from './byte-cores.js';
import { carrierLines } from './carrier-lines.js';
import { coreLine } from './core-table.js';

/**
 * The lines below the report of a client whose server ran on the same machine: what the cores did, where the bytes ran,
 * and what the figures above must not be blamed for. Empty when nothing was measured.
 */
export function runTableLines(end: EndRecord): string[] {
  const client = end.facts;
  const server = client.peer;
  const seconds = end.settings.omitSeconds + Math.max(0, ...end.streams.map(({ local }) => local.endSeconds));
  const streams = [...client.streams, ...(server?.streams ?? [])];
  const rows = coreRows({
    cores: client.cores,
    carriers: client.carriers,
    streams: streams.map((stream, index) => ({ ...stream, end: index < client.streams.length ? 'client' : 'server' })),
    seconds,
  });
  const width = Math.max(2, ...rows.map(({ core }) => `${core}`.length));
  return [
    ...rows.map((row) => coreLine(row, width)),
    ...carrierLines(client.carriers ?? []),
    ...byteCoreLines(client, server),
    ...streams.flatMap(pinLine),
    ...dropLine(streams, end.settings.gro),
    ...foreignLine(rows),
    ...adviceLines(end, rows),
  ];
}

/** The kernel may allow fewer cores than were asked for (a cpuset), which makes pinning say something else. */
function pinLine({ id, role, pin }: StreamFacts): string[] {
  const same = pin.asked.length === pin.got.length && pin.asked.every((core) => pin.got.includes(core));
  if (pin.asked.length === 0 || same) return [];
  return [`stream ${id}'s ${role} was to run on core ${pin.asked.join(',')}, but ran on ${pin.got.join(',')}`];
}

/** The kernel counts what it drops as it holds it: with receive offload many datagrams together. */
function dropLine(streams: StreamFacts[], coalesced: boolean): string[] {
  const drops = streams.reduce((sum, { socketBufferDrops }) => sum + socketBufferDrops, 0);
  if (drops === 0) return [];
  const unit = coalesced ? 'packet of coalesced datagrams' : 'datagram';
  const units = coalesced ? 'packets of coalesced datagrams' : 'datagrams';
  const dropped = drops === 1 ? `1 ${unit} was` : `${drops} ${units} were`;
  return [
    `${dropped} lost in the receiving socket's full buffer, not by the network`,
    'try: a lower -b, or a larger -w with sysctl -w net.core.rmem_max=33554432',
  ];
}

/** On a machine that does other work too, a figure says as much about that work as about the network. */
function foreignLine(rows: CoreRow[]): string[] {
  const others = coresSharedWithOthers(rows);
  if (others.length === 0) return [];
  return [`other processes used core ${others.join(' and ')} meanwhile: repeat the run on an idle machine`];
}

/** What to try next, where there is something this version can do about the limit. */
function adviceLines(end: EndRecord, rows: CoreRow[]): string[] {
  if (end.settings.protocol === 'udp') return [];
  const streams = [...end.facts.streams, ...(end.facts.peer?.streams ?? [])];
  const busy = new Set(rows.filter(({ saturated, ends }) => saturated && ends !== '').map(({ core }) => core));
  const copies = (role: StreamFacts['role']) =>
    streams.some((s) => s.role === role && s.path === 'copy' && s.bytesByCore.some(({ core }) => busy.has(core)));
  const paced = streams.find((stream) => stream.role === 'sender' && stream.paced);
  const options = [
    ...(copies('sender') ? ['--send-path sendfile'] : []),
    ...(copies('receiver') ? ['--receive-path discard'] : []),
  ];
  if (options.length > 0)
    return [`try: ${options.join(' ')} removes ${options.length === 1 ? 'a copy' : 'both copies'}`];
  if (
    paced !== undefined &&
    busy.size === 0 &&
    end.settings.fqRateBitsPerSecond === 0 &&
    end.settings.rateBitsPerSecond === 0
  ) {
    return [
      `the kernel paced the sender (${paced.congestion ?? 'unknown'} congestion control), below what the path may carry`,
      ...(paced.congestion === 'bbr' ? ['try: -C cubic'] : []),
    ];
  }
  return [];
}
