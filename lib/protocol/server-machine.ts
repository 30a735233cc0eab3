import type { TestSettings } from '../configuration/settings.js';
import { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import { COOKIE_BYTES, decodeCookie, findForeignCookieByte } from './cookie.js';
import {
  type ExchangeListener,
  encodeJsonMessage,
  type JsonObject,
  MalformedJson,
  PARAMETERS_LIMIT_BYTES,
  RESULTS_LIMIT_FROM_CLIENT_BYTES,
} from './json-message.js';
import { MessageReader } from './message-reader.js';
import { decodeParameters } from './parameters.js';
import { describeBytes } from './received-bytes.js';
import { decodeResults, encodeResults, type PeerResults } from './results.js';
import { State, serverErrorMessage, stateMessage } from './state.js';

/** What the server is waiting for; each ends the sentence "the connection closed while ...". */
export type ServerPhase =
  | 'waiting for the cookie'
  | 'waiting for the parameters'
  | 'setting up the test'
  | 'the test was running'
  | 'waiting for the results'
  | 'waiting for the goodbye'
  | 'the test was over'
  /** By either side's signal. */
  | 'terminated';

export type ServerEvent =
  | { type: 'cookie'; cookie: string }
  | { type: 'parameters'; settings: TestSettings; warnings: string[] }
  | { type: 'test-end' }
  | { type: 'results'; results: PeerResults; warnings: string[] }
  | { type: 'done' }
  | { type: 'client-terminated' }
  | { type: 'error'; error: VnetperfError };

/** States that come instead of a message when the client gives up. */
const INSTEAD_OF_JSON = [State.clientTerminate, State.done];

/**
 * The server's side of the control connection of one client. Bytes in, events and bytes out; it knows no socket and no
 * clock. It does not throw for anything that comes in. After an error, a termination by either side and `done` it takes no
 * more notice of what comes.
 *
 * The owner must answer `cookie` with paramExchange(), `parameters` with createStreams() or serverError(), then send
 * testStart() and testRunning(), answer `test-end` with exchangeResults(), and `results` with results() and
 * displayResults(). `test-end` does not come before testRunning() was called. A client may send its results without
 * waiting for exchangeResults(); `results` then follows `test-end` at once.
 */
export class ServerMachine {
  /** Must not throw. */
  onExchange: ExchangeListener = () => {};
  readonly #reader = new MessageReader();
  #phase: ServerPhase = 'waiting for the cookie';
  #reading: 'cookie' | 'parameters' | 'states' | 'results' | 'nothing' = 'cookie';

  get phase(): ServerPhase {
    return this.#phase;
  }

  /** The chunk may be reused when this returns. */
  receive(chunk: Uint8Array): ServerEvent[] {
    if (this.#reading === 'nothing') {
      return [];
    }
    this.#reader.feed(chunk);
    const events: ServerEvent[] = [];
    for (let event = this.#next(); event !== undefined; event = this.#next()) {
      events.push(event);
    }
    return events;
  }

  /** The client closed its side. A client that leaves without its goodbye when all is exchanged has missed nothing. */
  end(): ServerEvent[] {
    if (this.#reading === 'nothing') {
      return [];
    }
    if (this.#phase === 'waiting for the goodbye') {
      this.#finish('the test was over');
      return [{ type: 'done' }];
    }
    const context = `while ${this.#phase}: received ${this.#received()} before the client closed the connection`;
    if (this.#phase === 'waiting for the cookie') return [this.#fail(iperf3Error(106, { context }))];
    return [
      this.#fail(
        iperf3Error(109, {
          text: 'the client has unexpectedly closed the connection',
          context: `while ${this.#phase}: received ${this.#received()}`,
          remedy: 'The client failed or was stopped; see what it says itself.',
        }),
      ),
    ];
  }

  paramExchange(): Uint8Array {
    return stateMessage(State.paramExchange);
  }

  createStreams(): Uint8Array {
    return stateMessage(State.createStreams);
  }

  testStart(): Uint8Array {
    return stateMessage(State.testStart);
  }

  testRunning(): Uint8Array {
    this.#advance('the test was running');
    return stateMessage(State.testRunning);
  }

  exchangeResults(): Uint8Array {
    return stateMessage(State.exchangeResults);
  }

  results(results: PeerResults): Uint8Array {
    const json = encodeResults(results);
    this.onExchange('send_results', json);
    return encodeJsonMessage(json);
  }

  displayResults(): Uint8Array {
    this.#advance('waiting for the goodbye');
    return stateMessage(State.displayResults);
  }

  terminate(): Uint8Array {
    this.#finish('terminated');
    return stateMessage(State.serverTerminate);
  }

  /** For a client that comes while the server is taken; its bytes are not read. Also for a data stream with a wrong cookie. */
  static accessDenied(): Uint8Array {
    return stateMessage(State.accessDenied);
  }

  /** The error in iperf3's numbers and the errno behind it, 0 for none. Close the connection behind it. */
  serverError(iperf3Number: number, errno: number): Uint8Array {
    return serverErrorMessage(iperf3Number, errno);
  }

  #next(): ServerEvent | undefined {
    switch (this.#reading) {
      case 'cookie':
        return this.#nextCookie();
      case 'parameters':
        return this.#nextJson(114, PARAMETERS_LIMIT_BYTES, (json) => {
          this.onExchange('get_parameters', json);
          this.#reading = 'states';
          this.#phase = 'setting up the test';
          return { type: 'parameters', ...decodeParameters(json) };
        });
      case 'results':
        return this.#nextJson(117, RESULTS_LIMIT_FROM_CLIENT_BYTES, (json) => {
          this.onExchange('get_results', json);
          this.#reading = 'states';
          return { type: 'results', ...decodeResults(json) };
        });
      case 'states': {
        const state = this.#reader.state();
        return state === undefined ? undefined : this.#onState(state);
      }
      case 'nothing':
        return undefined;
    }
  }

  #nextCookie(): ServerEvent | undefined {
    const bytes = this.#reader.exactly(COOKIE_BYTES);
    const beginning = bytes ?? this.#reader.waiting;
    if (findForeignCookieByte(beginning) !== undefined) {
      return this.#fail(
        iperf3Error(110, {
          context: `this is no iperf3 client: it began with ${describeBytes(beginning)}`,
          remedy:
            'A port scanner, a health check, iperf 2 or a browser may have come to this port; there is nothing to do.',
        }),
      );
    }
    const cookie = bytes === undefined ? undefined : decodeCookie(bytes);
    if (cookie === undefined) {
      return undefined;
    }
    this.#reading = 'parameters';
    this.#phase = 'waiting for the parameters';
    return { type: 'cookie', cookie };
  }

  #nextJson(
    iperf3Number: number,
    limit: number,
    onMessage: (json: JsonObject) => ServerEvent,
  ): ServerEvent | undefined {
    try {
      const message = this.#reader.jsonOr(INSTEAD_OF_JSON, limit);
      if (message === undefined) {
        return undefined;
      }
      return 'state' in message ? this.#onState(message.state) : onMessage(message.json);
    } catch (cause) {
      if (cause instanceof MalformedJson) {
        return this.#fail(
          iperf3Error(iperf3Number, {
            cause,
            context: `the client's message ${cause.message}`,
            remedy: 'This is no iperf3 client, or a broken one.',
          }),
        );
      }
      return this.#fail(cause instanceof VnetperfError ? cause : iperf3Error(iperf3Number, { cause }));
    }
  }

  #onState(state: number): ServerEvent {
    if (state === State.clientTerminate) {
      this.#finish('terminated');
      return { type: 'client-terminated' };
    }
    if (state === State.done) {
      return this.#onDone();
    }
    if (state === State.testEnd && this.#phase === 'the test was running') {
      this.#reading = 'results';
      this.#phase = 'waiting for the results';
      return { type: 'test-end' };
    }
    const received = describeBytes(Uint8Array.of(state, ...this.#reader.untouched.subarray(0, 64)));
    return this.#fail(
      iperf3Error(110, {
        context: `while ${this.#phase}: received ${received}`,
        remedy: 'The client is out of step with this test; check that it is iperf3 3.1 or later, or vnetperf.',
      }),
    );
  }

  /** The goodbye, or, before all is exchanged, what iperf3 says when it failed on its own. */
  #onDone(): ServerEvent {
    if (this.#phase === 'waiting for the goodbye') {
      this.#finish('the test was over');
      return { type: 'done' };
    }
    return this.#fail(
      iperf3Error(119, {
        context: `it gave up while ${this.#phase}`,
        remedy: 'The client failed; see what it says itself.',
      }),
    );
  }

  #finish(phase: ServerPhase): void {
    this.#reading = 'nothing';
    this.#phase = phase;
  }

  #fail(error: VnetperfError): ServerEvent {
    this.#reading = 'nothing';
    return { type: 'error', error };
  }

  /** What the owner sends moves the phase on; an owner that is late, after an error, changes nothing. */
  #advance(phase: ServerPhase): void {
    if (this.#reading !== 'nothing') {
      this.#phase = phase;
    }
  }

  #received(): string {
    const { underWay, waiting } = this.#reader;
    if (this.#phase === 'waiting for the cookie') {
      return `${waiting.length} of ${COOKIE_BYTES} bytes`;
    }
    return underWay ?? 'nothing more';
  }
}
