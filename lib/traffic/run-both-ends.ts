import type { ClientConfiguration } from '../configuration/configuration.js';
import type { PinnedCores } from '../configuration/cores.js';
import { resolveServer } from '../configuration/resolve-server.js';
import { RequestError } from '../errors.js';
import type { Network } from '../topology/network.js';
import { besideRoundTrips } from './beside-round-trips.js';
import { CarrierWatch } from './carrier-watch.js';
import { runClient } from './client.js';
import type { EndRecord, IntervalRecord, SessionEvent } from './events.js';
import { type IntervalCost, IntervalCosts } from './interval-costs.js';
import { AllIntervals, type KeptIntervals, MergedIntervals } from './kept-intervals.js';
import { openPingPong } from './ping-pong.js';
import { Server } from './server.js';
import type { SessionOptions } from './session.js';
import type { StreamPair } from './stream-pairs.js';

/** A test as it is on one network: where to connect, and between which ends its streams run. */
export interface NetworkTest {
  configuration: ClientConfiguration;
  /** Empty where all streams run between the same two ends. */
  streamPairs: StreamPair[];
}

export interface BothEndsOptions {
  pin: PinnedCores;
  /** Measure round trips too: a second of them before the test, then while it runs. Default false. */
  latency?: boolean | undefined;
  signal?: AbortSignal | undefined;
  /** What the client tells; the server's CPU is in its `end`. Must not throw. */
  onEvent?: ((event: SessionEvent) => void) | undefined;
  /** What the server tells. Must not throw. */
  onServerEvent?: ((event: SessionEvent) => void) | undefined;
  /** Keep one interval for the omit period and one for the test instead of each (MergedIntervals). Default false. */
  mergeIntervals?: boolean | undefined;
  /** Of how many intervals the costs are kept. Default: of all. */
  mostCosts?: number | undefined;
  /** For a client that asks for it. */
  serverOutput?: SessionOptions['serverOutput'];
}

/** A test as its two ends saw it. */
export interface BothEndsRun {
  /** The client's, with the server's CPU in its intervals. */
  end: EndRecord;
  /** The server's: what only a sender's own kernel knows of streams that the server sent. */
  serverEnd: EndRecord | undefined;
  /** The client's. */
  intervals: IntervalRecord[];
  /** The server's. */
  serverIntervals: IntervalRecord[];
  /** CPU that each interval took. */
  costs: IntervalCost[];
  /** Intervals that there are no costs of, because there were too many. */
  costsLeftOut: number;
}

/**
 * What a test asked for becomes on this network.
 * @param ipv6 Where the network has both families.
 * @throws VnetperfError ERR_BIND_PAIRS
 */
export function testOn(network: Network, asked: ClientConfiguration, ipv6: boolean): NetworkTest {
  const { target } = network;
  const configuration: ClientConfiguration = {
    ...asked,
    host: (ipv6 ? target.ipv6 : undefined) ?? target.ipv4 ?? target.ipv6 ?? '',
    port: target.port ?? asked.port,
    family: undefined,
    settings: { ...asked.settings },
  };
  return { configuration, streamPairs: pairsOfStreams(network, configuration, ipv6) };
}

/**
 * Runs client and server of one test across a network in this process.
 * @throws VnetperfError, ERR_CARRIER_ENDED among others. What the client ended with has been given to onEvent as its `error` event before; what kept
 * the server from listening has not.
 */
export async function runBothEnds(
  network: Network,
  { configuration, streamPairs }: NetworkTest,
  options: BothEndsOptions,
): Promise<BothEndsRun> {
  const { pin, latency = false, onEvent = () => {}, onServerEvent = () => {}, serverOutput } = options;
  using carriers = new CarrierWatch(network.carriers);
  const signal = carriers.signal(options.signal);
  const costs = new IntervalCosts(options.mostCosts);
  const Kept = options.mergeIntervals ? MergedIntervals : AllIntervals;
  const intervals: KeptIntervals = new Kept();
  const serverIntervals: KeptIntervals = new Kept();
  let serverEnd: EndRecord | undefined;
  using pingPong = latency ? openPingPong(network, configuration, { pin, signal }) : undefined;
  const missing = await pingPong?.idle();
  if (missing !== undefined) onEvent({ type: 'warning', message: missing });
  const ending = new AbortController();
  const server = new Server(
    resolveServer({
      port: network.target.serverPort ?? configuration.port,
      bindHost: network.target.serverHost,
      oneOff: true,
      intervalSeconds: configuration.intervalSeconds,
      cores: pin.server,
    }),
    {
      signal: ending.signal,
      namespace: network.server.namespace,
      streamPairs,
      serverOutput,
      onEvent: (event) => {
        if (event.type === 'interval') {
          costs.addServer(event);
          serverIntervals.add(event);
        }
        if (event.type === 'end') serverEnd = event;
        onServerEvent(event);
      },
    },
  );
  await server.listen();
  const serving = server.serve();
  serving.catch(() => {});
  try {
    const tell = (event: SessionEvent) => {
      if (event.type === 'interval') {
        costs.addClient(event);
        intervals.add(event);
      }
      onEvent(event.type === 'end' ? costs.withBothEnds(event) : event);
    };
    const end = await besideRoundTrips(pingPong, tell, (hooks) =>
      runClient(configuration, {
        namespace: network.client.namespace,
        streamPairs,
        signal,
        carriers: network.carriers,
        ...hooks,
      }),
    );
    return {
      end: costs.withBothEnds(end),
      serverEnd,
      intervals: intervals.records,
      serverIntervals: serverIntervals.records,
      costs: costs.all(),
      costsLeftOut: costs.leftOut,
    };
  } finally {
    ending.abort();
    await serving.catch(() => {});
  }
}

/** Where the streams of a test between several pairs of ends are made. */
function pairsOfStreams({ pairs }: Network, { bindHost }: ClientConfiguration, ipv6: boolean): StreamPair[] {
  if (pairs.length === 1) return [];
  if (bindHost !== undefined) {
    throw new RequestError(`${bindHost} is an address of one client, and there are ${pairs.length}`, {
      code: 'ERR_BIND_PAIRS',
      remedy: 'Leave out -B: each client uses its own address.',
    });
  }
  return pairs.map(({ client, server }) => ({
    client: client.namespace,
    server: server.namespace,
    serverHost: (ipv6 ? server.ipv6 : undefined) ?? server.ipv4 ?? server.ipv6 ?? '',
  }));
}
