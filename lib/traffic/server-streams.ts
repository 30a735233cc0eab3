import type { ServerConfiguration } from '../configuration/configuration.js';
import type { TestSettings } from '../configuration/settings.js';
import { iperf3Error } from '../iperf3-errors.js';
import { loadNative } from '../platform/load-native.js';
import type { NativeSocket, SocketAddress, SocketOptions } from '../platform/native.js';
import { udpHelloReply } from '../protocol/udp-hello.js';
import type { DataStream } from './client-streams.js';
import type { NetworkNamespace } from './namespace.js';
import type { ServerListener } from './server-listener.js';
import { socketError } from './socket-errors.js';
import { checkBuffers, dataOptions, dataProtocol } from './socket-options.js';
import { displaySocket, streamId } from './stream-numbers.js';
import { waitFor } from './wait-for.js';

/** How long all streams together may take to arrive. An iperf3 client gives each UDP stream 30 s. */
export const STREAMS_TIMEOUT_MS = 35_000;

export interface ServerStreamsContext {
  configuration: ServerConfiguration;
  settings: TestSettings;
  listener: ServerListener;
  /** This side's end of the control connection. */
  controlLocal: SocketAddress;
  namespace: NetworkNamespace | undefined;
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
 * Prepares the listener for the data connections of this test.
 * @throws VnetperfError when it cannot be had.
 */
export function prepareListener({ configuration, settings, listener, warn }: ServerStreamsContext): void {
  if (settings.protocol === 'udp') return;
  const protocol = dataProtocol(settings);
  const { mssBytes, sendBufferBytes, receiveBufferBytes, congestion } = dataOptions(settings, configuration, 6);
  if (mssBytes !== undefined || receiveBufferBytes !== undefined || protocol !== 'tcp') {
    listener.reopen(protocol === 'udp' ? 'tcp' : protocol, { mssBytes, sendBufferBytes, receiveBufferBytes });
  }
  if (congestion === undefined) return;
  try {
    listener.useCongestion(congestion);
  } catch {
    // The client's kernel has it or the client would not ask; iperf3's server too goes on with what it has.
    warn(`TCP congestion control ${congestion} is not to be had on this host; it stays as it is`);
  }
}

/** What an accepted data socket could not inherit from the listener. @throws VnetperfError */
export function configureAccepted(socket: NativeSocket, { configuration, settings }: ServerStreamsContext): void {
  const { family } = socket.remoteAddress();
  const options: SocketOptions = dataOptions(settings, configuration, family);
  const { congestion: _1, mssBytes: _2, sendBufferBytes: _3, receiveBufferBytes: _4, ...rest } = options;
  try {
    socket.setOptions(rest);
  } catch (error) {
    throw socketError(error, 201);
  }
  checkBuffers(socket, settings);
}

/**
 * UDP: each client stream greets the port once. The socket that took the greeting is connected to its sender and
 * becomes the stream; the next one is bound before the answer goes out, since the client greets again at once.
 * The sockets are bound to the address the client chose for the control connection: with several addresses, an answer
 * from another one would be refused.
 * @throws VnetperfError
 */
export async function acceptUdpStreams(
  first: NativeSocket,
  context: ServerStreamsContext,
  onStream: (stream: DataStream) => void,
): Promise<DataStream[]> {
  const { settings } = context;
  const count = expectedStreams(settings);
  const streams: DataStream[] = [];
  const deadline = performance.now() + STREAMS_TIMEOUT_MS;
  let listening: NativeSocket | undefined = first;
  try {
    while (streams.length < count) {
      const socket: NativeSocket = listening as NativeSocket;
      const from = await firstSender(socket, streams.at(-1)?.socket, deadline);
      socket.connectTo(from);
      listening = streams.length + 1 < count ? openUdpSocket(context) : undefined;
      socket.write(udpHelloReply());
      checkBuffers(socket, settings);
      const stream = dataStream(socket, settings, streams.length);
      streams.push(stream);
      onStream(stream);
    }
    return streams;
  } catch (error) {
    for (const { socket } of streams) socket.close();
    listening?.close();
    throw socketError(error, 204, 'UDP stream');
  }
}

/** Who greets the waiting socket. The stream before it may greet again: then our answer was lost. */
async function firstSender(
  waiting: NativeSocket,
  previous: NativeSocket | undefined,
  deadline: number,
): Promise<SocketAddress> {
  for (;;) {
    const left = deadline - performance.now();
    if (left <= 0) throw iperf3Error(204, { context: 'no UDP greeting in time: is the UDP port open on the way?' });
    const slice = Math.min(left, 500);
    if (await waitFor(waiting, 'readable', slice)) {
      const greeting = waiting.receiveFrom(64, false);
      if (greeting !== null) return greeting.from;
    }
    if (previous?.read(4, true)?.length === 4) {
      previous.read(4);
      previous.write(udpHelloReply());
    }
  }
}

export function openUdpSocket(context: ServerStreamsContext): NativeSocket {
  const { configuration, settings, listener, controlLocal, namespace } = context;
  try {
    return loadNative().openSocket({
      protocol: 'udp',
      family: controlLocal.family,
      namespace: namespace?.fd,
      bind: { host: controlLocal.host, port: listener.port },
      bindDevice: configuration.bindDevice,
      options: { ...dataOptions(settings, configuration, controlLocal.family), reuseAddress: true },
    });
  } catch (error) {
    throw socketError(error, 202, `UDP port ${listener.port}`);
  }
}
