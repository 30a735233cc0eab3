import type { CommonConfiguration } from '../configuration/configuration.js';
import type { TestSettings } from '../configuration/settings.js';
import { iperf3Error } from '../iperf3-errors.js';
import type { NativeSocket, SocketOptions, SocketSpecification } from '../platform/native.js';

const MEBIBYTE = 1024 * 1024;
/**
 * A receive buffer that holds the burst which arrives before the receiving thread first runs. The default of 208 KiB
 * is 140 datagrams of 1448 bytes, 0.3 ms at the rate one core can send.
 */
const LEAST_UDP_RECEIVE_BUFFER_BYTES = 4 * MEBIBYTE;
/**
 * Shared by the streams of a test without a rate. With segmentation offload one core sends 10 MB in a millisecond, and a
 * scheduler may give the receiver's core to another thread for three of them. Larger would be memory for nothing.
 */
const MOST_UDP_RECEIVE_BUFFER_BYTES = 64 * MEBIBYTE;
/** How long a receiver may be held up at a rate that was asked for. */
const HELD_UP_SECONDS = 0.01;

/** What the control connection needs: no delay (its messages are single bytes), and to notice a peer that is gone. */
export function controlOptions(configuration: CommonConfiguration): SocketOptions {
  const { sendTimeoutMs, controlKeepalive } = configuration;
  return {
    noDelay: true,
    ...(sendTimeoutMs > 0 ? { userTimeoutMs: sendTimeoutMs } : {}),
    ...(controlKeepalive === undefined ? {} : { keepalive: controlKeepalive }),
  };
}

/** What a data socket needs before it connects, or the listener before it accepts one. */
export function dataOptions(settings: TestSettings, configuration: CommonConfiguration, family: 4 | 6): SocketOptions {
  const udp = settings.protocol === 'udp';
  const options: SocketOptions = {};
  if (settings.windowBytes > 0) {
    options.sendBufferBytes = settings.windowBytes;
    options.receiveBufferBytes = settings.windowBytes;
  } else if (udp) {
    options.minimumReceiveBufferBytes = udpReceiveBufferBytes(settings);
  }
  if (settings.tos > 0) options.tos = settings.tos;
  if (settings.fqRateBitsPerSecond > 0) {
    options.maxPacingRateBytesPerSecond = Math.floor(settings.fqRateBitsPerSecond / 8);
  }
  if (udp) {
    if (settings.dontFragment && family === 4) options.dontFragment = true;
    return options;
  }
  if (settings.noDelay) options.noDelay = true;
  if (settings.mssBytes > 0) options.mssBytes = settings.mssBytes;
  if (settings.protocol === 'tcp') {
    if (settings.congestion !== undefined) options.congestion = settings.congestion;
    if (configuration.sendTimeoutMs > 0) options.userTimeoutMs = configuration.sendTimeoutMs;
  }
  if (settings.protocol === 'sctp' && configuration.sctpBindAddresses.length > 0) {
    options.sctpBindAddresses = configuration.sctpBindAddresses;
  }
  return options;
}

/** Of the sending side nothing is raised: what it may have under way beyond the default, queues on the path drop. */
function udpReceiveBufferBytes({ rateBitsPerSecond, parallel }: TestSettings): number {
  const share = Math.floor(MOST_UDP_RECEIVE_BUFFER_BYTES / parallel);
  const needed = rateBitsPerSecond === 0 ? share : Math.ceil((rateBitsPerSecond / 8) * HELD_UP_SECONDS);
  return Math.max(LEAST_UDP_RECEIVE_BUFFER_BYTES, Math.min(needed, share));
}

export function dataProtocol(settings: TestSettings): SocketSpecification['protocol'] {
  return settings.protocol === 'tcp' && settings.mptcp ? 'mptcp' : settings.protocol;
}

/**
 * iperf3 refuses to measure with less buffer than was asked for.
 * @throws VnetperfError 141
 */
export function checkBuffers(socket: NativeSocket, settings: TestSettings): void {
  if (settings.windowBytes === 0) return;
  const { sendBufferBytes, receiveBufferBytes } = socket.facts();
  if (sendBufferBytes < settings.windowBytes || receiveBufferBytes < settings.windowBytes) {
    throw iperf3Error(141, {
      context: `asked for ${settings.windowBytes}, the kernel gave ${sendBufferBytes} to send and ${receiveBufferBytes} to receive`,
      remedy: 'Raise net.core.wmem_max and net.core.rmem_max with sysctl on the host that says so, or ask for less.',
    });
  }
}
