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
import { waitFor } from './wait-for.js';

/** A data stream with its socket, on either side. */
export interface DataStream {
  identity: StreamIdentity;
  socket: NativeSocket;
}

/** How long one data connection may take. iperf3 3.21 has no bound here at all. */
const CONNECT_TIMEOUT_MS = 20_000;

/** iperf3 gives a UDP stream 30 s to be greeted, and greets once: one lost datagram fails the test. */
const HELLO_TIMEOUT_MS = 30_000;

/**
 * When to greet again. Late on purpose: an iperf3 server that got the first greeting and is merely slow would take a
 * second one for the start of the traffic.
 */
const HELLO_REPEAT_MS = 3_000;

export interface ClientStreamsContext {
  configuration: ClientConfiguration;
  settings: TestSettings;
  cookie: string;
  /** Where the control connection went: data goes to the same address. */
  server: ResolvedHost;
  /** Address that -B stands for. */
  bindHost: string | undefined;
  namespace: NetworkNamespace | undefined;
  onStream(stream: DataStream): void;
}

/**
 * Connects the streams one after another, in the order in which the server will count them: with two directions
 * first those that this side sends on. On failure those already open are closed.
 * @throws VnetperfError
 */
export async function connectStreams(context: ClientStreamsContext): Promise<DataStream[]> {
  const { settings } = context;
  const count = settings.direction === 'bidirectional' ? 2 * settings.parallel : settings.parallel;
  const streams: DataStream[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const sender =
        settings.direction === 'bidirectional' ? index < settings.parallel : settings.direction === 'forward';
      const socket = openDataSocket(context, index);
      try {
        if (settings.protocol === 'udp') await greet(socket, context);
        else await join(socket, context);
      } catch (error) {
        socket.close();
        throw error;
      }
      const identity: StreamIdentity = {
        id: streamId(index),
        socket: displaySocket('client', settings.protocol, index),
        sender,
        local: socket.localAddress(),
        remote: socket.remoteAddress(),
      };
      streams.push({ identity, socket });
      context.onStream({ identity, socket });
    }
  } catch (error) {
    for (const { socket } of streams) socket.close();
    throw error;
  }
  return streams;
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
  // A test repeated with the same --cport would meet its own connections in TIME_WAIT.
  if (port > 0) options.reuseAddress = true;
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
    throw socketError(error, 203, `${dataProtocol(settings)} data stream to ${server.host} port ${configuration.port}`);
  }
}

async function join(
  socket: NativeSocket,
  { cookie, settings, server, configuration }: ClientStreamsContext,
): Promise<void> {
  const where = `data stream to ${server.host} port ${configuration.port}`;
  try {
    const ready = await waitFor(socket, 'writable', CONNECT_TIMEOUT_MS);
    if (!ready) throw iperf3Error(203, { context: `no answer in ${CONNECT_TIMEOUT_MS / 1000} s, ${where}` });
    socket.finishConnect();
    checkBuffers(socket, settings);
    // 37 bytes always fit into the send buffer of a fresh connection.
    socket.write(Buffer.from(`${cookie}\0`, 'latin1'));
  } catch (error) {
    throw socketError(error, 203, where);
  }
}

/**
 * UDP: says hello until the server answers. In reverse mode the first data may overtake the answer; a datagram that
 * is no answer is an answer too, and stays in the socket to be counted.
 */
async function greet(socket: NativeSocket, context: ClientStreamsContext): Promise<void> {
  const { configuration, settings, server } = context;
  const where = `UDP stream to ${server.host} port ${configuration.port}`;
  const deadline = performance.now() + HELLO_TIMEOUT_MS;
  try {
    socket.finishConnect();
    checkBuffers(socket, settings);
    for (;;) {
      socket.write(udpHello());
      const left = deadline - performance.now();
      const readable = left > 0 && (await waitFor(socket, 'readable', Math.min(left, HELLO_REPEAT_MS)));
      if (readable) {
        const first = socket.read(16, true);
        if (first === null) continue;
        if (isUdpHelloReply(first)) socket.read(16);
        return;
      }
      if (performance.now() >= deadline) {
        throw iperf3Error(206, {
          context: `no answer on the ${where} in ${HELLO_TIMEOUT_MS / 1000} s`,
          remedy: 'TCP got through, UDP did not: open the same port for UDP as well (in Docker: -p PORT:PORT/udp).',
        });
      }
    }
  } catch (error) {
    throw socketError(error, 206, where);
  }
}
