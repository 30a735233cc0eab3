/**
 * Every error that vnetperf raises on purpose, or one of the few classes below it. `message` says what happened and
 * where, `remedy` what to do about it.
 */
export class VnetperfError extends Error {
  /** The class's name. */
  override readonly name: string = 'VnetperfError';
  /** Stable identifier for programs, for example `ERR_PEER_MUTE`. */
  readonly code: string;
  /** The hint: one sentence a person can act on; undefined where there is nothing to be done. */
  readonly remedy: string | undefined;
  /** iperf3's error number where it has one (also the first integer after SERVER_ERROR on the wire). */
  readonly iperf3Number: number | undefined;
  /** The kernel's errno behind the error, 0 where there was none. */
  readonly errno: number;

  /** @param message what happened and where, as a sentence without a full stop. */
  constructor(message: string, details: VnetperfErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.remedy = details.remedy;
    this.iperf3Number = details.iperf3Number;
    this.errno = details.errno ?? 0;
  }
}

/** What was asked for cannot be, on any machine: a limit, an unknown word, options that contradict each other. */
export class RequestError extends VnetperfError {
  /** The class's name. */
  override readonly name: string = 'RequestError';
}

/** A test or its server failed: no connection, refused, cut off, or silent for too long. */
export class TestError extends VnetperfError {
  /** The class's name. */
  override readonly name: string = 'TestError';
}

/** A network could not be built, found or removed, carries nothing, or lacks what it needs on this machine. */
export class TopologyError extends VnetperfError {
  /** The class's name. */
  override readonly name: string = 'TopologyError';
}

/** It was aborted: code ERR_INTERRUPTED, and as `cause` the reason of the signal. */
export class InterruptedError extends VnetperfError {
  /** The class's name. */
  override readonly name: string = 'InterruptedError';
}

/** What an abort ends things with: its reason, where that is an error of ours, or `sentence` and the reason as cause. */
export function interruptionOf(sentence: string, reason: unknown): VnetperfError {
  return reason instanceof VnetperfError
    ? reason
    : new InterruptedError(sentence, { code: 'ERR_INTERRUPTED', cause: reason });
}

/** What a VnetperfError is made of, beside its message. */
export interface VnetperfErrorDetails {
  /** Stable identifier for programs, for example `ERR_PEER_MUTE`. */
  code: string;
  /** One sentence a person can act on. */
  remedy?: string | undefined;
  /** iperf3's error number where it has one. */
  iperf3Number?: number | undefined;
  /** The kernel's errno behind it. Default 0: there was none. */
  errno?: number | undefined;
  /** The error behind it. */
  cause?: unknown;
}
