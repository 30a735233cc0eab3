import type { TestSettings } from '../configuration/settings.js';
import type { ConnectEvent, StartEvent, StreamIdentity } from '../traffic/events.js';

/** What is known of a test that may have failed before it began. */
export interface StartParts {
  /** The `version` that is printed. */
  version: string;
  systemInfo: string;
  connected: StreamIdentity[];
  connect: ConnectEvent | undefined;
  start: StartEvent | undefined;
}

/**
 * The `start` object. iperf3's server repeats `target_bitrate` near the top when the client asked for a rate; a key
 * may stand only once in an object, so only the copy that is always there is kept.
 */
export function jsonStart({ version, systemInfo, connected, connect, start }: StartParts): Record<string, unknown> {
  const document: Record<string, unknown> = {
    connected: connected.map(({ socket, local, remote }) => ({
      socket,
      local_host: local.host,
      local_port: local.port,
      remote_host: remote.host,
      remote_port: remote.port,
    })),
    version,
    system_info: systemInfo,
  };
  const buffers = start === undefined ? {} : bufferSizes(start);
  // iperf3's TCP server sets its buffers on the listening socket, before the client is accepted.
  const buffersFirst = connect?.role === 'server' && connect.settings.protocol === 'tcp';
  if (buffersFirst) Object.assign(document, buffers);
  if (connect !== undefined) Object.assign(document, connection(connect));
  if (!buffersFirst) Object.assign(document, buffers);
  if (start !== undefined) document.test_start = testStart(start);
  return document;
}

function connection({ role, peer, cookie, timestampMs, controlMssBytes, settings }: ConnectEvent): object {
  return {
    timestamp: {
      time: new Date(timestampMs).toUTCString(),
      timesecs: Math.floor(timestampMs / 1000),
      timemillisecs: Math.floor(timestampMs),
    },
    [role === 'client' ? 'connecting_to' : 'accepted_connection']: { host: peer.host, port: peer.port },
    cookie,
    ...segmentSize(settings, controlMssBytes),
    target_bitrate: settings.rateBitsPerSecond,
    fq_rate: settings.fqRateBitsPerSecond,
  };
}

function segmentSize({ protocol, mssBytes }: TestSettings, controlMssBytes: number): object {
  if (protocol !== 'tcp') return {};
  return mssBytes > 0 ? { tcp_mss: mssBytes } : { tcp_mss_default: controlMssBytes };
}

function bufferSizes(start: StartEvent): object {
  return {
    sock_bufsize: start.socketBufferBytes,
    sndbuf_actual: start.sendBufferActualBytes,
    rcvbuf_actual: start.receiveBufferActualBytes,
  };
}

function testStart({ settings, intervalSeconds }: StartEvent): object {
  return {
    protocol: settings.protocol.toUpperCase(),
    num_streams: settings.parallel,
    blksize: settings.lengthBytes,
    omit: settings.omitSeconds,
    duration: settings.durationSeconds,
    bytes: settings.bytes,
    blocks: settings.blocks,
    reverse: settings.direction === 'reverse' ? 1 : 0,
    tos: settings.tos,
    target_bitrate: settings.rateBitsPerSecond,
    bidir: settings.direction === 'bidirectional' ? 1 : 0,
    fqrate: settings.fqRateBitsPerSecond,
    interval: intervalSeconds,
    gso: settings.gso ? 1 : 0,
    gro: settings.gro ? 1 : 0,
  };
}
