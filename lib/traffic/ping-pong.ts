import { setTimeout as pause } from 'node:timers/promises';
import type { ClientConfiguration } from '../configuration/configuration.js';
import type { PinnedCores } from '../configuration/cores.js';
import { iperf3Error } from '../iperf3-errors.js';
import { loadNative } from '../platform/load-native.js';
import type { NativePingPong, NativeSocket, NativeSystemError, RoundTrips } from '../platform/native.js';
import type { Network } from '../topology/network.js';
import type { LatencyDistribution, LatencyMeasurement } from './events.js';

/**
 * A ping is 64 bytes and its answer as many; on Ethernet with all headers 106 each. One in a millisecond is 1.7 Mbit/s,
 * both ways together, and some 2 % of a core: too little for the load to notice. 2000 round trips of an idle second
 * leave two above the 99.9th percentile.
 */
const PAYLOAD_BYTES = 64;
const IDLE_INTERVAL_SECONDS = 0.0005;
const LOADED_INTERVAL_SECONDS = 0.001;
const IDLE_SECONDS = 1;
/** The engine gives up on an answer after a second. */
const RESULT_DEADLINE_MS = 3_000;
const GLANCE_MS = 2;

export interface PingPongOptions {
  pin: PinnedCores;
  signal?: AbortSignal | undefined;
  /** How long to ping before the load. Default 1. */
  idleSeconds?: number | undefined;
}

/**
 * Between the ends of a network, where that test goes.
 * @throws VnetperfError where a socket or a core cannot be had.
 */
export function openPingPong(
  network: Network,
  { host, settings }: Pick<ClientConfiguration, 'host' | 'settings'>,
  { pin, signal, idleSeconds = IDLE_SECONDS }: PingPongOptions,
): PingPong {
  const sockets = openSockets(network, host);
  try {
    // A server behind one forwarded port, which the test itself needs as soon as it starts.
    const onlyIdle = sockets.translated && settings.protocol === 'udp';
    return new PingPong(sockets, pin, { host, onlyIdle, signal, idleSeconds });
  } catch (error) {
    sockets.client.close();
    sockets.server.close();
    throw error;
  }
}

interface PingPongSockets {
  client: NativeSocket;
  server: NativeSocket;
  /** The server is reached through the test's port alone. */
  translated: boolean;
}

interface Surroundings {
  host: string;
  onlyIdle: boolean;
  signal: AbortSignal | undefined;
  idleSeconds: number;
}

/**
 * Round trips between the two ends of a network: a UDP echo between two threads, each in its end's network and on its
 * end's cores. First idle(); then loadBegins(), loadEnds() and measurement().
 */
export class PingPong implements Disposable {
  readonly #native: NativePingPong;
  readonly #sockets: PingPongSockets;
  readonly #surroundings: Surroundings;
  #idle: LatencyDistribution | undefined;
  #loadSeen = false;

  /** Use openPingPong(). */
  constructor(sockets: PingPongSockets, pin: PinnedCores, surroundings: Surroundings) {
    const { client, server } = sockets;
    this.#sockets = sockets;
    this.#surroundings = surroundings;
    try {
      this.#native = new (loadNative().PingPong)({
        client,
        server,
        clientCores: pin.client,
        serverCores: pin.server,
        payloadBytes: PAYLOAD_BYTES,
      });
    } catch (cause) {
      const { errno, syscall } = cause as NativeSystemError;
      if (syscall !== 'sched_setaffinity') throw cause;
      throw iperf3Error(132, {
        errno,
        context: `core ${[...new Set([...pin.client, ...pin.server])].join(',')}`,
        remedy: 'Choose a core this process may use: see Cpus_allowed_list in /proc/self/status.',
        cause,
      });
    }
  }

  /**
   * Before the load.
   * @returns a sentence about what will be missing; undefined: nothing.
   */
  async idle(): Promise<string | undefined> {
    this.#native.start(IDLE_INTERVAL_SECONDS);
    const { signal, idleSeconds, host, onlyIdle } = this.#surroundings;
    await pause(1000 * idleSeconds, undefined, { signal }).catch(() => {});
    this.#native.stop();
    const trips = await this.#result();
    if (signal?.aborted) return undefined;
    if (trips === undefined) {
      this.close();
      return 'no round trip times: their threads did not get to run in time';
    }
    if (trips.samples === 0) {
      this.close();
      const why = trips.errorCode === undefined ? '' : ` (${trips.errorCode})`;
      return `no round trip times: of ${trips.lost} datagrams to an echo at ${host} none came back${why}`;
    }
    this.#idle = distribution(trips);
    if (!onlyIdle) return undefined;
    this.close();
    return 'no round trip times under load: the one UDP port that leads to the server is the test’s own';
  }

  /** What is measured begins: the omit period is over. */
  loadBegins(): void {
    if (this.#idle === undefined || this.#surroundings.onlyIdle) return;
    this.#loadSeen = true;
    this.#native.start(LOADED_INTERVAL_SECONDS);
  }

  loadEnds(): void {
    this.#native.stop();
  }

  /** undefined where nothing was measured. */
  async measurement(): Promise<LatencyMeasurement | undefined> {
    if (this.#idle === undefined) return undefined;
    this.loadEnds();
    const trips = this.#loadSeen ? await this.#result() : undefined;
    return {
      protocol: 'udp',
      payloadBytes: PAYLOAD_BYTES,
      idle: this.#idle,
      ...(trips === undefined ? {} : { loaded: distribution(trips) }),
    };
  }

  close(): void {
    this.#native.close();
    this.#sockets.client.close();
    this.#sockets.server.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #result(): Promise<RoundTrips | undefined> {
    const deadline = performance.now() + RESULT_DEADLINE_MS;
    while (performance.now() < deadline) {
      const trips = this.#native.result();
      if (trips !== null) return trips;
      await pause(GLANCE_MS);
    }
    return undefined;
  }
}

function distribution({ errorCode: _, ...trips }: RoundTrips): LatencyDistribution {
  return trips;
}

function openSockets({ client, server, target }: Network, host: string): PingPongSockets {
  const { openSocket } = loadNative();
  const family = host.includes(':') ? 6 : 4;
  const ownAddress = family === 6 ? server.ipv6 : server.ipv4;
  // Addresses are translated on the way, and of the ports those that were asked for: the one of the test.
  const translated = target.serverPort !== undefined && host !== ownAddress;
  const echo = openSocket({
    protocol: 'udp',
    family,
    namespace: server.namespace.fd,
    bind: translated ? { port: target.serverPort as number } : { host: target.serverHost ?? host, port: 0 },
    options: { v6Only: family === 6 },
  });
  try {
    const port = translated ? (target.port ?? (target.serverPort as number)) : echo.localAddress().port;
    const connect = { host, port };
    return {
      client: openSocket({ protocol: 'udp', family, namespace: client.namespace.fd, connect }),
      server: echo,
      translated,
    };
  } catch (error) {
    echo.close();
    throw error;
  }
}
