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
import { socketError } from './socket-errors.js';
import { checkBuffers, dataOptions, dataProtocol } from './socket-options.js';
import { displaySocket, streamId } from './stream-numbers.js';
import { pairOfStream, type StreamPair } from './stream-pairs.js';
import { waitFor } from './wait-for.js';

/** How long the next stream may take to arrive. A client opens one after another without a pause. */
export const STREAM_TIMEOUT_MS = 12_000;

/** iperf3's hello, of any version. What is longer is left over from another test, or somebody else's. */
const HELLO_BYTES = 4;

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
  /** This side's end of the control connection. */
  controlLocal: SocketAddress;
  namespace: NetworkNamespace | undefined;
  streamPairs: readonly StreamPair[];
  warn(message: string): void;
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
export function prepareListeners({ configuration, settings, listeners, warn }: ServerStreamsContext): void {
  if (settings.protocol === 'udp') return;
  const protocol = dataProtocol(settings);
  const { mssBytes, sendBufferBytes, receiveBufferBytes, congestion } = dataOptions(settings, configuration, 6);
  if (mssBytes !== undefined || receiveBufferBytes !== undefined || protocol !== 'tcp') {
    const listened = protocol === 'udp' ? 'tcp' : protocol;
    for (const listener of listeners) listener.reopen(listened, { mssBytes, sendBufferBytes, receiveBufferBytes });
  }
  if (congestion === undefined) return;
  try {
    for (const listener of listeners) listener.useCongestion(congestion);
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

/** What an accepted data socket could not inherit from the listener. @throws VnetperfError */
export function configureAccepted(socket: NativeSocket, { configuration, settings }: ServerStreamsContext): void {
  const { family } = socket.remoteAddress();
  const options: SocketOptions = dataOptions(settings, configuration, family);
  const { congestion: _1, mssBytes: _2, sendBufferBytes: _3, receiveBufferBytes: _4, ...rest } = options;
  socket.setOptions(rest);
  checkBuffers(socket, settings);
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
  const { settings } = context;
  const count = expectedStreams(settings);
  const open = new Set([first]);
  const streams: DataStream[] = [];
  const cancel = () => {
    for (const socket of open) socket.close();
  };
  cancelled.addEventListener('abort', cancel, { once: true });
  try {
    for (let socket = first; ; ) {
      const from = await firstSender(socket, streams.at(-1)?.socket);
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

/** Who greets the waiting socket. The stream before it may greet again: then our answer was lost. */
async function firstSender(waiting: NativeSocket, previous: NativeSocket | undefined): Promise<SocketAddress> {
  const deadline = performance.now() + STREAM_TIMEOUT_MS;
  for (let left = STREAM_TIMEOUT_MS; left > 0; left = deadline - performance.now()) {
    if (await waitFor(waiting, 'readable', Math.min(left, 500))) {
      const greeting = waiting.receiveFrom(HELLO_BYTES + 1, false);
      if (greeting !== null && greeting.data.length <= HELLO_BYTES) return greeting.from;
    }
    if (previous?.read(HELLO_BYTES, true)?.length === HELLO_BYTES) {
      previous.read(HELLO_BYTES);
      previous.write(udpHelloReply());
    }
  }
  throw iperf3Error(204, {
    context: `no UDP datagram of the client came in ${STREAM_TIMEOUT_MS / 1000} s`,
    remedy: 'TCP got through, UDP did not: open the same port for UDP as well (in Docker: -p PORT:PORT/udp).',
  });
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
