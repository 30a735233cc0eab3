import { defaultSettings, type TestSettings } from '../../lib/configuration/settings.js';
import type {
  ConnectEvent,
  EndRecord,
  IntervalRecord,
  SessionEvent,
  StartEvent,
  StreamEnd,
  StreamIdentity,
  StreamInterval,
} from '../../lib/traffic/events.js';
import { captureRole } from './captures.js';
import { address, someFacts, totals } from './replay-json.js';

/** The events that a session would have told, had it measured what this text report of iperf3's says. */
export function eventsFromText(name: string, text: string): SessionEvent[] {
  const role = captureRole(name);
  const [own = '', serverOutput] = text.split('\nServer output:\n');
  const lines = own.split('\n');
  const identities = streamIdentities(name, lines);
  const settings = settingsOf(name, lines, identities);
  const connect = connectEvent(role, settings, lines);
  const { intervals, summary } = rows(lines, settings.protocol === 'udp' ? settings.lengthBytes : 0);
  const start: StartEvent = {
    type: 'start',
    role,
    settings,
    intervalSeconds: 1,
    streams: identities,
    socketBufferBytes: 0,
    sendBufferActualBytes: 0,
    receiveBufferActualBytes: 0,
    connect,
  };
  const [, port, testNumber] = /^Server listening on (\d+) \(test #(\d+)\)$/m.exec(own) ?? [];
  const mss = /^Control connection MSS (\d+)$/m.exec(own)?.[1];
  return [
    ...(role === 'server'
      ? [{ type: 'listening', port: Number(port), testNumber: Number(testNumber) } satisfies SessionEvent]
      : [{ type: 'control-connected', mssBytes: Number(mss ?? 0) } satisfies SessionEvent]),
    connect,
    ...identities.map((stream): SessionEvent => ({ type: 'stream-connected', stream })),
    start,
    ...intervalRecords(intervals, identities),
    endRecord(start, summary, identities, own, serverOutput?.replace(/\n\niperf Done\.\n$/, '')),
    { type: 'done' },
  ];
}

/** What the name of a capture says of the options it was made with. */
function directionOf(name: string): TestSettings['direction'] {
  if (name.includes('bidir')) return 'bidirectional';
  return name.includes('reverse') ? 'reverse' : 'forward';
}

function streamIdentities(name: string, lines: string[]): StreamIdentity[] {
  const found = lines.flatMap((line) => {
    const match = /^\[ *(\d+)\] local (\S+) port (\d+) connected to (\S+) port (\d+)$/.exec(line);
    return match === null ? [] : [match];
  });
  return found.map(([, socket, localHost, localPort, remoteHost, remotePort], index) => {
    const reverse = directionOf(name) === 'bidirectional' ? index >= found.length / 2 : directionOf(name) === 'reverse';
    return {
      id: index === 0 ? 1 : index + 2,
      socket: Number(socket),
      sender: (captureRole(name) === 'client') !== reverse,
      local: address(localHost as string, Number(localPort)),
      remote: address(remoteHost as string, Number(remotePort)),
    };
  });
}

function settingsOf(name: string, lines: string[], streams: StreamIdentity[]): TestSettings {
  const direction = directionOf(name);
  const text = lines.join('\n');
  return {
    ...defaultSettings(),
    protocol: name.startsWith('udp') ? 'udp' : 'tcp',
    direction,
    parallel: direction === 'bidirectional' ? streams.length / 2 : streams.length,
    durationSeconds: Number(/(\d+) second test/.exec(text)?.[1] ?? 2),
    rateBitsPerSecond: Number(/Target Bitrate: (\d+)/.exec(text)?.[1] ?? 0),
    lengthBytes: Number(/(\d+) byte blocks/.exec(text)?.[1] ?? 1400),
  };
}

function connectEvent(role: 'client' | 'server', settings: TestSettings, lines: string[]): ConnectEvent {
  const text = lines.join('\n');
  const [, host, port] = /^(?:Connecting to host|Accepted connection from) (.*?), port (\d+)$/m.exec(text) ?? [];
  return {
    type: 'connect',
    role,
    peer: { host: host as string, port: Number(port) },
    cookie: /Cookie: (\w+)/.exec(text)?.[1] ?? '',
    timestampMs: Date.parse(/^Time: (.*)$/m.exec(text)?.[1] ?? 'Sat, 21 Nov 2026 00:53:44 GMT'),
    systemInfo: '',
    controlMssBytes: Number(/TCP MSS: (\d+)/.exec(text)?.[1] ?? 0),
    settings,
  };
}

interface Row {
  socket: number;
  start: number;
  end: number;
  bytes: number;
  /** How long it must have taken for this rate: the printed times have too few digits for short intervals. */
  seconds: number;
  /** What stands behind the rate. */
  rest: string;
}

const ROW =
  /^\[ *(\d+|SUM)\](?:\[[RT]X-[CS]\])? +([\d.]+)-([\d.]+) +sec +([\d.]+) (K|M|G|)Bytes +([\d.]+) (K|M|G|)bits\/sec(.*)$/;
const POWERS = ['', 'K', 'M', 'G'];

function rows(lines: string[], datagramBytes: number): { intervals: Row[]; summary: Row[] } {
  const parsed = lines.flatMap((line): Row[] => {
    const match = ROW.exec(line);
    if (match === null || match[1] === 'SUM') return [];
    const [, socket, start, end, amount, amountPrefix, rate, ratePrefix, rest] = match as unknown as string[];
    // The count of datagrams is exact where the amount has three digits.
    const datagrams = /^ +(?:[\d.]+ ms +\d+\/)?(\d+) /.exec(rest as string)?.[1];
    const rounded = Number(amount) * 1024 ** POWERS.indexOf(amountPrefix as string);
    const bytes = datagramBytes === 0 ? rounded : Number(datagrams) * datagramBytes;
    const bytesPerSecond = (Number(rate) * 1000 ** POWERS.indexOf(ratePrefix as string)) / 8;
    return [
      {
        socket: Number(socket),
        start: Number(start),
        end: Number(end),
        bytes,
        seconds: bytesPerSecond > 0 ? bytes / bytesPerSecond : 0,
        rest: rest as string,
      },
    ];
  });
  const isSummary = ({ rest }: Row) => /(sender|receiver)$/.test(rest);
  return { intervals: parsed.filter((row) => !isSummary(row)), summary: parsed.filter(isSummary) };
}

function intervalRecords(all: Row[], identities: StreamIdentity[]): IntervalRecord[] {
  const records: IntervalRecord[] = [];
  for (let at = 0; at < all.length; at += identities.length) {
    // All rows of an interval are of one time, which each tells with its own rounding, and one without bytes not at all.
    const told = all.slice(at, at + identities.length).filter(({ bytes }) => bytes > 0);
    const seconds = told.reduce((sum, row) => sum + row.seconds, 0) / told.length;
    const streams = identities.map((stream, index) => streamInterval(stream, { ...(all[at + index] as Row), seconds }));
    const first = streams[0] as StreamInterval;
    records.push({
      type: 'interval',
      startSeconds: first.startSeconds,
      endSeconds: first.endSeconds,
      omitted: (all[at] as Row).rest.endsWith('(omitted)'),
      streams,
      cores: [],
      cpuPercent: 0,
      carriers: [],
    });
  }
  return records;
}

function streamInterval(stream: StreamIdentity, row: Row): StreamInterval {
  if (row.socket !== stream.socket) throw new Error(`a row of stream ${row.socket} where ${stream.socket} should be`);
  const [, retransmits, window, prefix] = /^ +(\d+) +([\d.]+) (K|M|G|)Bytes/.exec(row.rest) ?? [];
  const [, jitter, lost, total] = /^ +([\d.]+) ms +(\d+)\/(\d+) /.exec(row.rest) ?? [];
  const [, sent] = /^ +(\d+) {2}/.exec(row.rest) ?? [];
  return {
    stream,
    startSeconds: Math.max(0, row.end - row.seconds),
    endSeconds: Math.max(row.end, row.seconds),
    bytes: row.bytes,
    datagrams: Number(total ?? sent ?? 0),
    lost: Number(lost ?? 0),
    outOfOrder: 0,
    jitterMs: Number(jitter ?? 0),
    retransmits: Number(retransmits ?? 0),
    tcp:
      window === undefined
        ? undefined
        : {
            retransmits: Number(retransmits),
            congestionWindowBytes: Number(window) * 1024 ** POWERS.indexOf(prefix as string),
            sendWindowBytes: 0,
            rttMicroseconds: 0,
            rttVarianceMicroseconds: 0,
            pathMtuBytes: 0,
            reorderSeen: 0,
            dsackDuplicates: 0,
            busySeconds: 0,
            receiveWindowLimitedSeconds: 0,
            sendBufferLimitedSeconds: 0,
          },
    core: 0,
    migrations: 0,
  };
}

function endRecord(
  { role, settings }: StartEvent,
  summary: Row[],
  identities: StreamIdentity[],
  text: string,
  serverOutput: string | undefined,
): EndRecord {
  const congestion = (end: 'snd' | 'rcv') => new RegExp(`^${end}_tcp_congestion (\\w+)$`, 'm').exec(text)?.[1];
  const [local, remote] = text.match(/[\d.]+% \([\d.]+%u\/[\d.]+%s\)/g)?.map(cpuPercent) ?? [];
  return {
    type: 'end',
    role,
    settings,
    streams: identities.map((stream) => streamEnd(stream, summary)),
    cpu: { local: local ?? { total: 0, user: 0, system: 0 }, remote },
    congestion: { local: congestion('snd'), remote: congestion('rcv') },
    ...(serverOutput === undefined ? {} : { serverOutput: { text: serverOutput } }),
    facts: someFacts(),
    incomplete: false,
  };
}

function cpuPercent(text: string): { total: number; user: number; system: number } {
  const [total = 0, user = 0, system = 0] = text.match(/[\d.]+/g)?.map(Number) ?? [];
  return { total, user, system };
}

function streamEnd(stream: StreamIdentity, summary: Row[]): StreamEnd {
  const half = (name: 'sender' | 'receiver') => {
    const rows = summary.filter(({ rest }) => rest.endsWith(name));
    const row = rows.find(({ socket }) => socket === stream.socket);
    if (row === undefined) return undefined;
    // All streams end together; the rates say when, each with its own rounding.
    const endSeconds = rows.reduce((sum, { seconds }) => sum + seconds, 0) / rows.length;
    const [, retransmits] = /^ +(\d+) +sender$/.exec(row.rest) ?? [];
    const [, jitter, lost, datagrams] = /^ +([\d.]+) ms +(\d+)\/(\d+) /.exec(row.rest) ?? [];
    return totals({
      endSeconds,
      bytes: row.bytes,
      retransmits: Number(retransmits ?? -1),
      jitterMs: Number(jitter ?? 0),
      lost: Number(lost ?? 0),
      datagrams: Number(datagrams ?? 0),
    });
  };
  const [own, peer] = stream.sender ? [half('sender'), half('receiver')] : [half('receiver'), half('sender')];
  if (own === undefined) throw new Error(`no summary of stream ${stream.socket}`);
  return { stream, local: own, remote: peer, tcp: undefined };
}
