import type { LoopbackNamespace } from './loopback-namespace.js';

/** A connected socket as the kernel shows it to an onlooker, with ss. */
export interface SocketRow {
  localPort: number;
  remotePort: number;
  localHost: string;
  remoteHost: string;
  congestion: string;
  sendMssBytes: number;
  /** SO_SNDBUF and SO_RCVBUF. */
  sendBufferBytes: number;
  receiveBufferBytes: number;
  /** SO_MAX_PACING_RATE; undefined where there is none. */
  maxPacingBitsPerSecond: number | undefined;
  /** What the socket puts into the IPv4 header. */
  tos: number;
  /** What it puts into the IPv6 header; undefined for an IPv4 socket. */
  trafficClass: number | undefined;
  bytesSent: number;
  bytesReceived: number;
  dataSegmentsSent: number;
}

/** Established sockets in the namespace. */
export function connectedSockets(loopback: LoopbackNamespace, protocol: 'tcp' | 'udp'): SocketRow[] {
  const printed = loopback.run('ss', protocol === 'tcp' ? '-t' : '-u', '-HOnime', '--tos', 'state', 'established');
  return printed
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map(socketRow);
}

function socketRow(line: string): SocketRow {
  const [, , local = '', remote = '', ...rest] = line.trim().split(/\s+/);
  const text = rest.join(' ');
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0);
  const optional = (pattern: RegExp) => {
    const found = pattern.exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  return {
    ...address('local', local),
    ...address('remote', remote),
    congestion: /\b(reno|cubic|bbr|dctcp|vegas)\b/.exec(text)?.[1] ?? '',
    sendMssBytes: number(/\bmss:(\d+)/),
    sendBufferBytes: number(/skmem:\(.*?\btb(\d+)/),
    receiveBufferBytes: number(/skmem:\(.*?\brb(\d+)/),
    maxPacingBitsPerSecond: optional(/pacing_rate \d+bps\/(\d+)bps/),
    tos: number(/\btos:(0x[0-9a-f]+|\d+)/),
    trafficClass: optional(/\btclass:(0x[0-9a-f]+|\d+)/),
    bytesSent: number(/\bbytes_sent:(\d+)/),
    bytesReceived: number(/\bbytes_received:(\d+)/),
    dataSegmentsSent: number(/\bdata_segs_out:(\d+)/),
  };
}

function address<Side extends 'local' | 'remote'>(
  side: Side,
  text: string,
): Record<`${Side}Host`, string> & Record<`${Side}Port`, number>;
function address(side: string, text: string): object {
  const colon = text.lastIndexOf(':');
  const host = text
    .slice(0, colon)
    .replace(/^\[|\]$/g, '')
    .replace(/^::ffff:/, '');
  return { [`${side}Host`]: host, [`${side}Port`]: Number(text.slice(colon + 1)) };
}

/**
 * An observer that waits until the test's data flows, and gives both ends of its data sockets.
 * @param streams data streams over all directions.
 */
export function flowingDataSockets(
  loopback: LoopbackNamespace,
  {
    protocol = 'tcp',
    streams = 1,
    afterBytes = 20_000,
  }: { protocol?: 'tcp' | 'udp'; streams?: number; afterBytes?: number } = {},
): () => SocketRow[] | undefined {
  let looksWithAll = 0;
  return () => {
    const rows = connectedSockets(loopback, protocol);
    if (protocol === 'udp') {
      // Nothing is counted on a UDP socket: a few looks after all are connected, the test is on.
      if (rows.length >= 2 * streams) looksWithAll++;
      return looksWithAll > 3 ? rows : undefined;
    }
    // Next to the control connection, which never carries as much.
    const data = rows.filter(({ bytesSent, bytesReceived }) => bytesSent + bytesReceived >= afterBytes);
    return data.length >= 2 * streams ? data : undefined;
  };
}
