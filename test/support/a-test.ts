import { defaultSettings, type TestSettings } from '../../lib/configuration/settings.js';
import type { TcpSnapshot } from '../../lib/platform/native.js';
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
import { address, someFacts, totals } from './replay-json.js';

/** Events of an invented test, for what no capture shows: one second, one mebibyte a stream. */
export class ATest {
  readonly role: 'client' | 'server';
  readonly settings: TestSettings;
  readonly streams: StreamIdentity[];
  intervalSeconds = 1;

  constructor(role: 'client' | 'server', settings: Partial<TestSettings> = {}) {
    this.role = role;
    this.settings = { ...defaultSettings(), durationSeconds: 1, lengthBytes: 1024, ...settings };
    const { parallel, direction } = this.settings;
    const reverse = [
      ...(direction === 'reverse' ? [] : Array.from({ length: parallel }, () => false)),
      ...(direction === 'forward' ? [] : Array.from({ length: parallel }, () => true)),
    ];
    this.streams = reverse.map((fromServer, index) => ({
      id: index === 0 ? 1 : index + 2,
      socket: 5 + 2 * index,
      sender: (role === 'client') !== fromServer,
      local: address('198.18.0.2', 40_000 + index),
      remote: address('198.18.0.3', 5201),
    }));
  }

  connect(): ConnectEvent {
    return {
      type: 'connect',
      role: this.role,
      peer: { host: '198.18.0.3', port: 5201 },
      cookie: 'abcdefghijklmnopqrstuvwxyz234567abcd',
      timestampMs: Date.UTC(2026, 10, 21, 0, 53, 10, 123),
      systemInfo: 'Linux host 6.18.0 #1 SMP x86_64',
      controlMssBytes: this.role === 'client' ? 1448 : 0,
      settings: this.settings,
    };
  }

  start(): StartEvent {
    return {
      type: 'start',
      role: this.role,
      settings: this.settings,
      intervalSeconds: this.intervalSeconds,
      streams: this.streams,
      socketBufferBytes: 0,
      sendBufferActualBytes: 16_384,
      receiveBufferActualBytes: 131_072,
      connect: this.connect(),
    };
  }

  interval(change: Partial<StreamInterval> = {}, omitted = false): IntervalRecord {
    const streams = this.streams.map((stream) => ({ ...this.streamInterval(stream), ...change }));
    return {
      type: 'interval',
      startSeconds: 0,
      endSeconds: 1,
      omitted,
      streams,
      cores: [],
      cpuPercent: 0,
      carriers: [],
    };
  }

  streamInterval(stream: StreamIdentity): StreamInterval {
    return {
      stream,
      startSeconds: 0,
      endSeconds: 1,
      bytes: 1_048_576,
      datagrams: 1024,
      lost: 0,
      outOfOrder: 0,
      jitterMs: 0.5,
      retransmits: 0,
      tcp: stream.sender && this.settings.protocol === 'tcp' ? tcpSnapshot() : undefined,
      core: 0,
      migrations: 0,
    };
  }

  streamEnd(stream: StreamIdentity, change: { local?: object; remote?: object } = {}): StreamEnd {
    const tcp = this.settings.protocol === 'tcp';
    const sent = totals({ endSeconds: 1, bytes: 1_048_576, datagrams: 1024, retransmits: tcp ? 0 : -1 });
    const received = totals({ endSeconds: 1, bytes: 1_048_576, datagrams: 1024, jitterMs: 0.5 });
    const [local, remote] = stream.sender ? [sent, received] : [received, sent];
    return {
      stream,
      local: { ...local, ...change.local },
      remote: this.role === 'server' ? undefined : { ...remote, ...change.remote },
      tcp: undefined,
    };
  }

  end(change: Partial<EndRecord> = {}): EndRecord {
    return {
      type: 'end',
      role: this.role,
      settings: this.settings,
      streams: this.streams.map((stream) => this.streamEnd(stream)),
      cpu: {
        local: { total: 1.26, user: 1.01, system: 0.25 },
        remote: this.role === 'server' ? undefined : { total: 3, user: 1, system: 2 },
      },
      congestion: { local: 'cubic', remote: this.role === 'server' ? undefined : 'reno' },
      facts: someFacts(),
      incomplete: false,
      ...change,
    };
  }

  /** Up to the start of traffic. */
  beginning(): SessionEvent[] {
    return [
      ...(this.role === 'server'
        ? [{ type: 'listening', port: 5201, testNumber: 1 } satisfies SessionEvent]
        : [{ type: 'control-connected', mssBytes: 1448 } satisfies SessionEvent]),
      this.connect(),
      ...this.streams.map((stream): SessionEvent => ({ type: 'stream-connected', stream })),
      this.start(),
    ];
  }

  all(end: Partial<EndRecord> = {}): SessionEvent[] {
    return [...this.beginning(), this.interval(), this.end(end), { type: 'done' }];
  }
}

function tcpSnapshot(): TcpSnapshot {
  return {
    retransmits: 0,
    congestionWindowBytes: 1_048_576,
    sendWindowBytes: 65_536,
    rttMicroseconds: 20,
    rttVarianceMicroseconds: 5,
    pathMtuBytes: 1500,
    reorderSeen: 0,
    dsackDuplicates: 0,
    busySeconds: 0,
    receiveWindowLimitedSeconds: 0,
    sendBufferLimitedSeconds: 0,
  };
}
