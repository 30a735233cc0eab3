import type { ClientConfiguration } from '../configuration/configuration.js';
import type { TestSettings } from '../configuration/settings.js';
import { iperf3Error } from '../iperf3-errors.js';
import { loadNative } from '../platform/load-native.js';
import type { NativeSocket, SocketOptions } from '../platform/native.js';
import { isUdpHelloReply, udpHello } from '../protocol/udp-hello.js';
import type { StreamIdentity } from './events.js';
import type { NetworkNamespace } from './namespace.js';
import type { ResolvedHost } from './resolve-host.js';
import { socketError } from './socket-errors.js';
import { checkBuffers, dataOptions, dataProtocol } from './socket-options.js';
import { displaySocket, streamId } from './stream-numbers.js';
import { pairOfStream, type StreamPair } from './stream-pairs.js';
import { waitFor } from './wait-for.js';

/** A data stream with its socket, on either side. */
export interface DataStream {
  identity: StreamIdentity;
  socket: NativeSocket;
}

/** How long one data connection may take. iperf3 3.21 has no bound here at all. */
const CONNECT_TIMEOUT_MS = 15_000;

/** iperf3 greets once and waits for 30 s: one lost datagram fails the test. Five greetings are tried here. */
const HELLO_TIMEOUT_MS = 15_000;

/**
 * When to greet again. Late on purpose: an iperf3 server that got the first greeting and is merely slow would take a
 * second one for the start of the traffic.
 */
const HELLO_REPEAT_MS = 3_000;
/** How often a stream that waits for its answer looks whether the server has taken it without one. */
const HELLO_GLANCE_MS = 250;

export interface ClientStreamsContext {
  configuration: ClientConfiguration;
  settings: TestSettings;
  cookie: string;
  /** Where the control connection went: data goes to the same address. */
  server: ResolvedHost;
  /** Address that -B stands for. */
  bindHost: string | undefined;
  namespace: NetworkNamespace | undefined;
  streamPairs: readonly StreamPair[];
  /** Aborting closes what is open: the test is not to be any more. */
  cancelled: AbortSignal;
  /** The server has all its streams: an answer that has not come by then was lost on the way. */
  serverHasStarted(): boolean;
  onStream(stream: DataStream): void;
}

/**
 * Connects the streams one after another, in the order in which the server will count them: with two directions
 * first those that this side sends on. On failure those already open are closed.
 * @throws VnetperfError, or what `cancelled` was aborted with
 */
export async function connectStreams(context: ClientStreamsContext): Promise<DataStream[]> {
  const { settings } = context;
  const count = settings.direction === 'bidirectional' ? 2 * settings.parallel : settings.parallel;
  const streams: DataStream[] = [];
  let pending: NativeSocket | undefined;
  const cancel = () => pending?.close();
  context.cancelled.addEventListener('abort', cancel, { once: true });
  try {
    for (let index = 0; index < count; index++) {
      context.cancelled.throwIfAborted();
      const sender =
        settings.direction === 'bidirectional' ? index < settings.parallel : settings.direction === 'forward';
      const own = ofStream(context, index);
      const socket = openDataSocket(own, index);
      pending = socket;
      if (settings.protocol === 'udp') await greet(socket, own);
      else await join(socket, own);
      const stream = dataStream(socket, settings, index, sender);
      streams.push(stream);
      pending = undefined;
      context.onStream(stream);
    }
    return streams;
  } catch (error) {
    pending?.close();
    for (const { socket } of streams) socket.close();
    context.cancelled.throwIfAborted();
    throw socketError(error, 203, { peer: peerName(context) });
  } finally {
    context.cancelled.removeEventListener('abort', cancel);
  }
}

/** The same with the ends of the stream in this place. */
function ofStream(context: ClientStreamsContext, index: number): ClientStreamsContext {
  const pair = pairOfStream(context.streamPairs, index, context.settings.parallel);
  if (pair === undefined) return context;
  return { ...context, namespace: pair.client, server: { ...context.server, host: pair.serverHost } };
}

function dataStream(socket: NativeSocket, settings: TestSettings, index: number, sender: boolean): DataStream {
  const identity: StreamIdentity = {
    id: streamId(index),
    socket: displaySocket('client', settings.protocol, index),
    sender,
    local: socket.localAddress(),
    remote: socket.remoteAddress(),
  };
  return { identity, socket };
}

function peerName({ server, configuration }: ClientStreamsContext): string {
  return `${server.host} port ${configuration.port}`;
}

function openDataSocket(context: ClientStreamsContext, index: number): NativeSocket {
  const { configuration, settings, server, bindHost, namespace } = context;
  const port = configuration.clientPort === undefined ? 0 : configuration.clientPort + index;
  const options: SocketOptions = dataOptions(settings, configuration, server.family);
  if (settings.flowLabel > 0) {
    if (server.family === 4) throw iperf3Error(127, { remedy: 'A flow label exists only in IPv6: add -6.' });
    options.flowLabel = settings.flowLabel;
  }
  if (settings.protocol === 'sctp' && configuration.sctpStreams !== undefined) {
    options.sctpStreams = configuration.sctpStreams;
  }
  // A test repeated with the same --cport would meet its own connections in TIME_WAIT. UDP has no such thing: two clients
  // would have one port, and each other's datagrams.
  if (port > 0 && settings.protocol !== 'udp') options.reuseAddress = true;
  try {
    const socket = loadNative().openSocket({
      protocol: dataProtocol(settings),
      family: server.family,
      namespace: namespace?.fd,
      bindDevice: configuration.bindDevice,
      ...(bindHost === undefined && port === 0 ? {} : { bind: { host: bindHost, port } }),
      connect: { host: server.host, port: configuration.port },
      options,
    });
    return socket;
  } catch (error) {
    const protocol = dataProtocol(settings);
    const peer = peerName(context);
    throw socketError(error, 203, { where: `${protocol} data stream to ${peer}`, peer, protocol });
  }
}

async function join(socket: NativeSocket, context: ClientStreamsContext): Promise<void> {
  const { cookie, settings } = context;
  const peer = peerName(context);
  const where = `data stream to ${peer}`;
  try {
    if (!(await waitFor(socket, 'writable', CONNECT_TIMEOUT_MS))) {
      throw iperf3Error(203, {
        context: `no answer in ${CONNECT_TIMEOUT_MS / 1000} s, ${where}`,
        remedy: 'The control connection got through, this one did not: a firewall may limit connections to that port.',
      });
    }
    socket.finishConnect();
    checkBuffers(socket, settings);
    // 37 bytes always fit into the send buffer of a fresh connection.
    socket.write(Buffer.from(`${cookie}\0`, 'latin1'));
  } catch (error) {
    throw failure(error, context, 203, where);
  }
}

/**
 * UDP: says hello until the server answers. In reverse mode the first data may overtake the answer; a datagram that
 * is no answer is an answer too, and stays in the socket to be counted.
 */
async function greet(socket: NativeSocket, context: ClientStreamsContext): Promise<void> {
  const where = `UDP stream to ${peerName(context)}`;
  const deadline = performance.now() + HELLO_TIMEOUT_MS;
  try {
    socket.finishConnect();
    checkBuffers(socket, context.settings);
    for (let greetAgainAt = 0; performance.now() < deadline; ) {
      if (performance.now() >= greetAgainAt) {
        socket.write(udpHello());
        greetAgainAt = performance.now() + HELLO_REPEAT_MS;
      }
      if (await waitFor(socket, 'readable', HELLO_GLANCE_MS)) {
        const first = socket.read(16, true);
        if (first === null) continue;
        if (isUdpHelloReply(first)) socket.read(16);
        return;
      }
      if (context.serverHasStarted()) return;
    }
  } catch (error) {
    throw failure(error, context, 206, where);
  }
  throw iperf3Error(206, {
    context: `no answer on the ${where} in ${HELLO_TIMEOUT_MS / 1000} s`,
    remedy: 'TCP got through, UDP did not: open the same port for UDP as well (in Docker: -p PORT:PORT/udp).',
  });
}

/** A socket that was closed under a wait because of the cancellation is not what went wrong. */
function failure(error: unknown, context: ClientStreamsContext, iperf3Number: number, where: string): unknown {
  if (context.cancelled.aborted) return context.cancelled.reason;
  return socketError(error, iperf3Number, { where, peer: peerName(context) });
}
