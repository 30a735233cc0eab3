import type { TestSettings } from '../configuration/settings.js';
import { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import { encodeCookie } from './cookie.js';
import {
  type ExchangeListener,
  encodeJsonMessage,
  LENGTH_BYTES,
  MalformedJson,
  PARAMETERS_LIMIT_BYTES,
  RESULTS_LIMIT_FROM_SERVER_BYTES,
} from './json-message.js';
import { MessageReader } from './message-reader.js';
import { encodeParameters } from './parameters.js';
import { describeBytes } from './received-bytes.js';
import { decodeResults, encodeResults, type PeerResults } from './results.js';
import { State, stateMessage } from './state.js';

/** What the client is waiting for; each ends the sentence "the connection closed while ...". */
export type ClientPhase =
  | 'waiting for the server to accept the test'
  | 'sending the parameters'
  | 'waiting for the server to accept the parameters'
  | 'connecting the data streams'
  | 'waiting for the server to start the test'
  | 'the test was running'
  | 'waiting for the server to end the test'
  | 'exchanging results'
  | 'waiting for the server to close the test'
  | 'the test was over'
  /** By either side's signal. */
  | 'terminated';

export type ClientEvent =
  | { type: 'send-parameters' }
  | { type: 'create-streams' }
  | { type: 'test-start' }
  | { type: 'test-running' }
  | { type: 'exchange-results' }
  | { type: 'results'; results: PeerResults; warnings: string[] }
  | { type: 'display-results' }
  | { type: 'server-terminated' }
  /** `fromServer`: the server named this error itself (SERVER_ERROR), it is not one that was found here. */
  | { type: 'error'; error: VnetperfError; fromServer?: true };

/** States that come instead of the server's results when it gives up. */
const INSTEAD_OF_RESULTS = [State.serverTerminate, State.serverError, State.accessDenied];

/**
 * The client's side of the control connection. Bytes in, events and bytes out; it knows no socket and no clock.
 * It does not throw for anything that comes in. After an error, after a termination by either side and after `display-results`
 * it takes no more notice of what comes: a 3.21 server may append an old error to a test that went well.
 *
 * The owner must answer `send-parameters` with parameters(), end the test with testEnd(), and answer
 * `exchange-results` with results() and `display-results` with done().
 */
export class ClientMachine {
  /** Must not throw. */
  onExchange: ExchangeListener = () => {};
  readonly #cookie: string;
  readonly #reader = new MessageReader();
  #phase: ClientPhase = 'waiting for the server to accept the test';
  #reading: 'states' | 'server-error' | 'results' | 'nothing' = 'states';
  #answered = false;

  /** @throws RangeError when the cookie is not 1-36 printable characters. */
  constructor(cookie: string) {
    encodeCookie(cookie);
    this.#cookie = cookie;
  }

  get phase(): ClientPhase {
    return this.#phase;
  }

  /** The first bytes of the control connection. */
  start(): Uint8Array {
    return encodeCookie(this.#cookie);
  }

  /** The chunk may be reused when this returns. */
  receive(chunk: Uint8Array): ClientEvent[] {
    if (this.#reading === 'nothing') {
      return [];
    }
    this.#reader.feed(chunk);
    const events: ClientEvent[] = [];
    for (let event = this.#next(); event !== undefined; event = this.#next()) {
      events.push(event);
    }
    return events;
  }

  /** The server closed its side. */
  end(): ClientEvent[] {
    if (this.#reading === 'nothing') {
      return [];
    }
    return [this.#reading === 'server-error' ? this.#cutOffServerError() : this.#closed()];
  }

  /** @throws VnetperfError (iperf3's 113) when title and extra data are longer than a server takes. */
  parameters(settings: TestSettings): Uint8Array {
    const json = encodeParameters(settings);
    const message = encodeJsonMessage(json);
    const length = message.length - LENGTH_BYTES;
    if (length > PARAMETERS_LIMIT_BYTES) {
      throw iperf3Error(113, {
        context: `they have ${length} bytes, and iperf3 takes ${PARAMETERS_LIMIT_BYTES}`,
        remedy: 'Shorten --title or --extra-data.',
      });
    }
    this.onExchange('send_parameters', json);
    this.#advance('waiting for the server to accept the parameters');
    return message;
  }

  testEnd(): Uint8Array {
    this.#advance('waiting for the server to end the test');
    return stateMessage(State.testEnd);
  }

  results(results: PeerResults): Uint8Array {
    const json = encodeResults(results);
    this.onExchange('send_results', json);
    return encodeJsonMessage(json);
  }

  done(): Uint8Array {
    return stateMessage(State.done);
  }

  terminate(): Uint8Array {
    this.#reading = 'nothing';
    this.#phase = 'terminated';
    return stateMessage(State.clientTerminate);
  }

  #next(): ClientEvent | undefined {
    switch (this.#reading) {
      case 'states': {
        const state = this.#reader.state();
        return state === undefined ? undefined : this.#onState(state);
      }
      case 'results':
        return this.#nextResults();
      case 'server-error': {
        const integers = this.#reader.exactly(8);
        return integers === undefined ? undefined : this.#serverError(integers);
      }
      case 'nothing':
        return undefined;
    }
  }

  #onState(state: number): ClientEvent | undefined {
    if (state === State.serverError) {
      this.#answered = true;
      this.#reading = 'server-error';
      return this.#next();
    }
    if (state === State.serverTerminate) {
      this.#reading = 'nothing';
      return this.#turn('terminated', { type: 'server-terminated' });
    }
    if (state === State.accessDenied) {
      return this.#fail(
        iperf3Error(121, { remedy: 'Wait for the test in progress to end, or use a server on another port (-p).' }),
      );
    }
    switch (this.#phase) {
      case 'waiting for the server to accept the test':
        if (state === State.paramExchange) {
          return this.#turn('sending the parameters', { type: 'send-parameters' });
        }
        break;
      case 'waiting for the server to accept the parameters':
        if (state === State.createStreams) {
          return this.#turn('connecting the data streams', { type: 'create-streams' });
        }
        break;
      case 'connecting the data streams':
        if (state === State.testStart) {
          return this.#turn('waiting for the server to start the test', { type: 'test-start' });
        }
        break;
      case 'waiting for the server to start the test':
        if (state === State.testRunning) {
          return this.#turn('the test was running', { type: 'test-running' });
        }
        break;
      case 'waiting for the server to end the test':
        if (state === State.exchangeResults) {
          this.#reading = 'results';
          return this.#turn('exchanging results', { type: 'exchange-results' });
        }
        break;
      case 'waiting for the server to close the test':
        if (state === State.displayResults) {
          this.#reading = 'nothing';
          return this.#turn('the test was over', { type: 'display-results' });
        }
        break;
    }
    return this.#unknownState(state);
  }

  #nextResults(): ClientEvent | undefined {
    try {
      const message = this.#reader.jsonOr(INSTEAD_OF_RESULTS, RESULTS_LIMIT_FROM_SERVER_BYTES);
      if (message === undefined) {
        return undefined;
      }
      if ('state' in message) {
        return this.#onState(message.state);
      }
      this.onExchange('get_results', message.json);
      const decoded = decodeResults(message.json);
      this.#reading = 'states';
      return this.#turn('waiting for the server to close the test', { type: 'results', ...decoded });
    } catch (cause) {
      if (cause instanceof MalformedJson) {
        return this.#fail(
          iperf3Error(117, {
            cause,
            context: `the server's message ${cause.message}`,
            remedy: 'The server is broken, or something between the two changes what it says.',
          }),
        );
      }
      return this.#fail(cause instanceof VnetperfError ? cause : iperf3Error(117, { cause }));
    }
  }

  #turn(phase: ClientPhase, event: ClientEvent): ClientEvent {
    this.#answered = true;
    this.#phase = phase;
    return event;
  }

  /** What the owner sends moves the phase on; an owner that is late, after an error, changes nothing. */
  #advance(phase: ClientPhase): void {
    if (this.#reading !== 'nothing') {
      this.#phase = phase;
    }
  }

  #fail(error: VnetperfError, fromServer = false): ClientEvent {
    this.#reading = 'nothing';
    return fromServer ? { type: 'error', error, fromServer: true } : { type: 'error', error };
  }

  #unknownState(state: number): ClientEvent {
    const received = describeBytes(Uint8Array.of(state, ...this.#reader.untouched.subarray(0, 64)));
    return this.#fail(
      iperf3Error(110, {
        context: `while ${this.#phase}: received ${received}`,
        remedy: this.#answered
          ? 'The server is out of step with this test; restart it, and check what stands between the two.'
          : 'Something else than an iperf3 server answers on this port; check the host and -p.',
      }),
    );
  }

  #serverError(integers: Uint8Array): ClientEvent {
    const view = new DataView(integers.buffer, integers.byteOffset, integers.byteLength);
    const number = view.getInt32(0);
    const errno = integers.length >= 8 ? view.getInt32(4) : 0;
    if (number === 0) {
      return this.#unnamedServerError();
    }
    return this.#fail(iperf3Error(number, { errno, remedy: 'See what the server says about it.' }), true);
  }

  /** The second integer is missing from iperf3 3.12 and before when authorization failed. */
  #cutOffServerError(): ClientEvent {
    if (this.#reader.waiting.length >= 4) {
      return this.#serverError(this.#reader.waiting.subarray(0, 4));
    }
    return this.#unnamedServerError();
  }

  #unnamedServerError(): ClientEvent {
    const error = iperf3Error(109, {
      context: `while ${this.#phase}: the server reported an error without saying which`,
      remedy: 'See what the server says about it.',
    });
    return this.#fail(error, true);
  }

  #closed(): ClientEvent {
    const { underWay } = this.#reader;
    const received = underWay ?? (this.#answered ? 'nothing more' : 'nothing');
    return this.#fail(
      iperf3Error(109, {
        context: `while ${this.#phase}: received ${received} before the server closed the connection`,
        remedy: this.#likelyCause(),
      }),
    );
  }

  #likelyCause(): string {
    switch (this.#phase) {
      case 'waiting for the server to accept the test':
        return 'Something that is no iperf3 server may listen on this port, or a proxy before one that is gone; check the host and -p.';
      case 'waiting for the server to accept the parameters':
        return 'The server refused the test without a word; iperf3 3.21 does so when authorization fails. See what it says itself.';
      case 'connecting the data streams':
        return 'A data stream may not have reached the server: check that a firewall lets its port through, for UDP too.';
      default:
        return 'The server may have been stopped or have failed; see what it says itself.';
    }
  }
}
