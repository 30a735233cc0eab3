import type { EndRecord, StreamFacts } from '../traffic/events.js';
import { threeDigitRate } from './units.js';

/**
 * Datagrams and the packets that carried them, where those are not the same (--gso, --gro): `datagrams: 7.31 M/s sent in
 * 158 k/s packets, 7.31 M/s received in 160 k/s packets`. A line for each direction that has something to say. All of the
 * whole run, the omit period included.
 */
export function packetLines({ facts, settings, streams, role }: EndRecord): string[] {
  const seconds = settings.omitSeconds + Math.max(0, ...streams.map(({ local }) => local.endSeconds));
  if (settings.protocol !== 'udp' || seconds <= 0 || settings.lengthBytes <= 0) return [];
  const ends = { [role]: facts.streams, [otherEnd(role)]: facts.peer?.streams ?? [] } as Record<End, StreamFacts[]>;
  return (['client', 'server'] as const).flatMap((from) => {
    const parts = [
      ...half(ends[from], 'sender', settings.lengthBytes, seconds),
      ...half(ends[otherEnd(from)], 'receiver', settings.lengthBytes, seconds),
    ];
    if (parts.length === 0) return [];
    const which = settings.direction === 'bidirectional' ? `${from} to ${otherEnd(from)}: ` : '';
    return [`${which}datagrams: ${parts.join(', ')}`];
  });
}

type End = 'client' | 'server';

function half(all: readonly StreamFacts[], role: StreamFacts['role'], lengthBytes: number, seconds: number): string[] {
  const streams = all.filter((stream) => stream.role === role);
  const packets = streams.reduce((sum, stream) => sum + (stream.packets ?? 0), 0);
  const bytes = streams.flatMap(({ bytesByCore }) => bytesByCore).reduce((sum, share) => sum + share.bytes, 0);
  const datagrams = Math.round(bytes / lengthBytes);
  // Datagrams cannot come without a packet: a peer that counts none does not tell.
  if (packets === 0 || packets === datagrams) return [];
  const how = role === 'sender' ? 'sent' : 'received';
  return [`${threeDigitRate(datagrams / seconds)} ${how} in ${threeDigitRate(packets / seconds)} packets`];
}

function otherEnd(end: End): End {
  return end === 'client' ? 'server' : 'client';
}
