import { interruptionOf, type VnetperfError } from '../errors.js';
import type { PeerResults } from '../protocol/results.js';
import type { CarrierIdentity, SessionEvent } from './events.js';
import type { NetworkNamespace } from './namespace.js';
import type { StreamPair } from './stream-pairs.js';

/** What a session needs beside its configuration. */
export interface SessionOptions {
  /**
   * Called for everything that happens, in order. Must not throw.
   * @param testNumber Server: which of its tests this is about, counted from 1; undefined = the server itself. The tests
   * of several clients at once come mixed.
   */
  onEvent(event: SessionEvent, testNumber?: number): void;
  /** Aborting ends the test as a signal would; the reason may be an {@link Interruption}. */
  signal?: AbortSignal | undefined;
  /** Where all sockets are made; undefined = this process's own network. */
  namespace?: NetworkNamespace | undefined;
  /**
   * Where the data streams are made instead, dealt over them in turn; both sides of the test need the same. The control
   * connection stays in `namespace`.
   */
  streamPairs?: readonly StreamPair[] | undefined;
  /** Processes between the ends, whose CPU time stands beside the ends'. */
  carriers?: readonly CarrierIdentity[] | undefined;
  /** Client: what is measured begins, after any omit period; it is over, before the results are exchanged. */
  onTraffic?: ((state: 'measured' | 'over') => void) | undefined;
  /** Server: the report so far of that test, for a client that asked for it with --get-server-output. */
  serverOutput?: ((testNumber: number) => PeerResults['serverOutput']) | undefined;
}

/** Why a test was cut short, for example `new Interruption('Interrupt', 2)` after SIGINT. */
export class Interruption {
  /** As iperf3 says it: `Interrupt`, `Terminated`. */
  readonly signalName: string;
  /** The kernel’s number of the signal. */
  readonly signalNumber: number;

  constructor(signalName: string, signalNumber: number) {
    this.signalName = signalName;
    this.signalNumber = signalNumber;
  }
}

/**
 * The error a session ends with when it was aborted. iperf3 counts that as success (exit status 0) since 3.19; an
 * error as the reason is the error.
 */
export function interruptedError(role: 'client' | 'server', reason: unknown): VnetperfError {
  return interruptionOf(`interrupt - the ${role} has terminated${because(reason)}`, reason);
}

function because(reason: unknown): string {
  if (reason instanceof Interruption) return ` by signal ${reason.signalName}(${reason.signalNumber})`;
  // What abort() gives when it is given nothing says nothing.
  return reason instanceof Error && reason.name !== 'AbortError' ? ` (${reason.message})` : '';
}
