import type { ServerConfiguration } from '../configuration/configuration.js';
import type { TestSettings } from '../configuration/settings.js';
import { iperf3Error } from '../iperf3-errors.js';
import { loadNative } from '../platform/load-native.js';
import type { NativeSocket, SocketAddress, SocketOptions } from '../platform/native.js';
import { describeBytes } from '../protocol/received-bytes.js';
import { udpHelloReply } from '../protocol/udp-hello.js';
import type { DataStream } from './client-streams.js';
import type { NetworkNamespace } from './namespace.js';
import type { ServerListener } from './server-listener.js';
import type { SetUpKind } from './set-up-turns.js';
import { socketError } from './socket-errors.js';
import { checkBuffers, dataOptions, dataProtocol } from './socket-options.js';
import { displaySocket, streamId } from './stream-numbers.js';
import { pairOfStream, type StreamPair } from './stream-pairs.js';
import { Greetings, HELLO_BYTES } from './udp-greetings.js';

/** How long the next stream may take to arrive. A client opens one after another without a pause. */
export const STREAM_TIMEOUT_MS = 12_000;
/**
 * The same of UDP where others wait for their turn: long enough for a greeting that is lost twice and repeated each 3 s.
 * A client of ours waits 10 s to be asked for its streams.
 */
const UDP_STREAM_TIMEOUT_AMONG_OTHERS_MS = 7_000;

/** What each stream adds to the time in which all of them have to stand. */
const EACH_STREAM_MS = 1_000;
/** The same where somebody waits for it: a stream takes a round trip, which is shorter than this nearly everywhere. */
const EACH_AWAITED_STREAM_MS = 100;

/** How long a test waits for others to open their streams. A client of ours waits 10 s to be asked for its own. */
export const TURN_TIMEOUT_MS = 8_000;

/** A data connection that has shown its test's cookie. */
export interface ArrivedStream {
  socket: NativeSocket;
  listener: ServerListener;
  /** Rises with the order of acceptance, by which alone the streams of a listener are told apart. */
  order: number;
}

export interface ServerStreamsContext {
  configuration: ServerConfiguration;
  settings: TestSettings;
  /** In every namespace that data streams arrive in. */
  listeners: readonly ServerListener[];
  /** The ends of the control connection. */
  controlLocal: SocketAddress;
  controlRemote: SocketAddress;
  namespace: NetworkNamespace | undefined;
  streamPairs: readonly StreamPair[];
  /** On performance.now(): all streams stand by then. */
  deadline: number;
  warn(message: string): void;
}

/** How long all streams of such a test may take. */
export function setUpTimeoutMs(settings: TestSettings): number {
  return STREAM_TIMEOUT_MS + expectedStreams(settings) * EACH_STREAM_MS;
}

/** How long all streams of such a test may take where another test has to wait for them. */
export function awaitedSetUpTimeoutMs(settings: TestSettings): number {
  return TURN_TIMEOUT_MS + expectedStreams(settings) * EACH_AWAITED_STREAM_MS;
}

/** What such a test needs to itself while its streams are opened. */
export function setUpKind(context: ServerStreamsContext): SetUpKind {
  if (context.settings.protocol === 'udp') return 'udp';
  return congestionOfListener(context) || needsOwnListener(context) ? 'tcp-alone' : 'tcp';
}

/**
 * Whether accepted sockets have to inherit the congestion control that was asked for. An accepted socket can be given it
 * as well, before any data, unless it was born under one that paces: then the kernel goes on pacing it.
 */
function congestionOfListener({ settings, configuration, listeners }: ServerStreamsContext): boolean {
  if (settings.congestion === undefined) return false;
  if (configuration.maxClients === 1) return true;
  return listeners.some(({ congestion }) => congestion === undefined || congestion.startsWith('bbr'));
}

/**
 * Buffers and segment size take part in the handshake, so a listening socket has them first. Not where others may be
 * connecting to it: closing it would reset them, and what an accepted socket gets differs by the first window alone.
 */
function needsOwnListener({ settings, configuration, listeners }: ServerStreamsContext): boolean {
  const protocol = dataProtocol(settings);
  if (protocol === 'mptcp' && !listeners.every(({ takesMptcp }) => takesMptcp)) return true;
  if (protocol === 'sctp') return true;
  return configuration.maxClients === 1 && (settings.mssBytes > 0 || settings.windowBytes > 0);
}

/** Streams expected of a client with these settings. */
export function expectedStreams(settings: TestSettings): number {
  return settings.direction === 'bidirectional' ? 2 * settings.parallel : settings.parallel;
}

/** Whether the server sends on the stream that arrives in this place: with two directions the client's come first. */
function sends(settings: TestSettings, index: number): boolean {
  return settings.direction === 'bidirectional' ? index >= settings.parallel : settings.direction === 'reverse';
}

export function dataStream(socket: NativeSocket, settings: TestSettings, index: number): DataStream {
  return {
    socket,
    identity: {
      id: streamId(index),
      socket: displaySocket('server', settings.protocol, index),
      sender: sends(settings, index),
      local: socket.localAddress(),
      remote: socket.remoteAddress(),
    },
  };
}

/**
 * Prepares the listeners for the data connections of this test.
 * @throws VnetperfError when it cannot be had.
 */
export function prepareListeners(context: ServerStreamsContext): void {
  const { configuration, settings, listeners } = context;
  const protocol = dataProtocol(settings);
  if (protocol === 'udp') return;
  const { mssBytes, sendBufferBytes, receiveBufferBytes, congestion } = dataOptions(settings, configuration, 6);
  if (needsOwnListener(context)) {
    for (const listener of listeners) listener.reopen(protocol, { mssBytes, sendBufferBytes, receiveBufferBytes });
  }
  if (congestion === undefined || !congestionOfListener(context)) return;
  useCongestion(context, congestion, () => {
    for (const listener of listeners) listener.useCongestion(congestion);
  });
}

function useCongestion({ warn }: ServerStreamsContext, congestion: string, use: () => void): void {
  try {
    use();
  } catch {
    // The client's kernel has it or the client would not ask; iperf3's server too goes on with what it has.
    warn(
      `TCP congestion control ${describeBytes(Buffer.from(congestion))} is not to be had on this host; it stays as it is`,
    );
  }
}

/**
 * The sockets in the order in which the client counts its streams. It connects them one after another, so those of one
 * listener come in that order; between two listeners nothing is known, but both sides deal the streams alike.
 */
export function inOrder(
  arrived: readonly ArrivedStream[],
  { settings, streamPairs }: ServerStreamsContext,
): NativeSocket[] {
  // A cookie delayed by loss may have been read after that of a stream accepted later.
  const waiting = arrived.toSorted((one, other) => one.order - other.order);
  return arrived.map((_, index) => {
    const pair = pairOfStream(streamPairs, index, settings.parallel);
    const place = waiting.findIndex(({ listener }) => pair === undefined || listener.isIn(pair.server));
    const [next] = waiting.splice(place, place < 0 ? 0 : 1);
    if (next === undefined) {
      throw iperf3Error(204, { context: `the stream in place ${index + 1} came where another was expected` });
    }
    return next.socket;
  });
}

/** What accepted data sockets could not inherit from the listener. @throws VnetperfError */
export function configureAccepted(sockets: readonly NativeSocket[], context: ServerStreamsContext): void {
  const { configuration, settings } = context;
  for (const socket of sockets) {
    const { family } = socket.remoteAddress();
    const options: SocketOptions = dataOptions(settings, configuration, family);
    const { congestion: _1, mssBytes, sendBufferBytes, receiveBufferBytes, ...rest } = options;
    socket.setOptions(needsOwnListener(context) ? rest : { ...rest, mssBytes, sendBufferBytes, receiveBufferBytes });
    checkBuffers(socket, settings);
  }
  const { congestion } = dataOptions(settings, configuration, 6);
  if (congestion === undefined || congestionOfListener(context)) return;
  useCongestion(context, congestion, () => {
    for (const socket of sockets) socket.setOptions({ congestion });
  });
}

/**
 * UDP: each client stream greets the port once. The socket that took the greeting is connected to its sender and
 * becomes the stream; the next one is bound before the answer goes out, since the client greets again at once.
 * The sockets are bound to the address the client chose for the control connection: with several addresses, an answer
 * from another one would be refused.
 * @param cancelled aborting closes what is open.
 * @throws VnetperfError, or what `cancelled` was aborted with
 */
export async function acceptUdpStreams(
  first: NativeSocket,
  context: ServerStreamsContext,
  cancelled: AbortSignal,
  onStream: (stream: DataStream) => void,
): Promise<DataStream[]> {
  const { settings, configuration, controlRemote, streamPairs } = context;
  const count = expectedStreams(settings);
  const open = new Set([first]);
  const streams: DataStream[] = [];
  const greetings = new Greetings({
    // Between several pairs of ends, streams come from each client's own address.
    host: configuration.maxClients > 1 && streamPairs.length === 0 ? controlRemote.host : undefined,
    timeoutMs: configuration.maxClients > 1 ? UDP_STREAM_TIMEOUT_AMONG_OTHERS_MS : STREAM_TIMEOUT_MS,
    deadline: context.deadline,
  });
  const cancel = () => {
    for (const socket of open) socket.close();
  };
  cancelled.addEventListener('abort', cancel, { once: true });
  try {
    for (let socket = first; ; ) {
      const from = await greetings.next(socket, streams.at(-1)?.socket);
      socket.connectTo(from);
      // What strangers sent before was let in; the client itself sends nothing yet that would be missed.
      while (socket.read(HELLO_BYTES) !== null);
      const stream = dataStream(socket, settings, streams.length);
      checkBuffers(socket, settings);
      const last = streams.push(stream) === count;
      const next = last ? undefined : openUdpSocket(context, streams.length);
      if (next !== undefined) open.add(next);
      socket.write(udpHelloReply());
      onStream(stream);
      if (next === undefined) return streams;
      socket = next;
    }
  } catch (error) {
    cancel();
    cancelled.throwIfAborted();
    throw socketError(error, 204, { where: 'UDP stream' });
  } finally {
    cancelled.removeEventListener('abort', cancel);
  }
}

/** For the stream in this place. */
export function openUdpSocket(context: ServerStreamsContext, index: number): NativeSocket {
  const { configuration, settings, listeners, controlLocal, namespace, streamPairs } = context;
  const pair = pairOfStream(streamPairs, index, settings.parallel);
  const { port } = listeners[0]!;
  try {
    return loadNative().openSocket({
      protocol: 'udp',
      family: controlLocal.family,
      namespace: (pair?.server ?? namespace)?.fd,
      bind: { host: pair?.serverHost ?? controlLocal.host, port },
      bindDevice: configuration.bindDevice,
      options: { ...dataOptions(settings, configuration, controlLocal.family), reuseAddress: true },
    });
  } catch (error) {
    throw socketError(error, 202, { where: `UDP port ${port}` });
  }
}
