import type { ServerConfiguration } from '../configuration/configuration.js';
import type { TestSettings } from '../configuration/settings.js';
import type { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import type { DataStream } from './client-streams.js';
import type { Happening, ServerControl } from './server-control.js';
import type { ServerListener } from './server-listener.js';
import {
  type ArrivedStream,
  acceptUdpStreams,
  awaitedSetUpTimeoutMs,
  configureAccepted,
  dataStream,
  expectedStreams,
  inOrder,
  openUdpSocket,
  prepareListeners,
  type ServerStreamsContext,
  STREAM_TIMEOUT_MS,
  setUpKind,
  setUpTimeoutMs,
  TURN_TIMEOUT_MS,
} from './server-streams.js';
import type { SessionOptions } from './session.js';
import type { SetUpTurns } from './set-up-turns.js';

/** As long as a datagram may be under way to a server that has given its sender up. */
const LATE_GREETINGS_MS = 300;

/** What the set-up of a test needs of its server. */
export interface ServerSetUpContext {
  listeners: readonly ServerListener[];
  setUpTurns: SetUpTurns;
  configuration: ServerConfiguration;
  options: SessionOptions;
}

/** How the streams of one test on a server come to be: its turn among other tests, then one stream after another. */
export class ServerSetUp {
  readonly #control: ServerControl;
  readonly #context: ServerSetUpContext;
  readonly #arrived: ArrivedStream[] = [];
  #streamsWanted = 0;
  #mayHaveStragglers = false;

  constructor(control: ServerControl, context: ServerSetUpContext) {
    this.#control = control;
    this.#context = context;
  }

  /** Whether a connection that shows this test's cookie is one of its data streams. One too many is not. */
  get wantsStreams(): boolean {
    return this.#arrived.length < this.#streamsWanted;
  }

  /** It ended while it was waiting for streams: those that still come are not clients of their own. */
  get mayHaveStragglers(): boolean {
    return this.#mayHaveStragglers;
  }

  addStream(stream: ArrivedStream): void {
    this.#arrived.push(stream);
    this.#control.inbox.push({ type: 'stream' });
  }

  /** Takes no more streams, and closes those that were accepted. */
  close(): void {
    this.#streamsWanted = 0;
    for (const { socket } of this.#arrived) socket.close();
  }

  /** Waits for its turn, which a client that leaves meanwhile gives up. @throws VnetperfError */
  async open(settings: TestSettings): Promise<DataStream[]> {
    const { listeners, setUpTurns, configuration, options } = this.#context;
    const context: ServerStreamsContext = {
      configuration,
      settings,
      listeners,
      controlLocal: this.#control.local,
      controlRemote: this.#control.remote,
      namespace: options.namespace,
      streamPairs: options.streamPairs ?? [],
      deadline: Number.POSITIVE_INFINITY,
      warn: (message) => options.onEvent({ type: 'warning', message }),
    };
    const kind = setUpKind(context);
    let awaitedTimer: NodeJS.Timeout | undefined;
    let beganAt = 0;
    const granted = () => {
      beganAt = performance.now();
      this.#control.inbox.push({ type: 'turn' });
    };
    const awaited = () => {
      const left = beganAt + awaitedSetUpTimeoutMs(settings) - performance.now();
      awaitedTimer = setTimeout(() => this.#giveWay(), Math.max(0, left));
    };
    const turn = setUpTurns.take(kind, granted, awaited);
    let opened = false;
    try {
      await this.#expectTurn();
      context.deadline = performance.now() + setUpTimeoutMs(settings);
      const streams = kind === 'udp' ? await this.#openUdp(context) : await this.#openTcp(context);
      opened = true;
      return streams;
    } finally {
      clearTimeout(awaitedTimer);
      // Greetings of a client that failed may still be under way: they would be taken for those of the next.
      if (opened || kind !== 'udp') turn.end();
      else setTimeout(() => turn.end(), LATE_GREETINGS_MS).unref();
    }
  }

  /** A client that is slow, or means to be, keeps only so long from their tests those who wait. */
  #giveWay(): void {
    const context = 'the streams took too long to open while others waited';
    this.#control.inbox.push({ type: 'failed', error: iperf3Error(204, { context }) });
  }

  async #openUdp(context: ServerStreamsContext): Promise<DataStream[]> {
    const first = openUdpSocket(context, 0);
    this.#control.send(this.#control.machine.createStreams());
    const cancel = new AbortController();
    const accepting = acceptUdpStreams(first, context, cancel.signal, (stream) => this.#announce(stream));
    accepting.then(
      (streams) => this.#control.inbox.push({ type: 'udp-streams', streams }),
      (error: VnetperfError) => this.#control.inbox.push({ type: 'failed', error }),
    );
    try {
      const { streams } = await this.#expectStreams('udp-streams', undefined);
      return streams;
    } catch (error) {
      // Sockets that went on waiting here would take the greetings of the next client.
      cancel.abort(error);
      for (const { socket } of await accepting.catch(() => [])) socket.close();
      throw error;
    }
  }

  async #openTcp(context: ServerStreamsContext): Promise<DataStream[]> {
    const { settings, deadline, listeners } = context;
    this.#streamsWanted = expectedStreams(settings);
    this.#mayHaveStragglers = true;
    try {
      prepareListeners(context);
      this.#control.send(this.#control.machine.createStreams());
      for (let index = 0; index < this.#streamsWanted; index++) {
        const left = Math.max(0, deadline - performance.now());
        await this.#expectStreams('stream', Math.min(STREAM_TIMEOUT_MS, left));
      }
      this.#mayHaveStragglers = false;
      const sockets = inOrder(this.#arrived, context);
      configureAccepted(sockets, context);
      return sockets.map((socket, index) => {
        const stream = dataStream(socket, settings, index);
        this.#announce(stream);
        return stream;
      });
    } finally {
      this.#streamsWanted = 0;
      for (const listener of listeners) listener.restore();
    }
  }

  #announce({ identity }: DataStream): void {
    this.#context.options.onEvent({ type: 'stream-connected', stream: identity });
  }

  async #expectTurn(): Promise<void> {
    const happening = await this.#control.inbox.next(TURN_TIMEOUT_MS, () =>
      iperf3Error(121, { context: `others have been opening their streams for ${TURN_TIMEOUT_MS / 1000} s` }),
    );
    if (happening.type !== 'turn') throw this.#control.unexpected(happening);
  }

  /** @param timeoutMs undefined where what is waited for has a deadline of its own. */
  async #expectStreams<T extends 'stream' | 'udp-streams'>(
    type: T,
    timeoutMs: number | undefined,
  ): Promise<Extract<Happening, { type: T }>> {
    const happening = await this.#control.inbox.next(timeoutMs, () =>
      iperf3Error(204, {
        context: `${this.#arrived.length} of ${this.#streamsWanted} came, and no other in ${Math.round((timeoutMs ?? 0) / 1000)} s`,
        remedy: 'The client failed (see what it says), or a firewall limits the connections to this port.',
      }),
    );
    if (happening.type === type) return happening as Extract<Happening, { type: T }>;
    throw this.#control.unexpected(happening);
  }
}
