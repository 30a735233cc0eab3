import type { TestSettings } from '../configuration/settings.js';
import type { ConnectEvent, SessionEvent, StartEvent, StreamIdentity } from '../traffic/events.js';

/** What stands in a text report before the first row. One string a line. */

type ListeningEvent = Extract<SessionEvent, { type: 'listening' }>;

const DASHES = '-'.repeat(59);

export function listeningLines({ port, testNumber, maxClients = 1 }: ListeningEvent): string[] {
  const next = maxClients === 1 ? `test #${testNumber}` : `up to ${maxClients} tests at once`;
  return [DASHES, `Server listening on ${port} (${next})`, DASHES];
}

/** -V on a client. `keepalive` is idle/interval/count in seconds, where --cntl-ka was given. */
export function controlConnectionLines(mssBytes: number, keepalive: string | undefined): string[] {
  const lines = [`Control connection MSS ${mssBytes}`];
  if (keepalive !== undefined) {
    lines.push(`Control connection TCP Keepalive TCP_KEEPIDLE/TCP_KEEPINTVL/TCP_KEEPCNT are set to ${keepalive}`);
  }
  return lines;
}

export function connectLines(event: ConnectEvent, verbose: boolean): string[] {
  const { role, peer, cookie, timestampMs, controlMssBytes, settings } = event;
  const lines: string[] = [];
  if (verbose) lines.push(`Time: ${new Date(timestampMs).toUTCString()}`);
  if (role === 'client') {
    lines.push(`Connecting to host ${peer.host}, port ${peer.port}`);
    if (settings.direction === 'reverse') lines.push(`Reverse mode, remote host ${peer.host} is sending`);
  } else {
    lines.push(`Accepted connection from ${peer.host}, port ${peer.port}`);
  }
  if (verbose) {
    lines.push(`      Cookie: ${cookie}`);
    if (settings.protocol === 'tcp') lines.push(`      TCP MSS: ${segmentSize(settings, controlMssBytes)}`);
    if (settings.rateBitsPerSecond > 0) lines.push(`      Target Bitrate: ${settings.rateBitsPerSecond}`);
  }
  return lines;
}

function segmentSize({ mssBytes }: TestSettings, controlMssBytes: number): string {
  return mssBytes > 0 ? `${mssBytes}` : `${controlMssBytes} (default)`;
}

export function streamLine({ socket, local, remote }: StreamIdentity): string {
  const id = `${socket}`.padStart(3);
  return `[${id}] local ${local.host} port ${local.port} connected to ${remote.host} port ${remote.port}`;
}

/** -V */
export function startingLine({ settings }: StartEvent): string {
  const { protocol, parallel, lengthBytes, omitSeconds, tos } = settings;
  return (
    `Starting Test: protocol: ${protocol.toUpperCase()}, ${parallel} streams, ${lengthBytes} byte blocks, ` +
    `omitting ${omitSeconds} seconds, ${endCondition(settings)}, tos ${tos}`
  );
}

function endCondition({ bytes, blocks, durationSeconds }: TestSettings): string {
  if (bytes > 0) return `${bytes} bytes to send`;
  if (blocks > 0) return `${blocks} blocks to send`;
  return `${durationSeconds} second test`;
}
